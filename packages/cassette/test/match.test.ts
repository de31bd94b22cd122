import type { Difference, MatchOptions } from "@eventstream-kit/cassette";
import { replay } from "@eventstream-kit/cassette";
import type { ServiceRequest } from "@eventstream-kit/service";
import { describe, expect, test } from "vitest";
import { cassetteOf, recorded, requestOf } from "./support/exchanges.ts";
import { chunkFrame } from "./support/frames.ts";
import { thrown } from "./support/thrown.ts";

type Given = Parameters<typeof requestOf>[0];

const functions = "/2021-11-15/functions";
const arn = (region: string, account: string, name = "chat") => `arn:aws:lambda:${region}:${account}:function:${name}`;
const encodedArn = encodeURIComponent(arn("us-east-1", "123456789012"));

/** The first difference of a request from the only recording, or undefined for a match. */
async function differenceOf(recording: Given, request: Given, match?: MatchOptions): Promise<Difference | undefined> {
  let found: Difference | undefined;
  const cassette = cassetteOf([recorded([chunkFrame("x")], { request: requestOf(recording) })]);
  const service = replay(cassette, {
    ...(match ? { match } : {}),
    onMiss: ({ nearest }) => (found = nearest?.difference),
  });
  const reply = await service.handle(requestOf(request));
  expect(reply?.status).toBe(found === undefined ? 200 : 404);
  return found;
}

const same: [name: string, recorded: Given, received: Given, match?: MatchOptions][] = [
  ["equal requests", { body: "{}" }, { body: "{}" }],
  ["members of JSON in another order", { body: '{"a":1,"b":[2]}' }, { body: '{ "b": [2], "a": 1.0 }' }],
  ["JSON with and without escapes", { body: '{"a":"é"}' }, { body: '{"a":"\\u00e9"}' }],
  ["equal text that is no JSON", { body: "hello" }, { body: "hello" }],
  ["equal bytes that are no text", { body: Uint8Array.of(0xff) }, { body: Uint8Array.of(0xff) }],
  ["no bodies", {}, {}],
  [
    "other signatures, hosts and SDKs",
    {
      headers: [
        ["host", "lambda.us-east-1.amazonaws.com"],
        ["authorization", "AWS4-HMAC-SHA256 a"],
      ],
    },
    {
      headers: [
        ["host", "127.0.0.1:1234"],
        ["user-agent", "Boto3"],
        ["amz-sdk-request", "attempt=2"],
      ],
    },
  ],
  ["one presigned, one not", { target: "/f?a=1" }, { target: "/f?a=1&X-Amz-Signature=abc&X-Amz-Date=1" }],
  ["parameters in another order", { target: "/f?a=1&b=2&a=0" }, { target: "/f?b=2&a=1&a=0" }],
  [
    "another percent-encoding",
    { target: `${functions}/${encodedArn}/x?q=a%2fb` },
    { target: `${functions}/${arn("us-east-1", "123456789012")}/x?q=a/b` },
  ],
  [
    "ARNs of another region, account and partition",
    { target: `${functions}/${encodedArn}/x` },
    { target: `${functions}/${arn("cn-north-1", "999999999999").replace("aws", "aws-cn")}/x` },
  ],
  [
    "partial ARNs of other accounts",
    { target: `${functions}/123456789012:function:chat/x` },
    { target: `${functions}/000000000000%3Afunction%3Achat/x` },
  ],
  [
    "header names in another letter case",
    { headers: [["X-Amz-Invocation-Type", "DryRun"]] },
    { headers: [["x-amz-invocation-type", "DryRun"]] },
  ],
  ["a header that is not compared", { headers: [["x-amz-log-type", "Tail"]] }, {}],
  ["any bodies, when none is compared", { body: "a" }, { body: '{"b":1}' }, { body: "none" }],
  ["an ignored member", { body: '{"id":1,"a":2}' }, { body: '{"id":7,"a":2}' }, { ignore: ["/id"] }],
  ["an ignored member that is not there", { body: '{"id":1,"a":2}' }, { body: '{"a":2}' }, { ignore: ["/id"] }],
  [
    "an ignored member deep inside",
    { body: '{"a":[{"b/c":1,"~":1}]}' },
    { body: '{"a":[{"b/c":2,"~":2}]}' },
    { ignore: ["/a/0/b~1c", "/a/0/~0"] },
  ],
  ["everything ignored", { body: "1" }, { body: "2" }, { ignore: [""] }],
  ["no headers, when none is compared", { headers: [["x-amz-target", "a"]] }, {}, { headers: [] }],
];

const different: [name: string, recorded: Given, received: Given, Difference, match?: MatchOptions][] = [
  ["the method", { method: "GET" }, { method: "POST" }, { field: "method", recorded: "GET", received: "POST" }],
  ["the path", { target: "/a" }, { target: "/b" }, { field: "path", recorded: "/a", received: "/b" }],
  [
    "the letter case of the path",
    { target: "/a" },
    { target: "/A" },
    { field: "path", recorded: "/a", received: "/A" },
  ],
  [
    "a slash that is encoded",
    { target: "/a/b" },
    { target: "/a%2Fb" },
    { field: "path", recorded: "/a/b", received: "/a%2Fb" },
  ],
  [
    "a parameter",
    { target: "/f?Qualifier=1" },
    { target: "/f" },
    { field: "path", recorded: "/f?Qualifier=1", received: "/f" },
  ],
  [
    "the order of one parameter's values",
    { target: "/f?a=1&a=2" },
    { target: "/f?a=2&a=1" },
    { field: "path", recorded: "/f?a=1&a=2", received: "/f?a=2&a=1" },
  ],
  [
    "the function of an ARN",
    { target: `/${arn("us-east-1", "123456789012", "chat")}` },
    { target: `/${arn("us-east-1", "123456789012", "talk")}` },
    {
      field: "path",
      recorded: "/arn%3A*%3Alambda%3A*%3A*%3Afunction%3Achat",
      received: "/arn%3A*%3Alambda%3A*%3A*%3Afunction%3Atalk",
    },
  ],
  [
    "a compared header",
    { headers: [["x-amz-invocation-type", "DryRun"]] },
    {},
    { field: "headers.x-amz-invocation-type", recorded: "DryRun", received: undefined },
  ],
  [
    "a header of one's own choice",
    { headers: [["x-amz-log-type", "Tail"]] },
    { headers: [["X-Amz-Log-Type", "None"]] },
    { field: "headers.x-amz-log-type", recorded: "Tail", received: "None" },
    { headers: ["X-Amz-Log-Type"] },
  ],
  ["a value", { body: '{"a":1}' }, { body: '{"a":2}' }, { field: "body/a", recorded: 1, received: 2 }],
  ["a type", { body: '{"a":1}' }, { body: '{"a":"1"}' }, { field: "body/a", recorded: 1, received: "1" }],
  [
    "null and nothing",
    { body: '{"a":null}' },
    { body: "{}" },
    { field: "body/a", recorded: null, received: undefined },
  ],
  [
    "a member more",
    { body: "{}" },
    { body: '{"__proto__":1}' },
    { field: "body/__proto__", recorded: undefined, received: 1 },
  ],
  ["a list and an object", { body: "[]" }, { body: "{}" }, { field: "body", recorded: [], received: {} }],
  [
    "an element deep inside",
    { body: '{"a":[1,{"b/":2}]}' },
    { body: '{"a":[1,{"b/":3}]}' },
    { field: "body/a/1/b~1", recorded: 2, received: 3 },
  ],
  ["text", { body: "one" }, { body: "two" }, { field: "body", recorded: "one", received: "two" }],
  ["JSON and text", { body: "{}" }, { body: "two" }, { field: "body", recorded: "{}", received: "two" }],
  [
    "bytes",
    { body: Uint8Array.of(0xff) },
    { body: Uint8Array.of(0xfe, 0xff) },
    { field: "body", recorded: "1 bytes", received: "2 bytes" },
  ],
  [
    "the spacing, when bytes are compared",
    { body: '{"a":1}' },
    { body: '{"a": 1}' },
    { field: "body", recorded: '{"a":1}', received: '{"a": 1}' },
    { body: "exact" },
  ],
  [
    "a member beside an ignored one",
    { body: '{"id":1,"a":1}' },
    { body: '{"id":2,"a":2}' },
    { field: "body/a", recorded: 1, received: 2 },
    { ignore: ["/id", "/a/b"] },
  ],
  [
    "the method before the body",
    { method: "GET", body: "1" },
    { body: "2" },
    { field: "method", recorded: "GET", received: "POST" },
  ],
];

test.each(same)("the same: %s", async (_, recording, request, match) => {
  expect(await differenceOf(recording, request, match)).toBeUndefined();
});

test.each(different)("different: %s", async (_, recording, request, difference, match) => {
  expect(await differenceOf(recording, request, match)).toEqual(difference);
});

const deep = (inside: string) => `${"[".repeat(100_000)}${inside}${"]".repeat(100_000)}`;

test("values nested too deep to be walked are compared as bytes", async () => {
  expect(await differenceOf({ body: deep("1") }, { body: deep("1") })).toBeUndefined();
  expect((await differenceOf({ body: deep("1") }, { body: deep("2") }))?.field).toBe("body");
});

describe("options that cannot be", () => {
  test.each<[string, object]>([
    ["match.body", { body: "JSON" }],
    ["match.ignore", { ignore: ["id"] }],
  ])("%s", (name, match) => {
    const error = thrown(() => replay(cassetteOf([]), { match }));
    expect(error.code).toBe("option");
    expect(error.message).toContain(name);
  });
});

test("a request keeps what it is: matching changes nothing", async () => {
  const request: ServiceRequest = Object.freeze(requestOf({ target: "/b?z=1&a=2", body: '{"b":1}' }));
  const before = structuredClone({ ...request });
  await replay(cassetteOf([recorded([])])).handle(request);
  expect({ ...request }).toEqual(before);
});
