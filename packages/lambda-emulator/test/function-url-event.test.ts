import { describe, expect, test } from "vitest";
import { createLambda } from "../src/index.ts";
import type { UrlEvent } from "../src/index.ts";
import type { SendOptions } from "./function-url-client.ts";
import { createUrl, send } from "./function-url-client.ts";

const noon = Date.UTC(2026, 8, 5, 9, 8, 7, 333);

/** The event that a request becomes. The path follows the URL's own. */
async function eventOf(method: string, target: string, options?: SendOptions, settings = {}) {
  const service = createLambda({ functions: { echo: () => "ok" }, now: () => noon });
  const url = await createUrl(service, "echo", settings);
  const answer = await send(service, method, `${url.path}${target}`, options);
  expect(answer.status).toBe(200);
  const record = service.invocations[0]!;
  return { event: record.event as UrlEvent, answer, url, record };
}

const uuid = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/;
const traceId = /^Self=1-[\da-f]{8}-[\da-f]{24};Root=1-[\da-f]{8}-[\da-f]{24}$/;

describe("lambda case 72: the event of a request", () => {
  test("the whole of it, in the order of captures", async () => {
    const { event, url } = await eventOf("GET", "/probe?case=x", {
      headers: [
        ["Host", "127.0.0.1:1234"],
        ["Connection", "keep-alive"],
        ["Accept", "application/json"],
        ["User-Agent", "probe/1"],
        ["Cookie", "a=1; b=2"],
      ],
    });
    const domainName = `${url.id}.lambda-url.us-east-1.on.aws`;
    expect(event).toEqual({
      version: "2.0",
      routeKey: "$default",
      rawPath: "/probe",
      rawQueryString: "case=x",
      cookies: ["a=1", "b=2"],
      headers: {
        "x-amzn-tls-cipher-suite": "TLS_AES_128_GCM_SHA256",
        "content-length": "0",
        "x-amzn-tls-version": "TLSv1.3",
        "x-amzn-trace-id": expect.stringMatching(traceId),
        "x-forwarded-proto": "https",
        host: domainName,
        "x-forwarded-port": "443",
        "x-forwarded-for": "127.0.0.1",
        accept: "application/json",
        "user-agent": "probe/1",
      },
      queryStringParameters: { case: "x" },
      requestContext: {
        accountId: "anonymous",
        apiId: url.id,
        domainName,
        domainPrefix: url.id,
        http: { method: "GET", path: "/probe", protocol: "HTTP/1.1", sourceIp: "127.0.0.1", userAgent: "probe/1" },
        requestId: expect.stringMatching(uuid),
        routeKey: "$default",
        stage: "$default",
        time: "05/Sep/2026:09:08:07 +0000",
        timeEpoch: noon,
      },
      isBase64Encoded: false,
    });
    expect(Object.keys(event)).toEqual([
      "version",
      "routeKey",
      "rawPath",
      "rawQueryString",
      "cookies",
      "headers",
      "queryStringParameters",
      "requestContext",
      "isBase64Encoded",
    ]);
  });

  test.each([
    ["/a%20b/c", "/a%20b/c", "/a b/c"],
    ["/pa2%Fth/1", "/pa2%Fth/1", "/pa2%Fth/1"],
    ["/%C3%BC%2F%zz%41", "/%C3%BC%2F%zz%41", "/ü/%zzA"],
    ["/a+b//c/../d", "/a+b//c/../d", "/a+b//c/../d"],
    ["/", "/", "/"],
    ["", "/", "/"],
    ["?x=1", "/", "/"],
  ])("path %s", async (target, rawPath, path) => {
    const { event } = await eventOf("GET", target);
    expect(event.rawPath).toBe(rawPath);
    expect(event.requestContext.http.path).toBe(path);
  });

  test.each([
    ["", "", undefined],
    ["?", "", undefined],
    ["?a=1&a=2&b=3", "a=1&a=2&b=3", { a: "1,2", b: "3" }],
    ["?a=%20%2C&c%5B%5D=x+y", "a=%20%2C&c%5B%5D=x+y", { a: " ,", "c[]": "x y" }],
    ["?a&b=&c=%", "a&b=&c=%", { a: "", b: "", c: "%" }],
    ["?a=1?2", "a=1?2", { a: "1?2" }],
    ["?__proto__=x", "__proto__=x", Object.fromEntries([["__proto__", "x"]])],
  ])("query %s", async (target, raw, parameters) => {
    const { event } = await eventOf("GET", `/p${target}`);
    expect(event.rawQueryString).toBe(raw);
    expect(event.queryStringParameters).toEqual(parameters);
    expect(Object.hasOwn(event, "queryStringParameters")).toBe(parameters !== undefined);
  });

  test("cookies are moved out of the headers, one item a pair", async () => {
    const { event } = await eventOf("GET", "/", {
      headers: [
        ["cookie", 'a=1;b="x y" ; '],
        ["Cookie", "c=3=4"],
      ],
    });
    expect(event.cookies).toEqual(["a=1", 'b="x y"', "c=3=4"]);
    expect(event.headers).not.toHaveProperty("cookie");
  });

  test("repeated headers are joined by a comma; two spellings of a name double it, a quirk of the service", async () => {
    const repeated = await eventOf("GET", "/", {
      headers: [
        ["X-Repeat", "one"],
        ["X-Repeat", "two"],
        ["X-Other", "-"],
        ["X-Repeat", "three"],
      ],
    });
    expect(repeated.event.headers["x-repeat"]).toBe("one,two,three");
    const spelled = await eventOf("GET", "/", {
      headers: [
        ["X-Repeat", "one"],
        ["x-repeat", "two,three"],
      ],
    });
    expect(spelled.event.headers["x-repeat"]).toBe("one,two,three,one,two,three");
  });

  test.each([
    ["GET", "", "0"],
    ["DELETE", "", "0"],
    ["POST", "", "0"],
    ["HEAD", "", undefined],
    ["OPTIONS", "", undefined],
    ["POST", "four", "4"],
    ["OPTIONS", "four", "4"],
  ])("content-length of %s with the body %j", async (method, body, length) => {
    // A chunked request has no length of its own.
    const { event } = await eventOf(method, "/", { headers: [["Transfer-Encoding", "chunked"]], body });
    expect(event.headers["content-length"]).toBe(length);
    expect(event.headers).not.toHaveProperty("transfer-encoding");
    expect(event.requestContext.http.method).toBe(method);
  });

  test("what the service's edge says wins over the client; its trace goes on", async () => {
    const root = "1-5759e988-bd862e3fe1be46a994272793";
    const { event, answer } = await eventOf("GET", "/", {
      headers: [
        ["X-Forwarded-For", "203.0.113.7"],
        ["X-Forwarded-Proto", "http"],
        ["X-Amzn-Trace-Id", `Root=${root};Sampled=1`],
      ],
    });
    expect(event.headers).toMatchObject({ "x-forwarded-for": "127.0.0.1", "x-forwarded-proto": "https" });
    expect(event.headers["x-amzn-trace-id"]).toMatch(new RegExp(`^Self=1-.*;Root=${root}$`));
    expect(answer.all("x-amzn-trace-id")[0]).toMatch(new RegExp(`^Root=${root};Parent=`));
  });

  test("no user agent, no member", async () => {
    const { event } = await eventOf("GET", "/");
    expect(event.requestContext.http).not.toHaveProperty("userAgent");
  });
});

describe("lambda case 73: the body in the event", () => {
  const text = '{"grüße":1}';
  test.each([
    "application/json",
    "APPLICATION/JSON; charset=utf-8",
    "text/plain",
    "text/event-stream;x=y",
    "application/xml",
    "application/vnd.api+json",
    "image/svg+xml",
    "application/javascript",
  ])("%s is text", async (type) => {
    const { event } = await eventOf("POST", "/", { headers: [["content-type", type]], body: text });
    expect(event).toMatchObject({ body: text, isBase64Encoded: false });
  });

  test.each([
    "multipart/form-data; boundary=x",
    "application/x-www-form-urlencoded",
    "application/octet-stream",
    "image/png",
    "application/jsonp",
    "",
    undefined,
  ])("%s is base64", async (type) => {
    const headers = type === undefined ? [] : ([["Content-Type", type]] as const);
    const { event } = await eventOf("POST", "/", { headers, body: text });
    expect(event).toMatchObject({ body: Buffer.from(text).toString("base64"), isBase64Encoded: true });
  });

  test("bytes that only claim to be text are not lost", async () => {
    const body = new Uint8Array([0x7b, 0xff, 0x7d]);
    const { event } = await eventOf("POST", "/", { headers: [["content-type", "text/plain"]], body });
    expect(event).toMatchObject({ body: Buffer.from(body).toString("base64"), isBase64Encoded: true });
  });

  test("a byte order mark is part of the text", async () => {
    const { event } = await eventOf("POST", "/", { headers: [["content-type", "text/plain"]], body: "\u{feff}x" });
    expect(event.body).toBe("\u{feff}x");
  });
});

describe("lambda case 74: a URL of auth type AWS_IAM", () => {
  const iam = { AuthType: "AWS_IAM" };
  const scope = "AKIDEXAMPLE/20260915/us-east-1/lambda/aws4_request";
  const authorization = `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host;x-amz-date, Signature=0123`;
  const identity = {
    accessKey: "AKIDEXAMPLE",
    accountId: "123456789012",
    callerId: "AIDACKCEVSQ6C2EXAMPLE",
    cognitoIdentity: null,
    principalOrgId: "o-exampleorgid",
    userArn: "arn:aws:iam::123456789012:user/example",
    userId: "AIDACKCEVSQ6C2EXAMPLE",
  };

  test("signed: the caller is in the event, the authorization header is not", async () => {
    const headers = [
      ["Authorization", authorization],
      ["X-Amz-Date", "20260915T115948Z"],
    ] as const;
    const { event } = await eventOf("GET", "/", { headers }, iam);
    expect(event.requestContext.accountId).toBe("123456789012");
    expect(event.requestContext.authorizer).toEqual({ iam: identity });
    expect(Object.keys(event.requestContext).slice(0, 4)).toEqual(["accountId", "apiId", "authorizer", "domainName"]);
    expect(Object.keys(event.requestContext.authorizer!.iam)).toEqual(Object.keys(identity));
    expect(event.headers).not.toHaveProperty("authorization");
    expect(event.headers["x-amz-date"]).toBe("20260915T115948Z");
  });

  test("presigned: the query is what signs", async () => {
    const query = `X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=${encodeURIComponent(scope)}&X-Amz-Signature=0123`;
    const { event } = await eventOf("GET", `/?${query}`, {}, iam);
    expect(event.requestContext.authorizer?.iam.accessKey).toBe("AKIDEXAMPLE");
  });

  const unsigned: (readonly (readonly [string, string])[])[] = [
    [],
    [["authorization", "Bearer token"]],
    [["authorization", ""]],
    [["authorization", `AWS4-HMAC-SHA256 Credential=${scope}`]],
    [["authorization", authorization.replace("/lambda/", "/s3/")]],
  ];
  test.each(unsigned.map((headers) => ({ headers })))("unsigned: 403, and no invocation: $headers", async (options) => {
    const service = createLambda({ functions: { echo: () => "ok" } });
    const { path } = await createUrl(service, "echo", iam);
    const answer = await send(service, "GET", `${path}/`, options);
    expect(answer.status).toBe(403);
    expect(answer.headers).toEqual([
      ["Content-Type", "application/json"],
      ["Content-Length", "144"],
      ["x-amzn-RequestId", expect.stringMatching(uuid)],
      ["x-amzn-ErrorType", "AccessDeniedException"],
    ]);
    expect(answer.text).toBe(
      '{"Message":"Forbidden. For troubleshooting Function URL authorization issues, see: https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html"}',
    );
    expect(service.invocations).toEqual([]);
  });

  test("a URL of type NONE leaves authorization to the function", async () => {
    const { event } = await eventOf("GET", "/", { headers: [["authorization", "Bearer token"]] });
    expect(event.headers["authorization"]).toBe("Bearer token");
    expect(event.requestContext).not.toHaveProperty("authorizer");
  });
});

test("lambda case 75: one request id in the answer, the event, the context and the log", async () => {
  let contextId = "";
  const service = createLambda({
    functions: {
      echo: (_event, context) => {
        contextId = context.awsRequestId;
      },
    },
  });
  const { path } = await createUrl(service, "echo");
  const answer = await send(service, "GET", `${path}/`);
  const [id] = answer.all("x-amzn-requestid");
  const record = service.invocations[0]!;
  expect(id).toMatch(uuid);
  expect((record.event as UrlEvent).requestContext.requestId).toBe(id);
  expect(contextId).toBe(id);
  expect(record.log()).toContain(`START RequestId: ${id} Version: $LATEST`);
  expect(record.log()).toContain(`END RequestId: ${id}`);
});
