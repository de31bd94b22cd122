import { describe, expect, test } from "vitest";
import { invokeName, invokeQualifier } from "../src/function-name.ts";
import { chunks, createLambda } from "../src/index.ts";
import type { LambdaOptions } from "../src/index.ts";
import { headerOf, invokeTarget, refusal, request, send, stream, streamTarget } from "./invoke-client.ts";
import type { SendOptions } from "./function-url-client.ts";

const arn = "arn:aws:lambda:us-east-1:123456789012:function";
const functions: LambdaOptions["functions"] = {
  f: {
    handler: (event: unknown) => ({ got: event }),
    versions: { 1: () => "one", 2: () => "two" },
    aliases: { live: 1 },
  },
  hello: chunks("hello"),
};

const refused = (target: string, options: SendOptions = {}, settings: Partial<LambdaOptions> = {}) =>
  refusal(createLambda({ functions, ...settings }), target, options);
const invalid = (message: string) => ({ status: 400, type: "ValidationException", body: { message } });
const violation = (value: string, member: string, rule: string) =>
  `Value '${value}' at '${member}' failed to satisfy constraint: Member must ${rule}`;

const badName = (text: string) =>
  violation(text, "functionName", `satisfy regular expression pattern: ${invokeName.text}`);
const badQualifier = (text: string) =>
  violation(text, "qualifier", `satisfy regular expression pattern: ${invokeQualifier.text}`);
const notReachable = (region: string) => ({
  status: 404,
  type: "ResourceNotFoundException",
  body: { Type: "User", Message: `Functions from 'eu-west-1' are not reachable in this region ('${region}')` },
});

describe("lambda case 8: the executed version", () => {
  const lambda = createLambda({ functions });
  test.each([
    [undefined, "$LATEST", '{"got":{}}'],
    ["$LATEST", "$LATEST", '{"got":{}}'],
    ["1", "1", '"one"'],
    ["2", "2", '"two"'],
    ["live", "1", '"one"'],
  ])("of qualifier %s is %s", async (qualifier, version, result) => {
    const options = { headers: [["x-amz-log-type", "Tail"]] as const };
    const answer = await stream(lambda, "f", qualifier === undefined ? options : { ...options, qualifier });
    expect(answer.header("X-Amz-Executed-Version")).toBe(version);
    expect(answer.chunks).toEqual([result]);
    const log = Buffer.from(answer.complete["LogResult"]!, "base64").toString();
    expect(log).toMatch(new RegExp(`^START RequestId: \\S+ Version: ${version.replace("$", "\\$")}\n`));
  });
});

describe("lambda case 18: DryRun", () => {
  const headers = [["X-Amz-Invocation-Type", "DryRun"]] as const;

  test("P:modelled: 204, empty body, the function does not run", async () => {
    const lambda = createLambda({ functions });
    const answer = await send(lambda, "POST", streamTarget("hello"), { headers });
    expect([answer.status, answer.steps]).toEqual([204, []]);
    expect(answer.headers).toEqual([
      ["Content-Type", "application/json"],
      ["x-amzn-RequestId", expect.any(String)],
    ]);
    expect(lambda.invocations).toEqual([]);
  });

  test("P:observed: 200 with the full stream", async () => {
    const lambda = createLambda({ functions, switches: { streamDryRun: "observed" } });
    const answer = await stream(lambda, "hello", { headers });
    expect(answer.status).toBe(200);
    expect(answer.chunks).toEqual(["hello"]);
    expect(lambda.invocations).toHaveLength(1);
  });

  test("parameters are still checked", async () => {
    expect(await refused(streamTarget("missing"), { headers })).toMatchObject({ status: 404 });
    expect(await refused(streamTarget("f"), { headers, body: "{bad" })).toMatchObject({ status: 400 });
  });
});

describe("lambda case 19: Event", () => {
  const headers = [["X-Amz-Invocation-Type", "Event"]] as const;

  test("P:modelled: 400 ValidationException on invocationType", async () => {
    expect(await refused(streamTarget("hello"), { headers })).toEqual(
      invalid(
        `1 validation error detected: ${violation("Event", "invocationType", "satisfy enum value set: [RequestResponse, DryRun]")}`,
      ),
    );
  });

  test("P:observed: runs and streams", async () => {
    const lambda = createLambda({ functions, profile: "observed" });
    expect((await stream(lambda, "hello", { headers })).chunks).toEqual(["hello"]);
  });
});

test("lambda case 20: an empty body is the event {}", async () => {
  expect((await stream(createLambda({ functions }), "f")).chunks).toEqual(['{"got":{}}']);
});

describe("lambda case 21: a body that is not JSON", () => {
  test.each([
    ["{bad", streamTarget("f")],
    ["{bad", invokeTarget("f")],
    [new Uint8Array([0x22, 0xff, 0x22]), streamTarget("f")],
    [" ", streamTarget("f")],
  ])("%j is refused with 400 InvalidRequestContentException before any stream", async (body, target) => {
    const { status, type, body: error } = await refused(target, { body });
    expect({ status, type }).toEqual({ status: 400, type: "InvalidRequestContentException" });
    expect(Object.keys(error)).toEqual(["Type", "message"]);
    expect(error["Type"]).toBe("User");
    expect(error["message"]).toMatch(
      /^Could not parse request body into json: Could not parse payload into json: .+\n at \[Source: REDACTED /,
    );
  });

  test("any JSON document is an event", async () => {
    const lambda = createLambda({ functions });
    for (const body of ["null", "0", '"é"', "[1]"]) {
      expect((await stream(lambda, "f", { body })).chunks).toEqual([`{"got":${body}}`]);
    }
  });
});

describe("lambda case 22: a missing function, version or alias", () => {
  test.each([
    ["missing", undefined, `${arn}:missing:$LATEST`],
    ["missing", "live", `${arn}:missing:live`],
    ["f", "other", `${arn}:f:other`],
    ["f", "3", `${arn}:f:3`],
    // Letter case matters, and this is no validation error.
    ["f", "$latest", `${arn}:f:$latest`],
    // An ARN that ends in `:function` names a function called so.
    ["arn:aws:lambda:us-east-1:123456789012:function", undefined, `${arn}:function:$LATEST`],
  ])("%s with qualifier %s", async (name, qualifier, named) => {
    for (const target of [streamTarget(name, qualifier), invokeTarget(name, qualifier)]) {
      expect(await refused(target)).toEqual({
        status: 404,
        type: "ResourceNotFoundException",
        body: { Type: "User", Message: `Function not found: ${named}` },
      });
    }
  });
});

describe("lambda case 23: name suffix and Qualifier", () => {
  test("that differ are refused", async () => {
    for (const name of ["f:live", `${arn}:f:live`]) {
      expect(await refused(streamTarget(encodeURIComponent(name), "other"))).toEqual({
        status: 400,
        type: "InvalidParameterValueException",
        body: {
          Type: "User",
          message: "The derived qualifier from the function name does not match the specified qualifier.",
        },
      });
    }
  });

  test("that agree are accepted", async () => {
    const answer = await stream(createLambda({ functions }), "f:live", { qualifier: "live" });
    expect(answer.header("X-Amz-Executed-Version")).toBe("1");
  });
});

test("lambda case 24: a full ARN works encoded and as it is", async () => {
  const lambda = createLambda({ functions });
  for (const name of [encodeURIComponent(`${arn}:f`), `${arn}:f`]) {
    expect((await stream(lambda, name)).chunks).toEqual(['{"got":{}}']);
  }
});

describe("lambda case 25: an ARN of another region", () => {
  const elsewhere = "arn:aws:lambda:eu-west-1:123456789012:function:f";
  test("is not reachable", async () => {
    expect(await refused(streamTarget(elsewhere))).toEqual(notReachable("us-east-1"));
    expect(await refused(streamTarget("eu-west-1:123456789012:function:f"))).toEqual(notReachable("us-east-1"));
    expect(await refused(streamTarget(elsewhere), {}, { region: "us-west-2" })).toEqual(notReachable("us-west-2"));
  });

  test("comes before the agreement of qualifiers and after the shape", async () => {
    expect(await refused(streamTarget(`${elsewhere}:live`, "other"))).toEqual(notReachable("us-east-1"));
    expect(await refused(streamTarget(elsewhere, "not good"))).toMatchObject({ type: "ValidationException" });
  });

  test("the region is that of the signature unless it is set", async () => {
    const scope = "Credential=AKIDEXAMPLE/20260915/eu-west-1/lambda/aws4_request";
    const signed = {
      headers: [["Authorization", `AWS4-HMAC-SHA256 ${scope}, SignedHeaders=host, Signature=0`]] as const,
    };
    const lambda = createLambda({ functions });
    expect((await stream(lambda, elsewhere, signed)).status).toBe(200);
    expect(lambda.invocations[0]!.invokedFunctionArn).toBe(elsewhere);
    const presigned = `?X-Amz-Credential=${encodeURIComponent("AKIDEXAMPLE/20260915/eu-west-1/lambda/aws4_request")}`;
    const reply = await request(lambda, "POST", `${streamTarget(elsewhere)}${presigned}`);
    expect(reply.status).toBe(200);
    expect(await refused(streamTarget(elsewhere), signed, { region: "us-east-1" })).toEqual(notReachable("us-east-1"));
  });
});

test("an ARN of another account is refused", async () => {
  expect(await refused(streamTarget("210987654321:function:f"))).toEqual({
    status: 403,
    type: "AccessDeniedException",
    body: { Message: null },
  });
});

test("lambda case 26: a name of 65 characters is a 404, not a validation error", async () => {
  const name = "n".repeat(65);
  expect(await refused(streamTarget(name))).toMatchObject({
    status: 404,
    body: { Message: `Function not found: ${arn}:${name}:$LATEST` },
  });
});

describe("shape validation", () => {
  test.each(["not a name", "a/b", "f:live:1", "arn:aws:s3:::bucket", "f%"])(
    "the name %j violates its pattern",
    async (text) => {
      expect(await refused(streamTarget(encodeURIComponent(text)))).toEqual(
        invalid(`1 validation error detected: ${badName(text)}`),
      );
    },
  );

  test("a damaged percent-encoding is a bad name", async () => {
    expect(await refused(streamTarget("%zz"))).toEqual(invalid(`1 validation error detected: ${badName("%zz")}`));
  });

  test("an empty name is reported as one", async () => {
    const { status, body } = await refused(streamTarget(""));
    expect(status).toBe(400);
    expect(body["message"]).toContain(violation("", "functionName", "have length greater than or equal to 1"));
  });

  test("all violations are reported at once, the qualifier before the name, before existence", async () => {
    const long = "q".repeat(129);
    expect(await refused(streamTarget("no%20name", long))).toEqual(
      invalid(
        `2 validation errors detected: ${violation(long, "qualifier", "have length less than or equal to 128")}; ${badName("no name")}`,
      ),
    );
    expect(await refused(streamTarget("missing", "not good"))).toEqual(
      invalid(`1 validation error detected: ${badQualifier("not good")}`),
    );
  });

  test.each([
    ["a b", [violation("a b", "durableExecutionName", "satisfy regular expression pattern: [a-zA-Z0-9-_]+")]],
    ["a".repeat(65), [violation("a".repeat(65), "durableExecutionName", "have length less than or equal to 64")]],
  ])("DurableExecutionName %s, which only Invoke has", async (name, found) => {
    const options = { headers: [["X-Amz-Durable-Execution-Name", name]] as const };
    expect(await refused(invokeTarget("f"), options)).toEqual(invalid(`1 validation error detected: ${found.join()}`));
    expect((await stream(createLambda({ functions }), "f", options)).status).toBe(200);
  });

  test("LogType and TenantId", async () => {
    expect(await refused(streamTarget("f"), { headers: [["X-Amz-Log-Type", "Head"]] })).toEqual(
      invalid(`1 validation error detected: ${violation("Head", "logType", "satisfy enum value set: [None, Tail]")}`),
    );
    const { body } = await refused(streamTarget("f"), { headers: [["X-Amz-Tenant-Id", "té"]] });
    expect(body["message"]).toContain("Value 'té' at 'tenantId'");
  });
});

test("requests that are not for Lambda are not answered", async () => {
  const lambda = createLambda({ functions });
  for (const [method, target] of [
    ["GET", streamTarget("f")],
    ["POST", "/2015-03-31/functions/f/response-streaming-invocations"],
    ["POST", `${streamTarget("f")}/more`],
    ["POST", "/"],
  ] as const) {
    expect(await lambda.handle({ method, target, headers: [], body: new Uint8Array() })).toBeUndefined();
  }
});

test("request ids come from the uuid option, one a request", async () => {
  let count = 0;
  const uuid = () => `00000000-0000-4000-8000-${String(++count).padStart(12, "0")}`;
  const lambda = createLambda({ functions, uuid });
  for (const name of ["f", "missing", "f"]) {
    const reply = await request(lambda, "POST", streamTarget(name));
    expect(headerOf(reply, "x-amzn-RequestId")).toBe(`00000000-0000-4000-8000-${String(count).padStart(12, "0")}`);
  }
  expect(count).toBe(3);
});
