import type { HeaderLine, ServiceRequest } from "@eventstream-kit/service";
import { describe, expect, test } from "vitest";
import { resign } from "../src/resign.ts";
import { signingScope } from "../src/signing-scope.ts";
import { verifySigV4 } from "@eventstream-kit/workshop/sigv4-verifier";

const date = new Date("2026-11-23T05:00:00Z");
const credentials = { accessKeyId: "AKIDRECORDER", secretAccessKey: "own/secret" };
const signing = {
  region: "eu-west-1",
  service: "lambda",
  credentials,
  date,
  host: "lambda.eu-west-1.amazonaws.com",
  secure: true,
};
const verifier = {
  keys: { AKIDRECORDER: { secretAccessKey: "own/secret" } },
  region: "eu-west-1",
  service: "lambda",
  host: signing.host,
  now: () => date,
};

const clientSignature =
  "AWS4-HMAC-SHA256 Credential=AKIDCLIENT/20200101/us-east-1/lambda/aws4_request, SignedHeaders=host, Signature=00";

function request(change: Partial<ServiceRequest> = {}): ServiceRequest {
  return {
    method: "POST",
    target: "/2021-11-15/functions/report/response-streaming-invocations",
    headers: [
      ["host", "127.0.0.1:4123"],
      ["authorization", clientSignature],
      ["x-amz-date", "20200101T000000Z"],
      ["content-type", "application/octet-stream"],
    ],
    body: new TextEncoder().encode('{"id":7}'),
    ...change,
  };
}

const signed = async (received: ServiceRequest, change: Partial<typeof signing> = {}) => ({
  ...received,
  headers: await resign(received, { ...signing, ...change }),
});

describe("record case 14: the new signature is accepted for every way to name a function or model", () => {
  test.each([
    ["a name", "/2021-11-15/functions/report/response-streaming-invocations"],
    [
      "an ARN, escaped as SDKs do",
      "/2021-11-15/functions/arn%3Aaws%3Alambda%3Aeu-west-1%3A123456789012%3Afunction%3Areport%3Alive/response-streaming-invocations",
    ],
    [
      "an ARN with bare colons",
      "/2021-11-15/functions/arn:aws:lambda:eu-west-1:123456789012:function:report/response-streaming-invocations",
    ],
    ["a qualifier", "/2021-11-15/functions/report/response-streaming-invocations?Qualifier=%24LATEST"],
    ["a model id with a colon", "/model/anthropic.claude-v2%3A1/converse-stream"],
    ["escaped slashes, blanks and UTF-8", "/a%2Fb/c%20d/%C3%A9%F0%9F%98%80"],
    ["queries with several, empty and valueless names", "/x?b=2&a=1&a=0&empty=&flag&z=%2F%2B"],
    ["queries with names that objects have", "/x?constructor=1&toString=2&toString=3"],
    ["empty segments", "/2021-11-15/functions//response-streaming-invocations"],
  ])("%s", async (_name, target) => {
    expect(verifySigV4(await signed(request({ target })), verifier)).toBeUndefined();
  });

  test("with a session token", async () => {
    const withToken = { ...credentials, sessionToken: "IQoJb3JpZ2luX2VjE=" };
    const keys = { AKIDRECORDER: { secretAccessKey: "own/secret", sessionToken: withToken.sessionToken } };
    expect(verifySigV4(await signed(request(), { credentials: withToken }), { ...verifier, keys })).toBeUndefined();
  });
});

test("The client's headers stay in order, with duplicates, and everything its signature needed is replaced", async () => {
  const headers: HeaderLine[] = [
    [":authority", "127.0.0.1:4123"],
    ["X-Amz-Log-Type", "Tail"],
    ["connection", "keep-alive, x-private"],
    ["x-private", "1"],
    ["keep-alive", "timeout=5"],
    ["te", "trailers"],
    ["transfer-encoding", "chunked"],
    ["expect", "100-continue"],
    ["accept-encoding", "gzip"],
    ["x-twice", "a"],
    ["content-length", "999"],
    ["x-twice", "b"],
    ["x-amz-security-token", "client-token"],
    ["x-amz-content-sha256", "client-hash"],
    ["authorization", clientSignature],
  ];
  const out = await signed(request({ headers }));
  expect(out.headers.map(([name, value]) => (name === "authorization" ? name : `${name}: ${value}`))).toEqual([
    "host: lambda.eu-west-1.amazonaws.com",
    "X-Amz-Log-Type: Tail",
    "x-twice: a",
    "x-twice: b",
    "accept-encoding: identity",
    "content-length: 8",
    "x-amz-date: 20261123T050000Z",
    "x-amz-content-sha256: a3c90e3b7448d23d9eacebd0ebf15cae100e21f9b2c688f3f9d238edcd26d67f",
    "authorization",
  ]);
  expect(verifySigV4(out, verifier)).toBeUndefined();
});

test("An unsigned payload stays unsigned over TLS only", async () => {
  const received = request();
  const unsigned = {
    ...received,
    headers: [...received.headers, ["x-amz-content-sha256", "UNSIGNED-PAYLOAD"] as const],
  };
  expect((await signed(unsigned)).headers).toContainEqual(["x-amz-content-sha256", "UNSIGNED-PAYLOAD"]);
  expect(verifySigV4(await signed(unsigned, { secure: false }), verifier)).toBeUndefined();
});

test("The scope names region and service", () => {
  expect(signingScope(request())).toEqual({ region: "us-east-1", service: "lambda" });
});

describe("What cannot be signed again is refused with a reason", () => {
  const authorized = (value: string, ...more: HeaderLine[]) =>
    request({ headers: [["authorization", value], ...more] });
  test.each([
    ["unsigned", request({ headers: [] }), "is not signed"],
    ["presigned", request({ headers: [], target: "/x?X-Amz-Signature=00" }), "presigned URL"],
    ["SigV4a", authorized("AWS4-ECDSA-P256-SHA256 Credential=k/20260101/lambda/aws4_request"), "SigV4a"],
    ["a bearer token", authorized("Bearer sesame"), "authorised with Bearer,"],
    ["a token without a scheme", authorized("sesame"), "authorised with something else,"],
    [
      "a streaming signature",
      authorized(clientSignature, ["x-amz-content-sha256", "STREAMING-AWS4-HMAC-SHA256-EVENTS"]),
      "signed piece by piece",
    ],
    ["no scope", authorized("AWS4-HMAC-SHA256 Credential=k, SignedHeaders=host, Signature=00"), "no credential scope"],
    [
      "a region that would change the host",
      authorized(clientSignature.replace("us-east-1", "evil.example/x")),
      "no credential scope",
    ],
  ])("%s", (_name, received, message) => {
    expect(() => signingScope(received)).toThrow(
      expect.objectContaining({ code: "request_refused", message: expect.stringContaining(message) as string }),
    );
  });

  test.each(["/x?a=%zz", "/x?a=%ff", "/x?__proto__=1"])("a query that cannot be signed: %s", async (target) => {
    await expect(resign(request({ target }), signing)).rejects.toMatchObject({ code: "request_refused" });
  });

  test("and nothing is said of a query's values", async () => {
    const refused = resign(request({ target: "/x?password=sesame%zz" }), signing);
    await expect(refused).rejects.toThrow(/^(?!.*sesame).* invalid escape/);
  });
});
