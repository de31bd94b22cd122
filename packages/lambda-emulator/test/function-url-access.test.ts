import { createHash, createHmac } from "node:crypto";
import type { HeaderLine } from "@eventstream-kit/service";
import { SignatureV4 } from "@smithy/signature-v4";
import { describe, expect, test } from "vitest";
import { createLambda } from "../src/index.ts";
import type { LambdaOptions } from "../src/index.ts";
import { answered } from "./control-plane-client.ts";
import { createUrl, send } from "./function-url-client.ts";
import type { TestUrl } from "./function-url-client.ts";

const credentials = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "secret" };
const temporary = { accessKeyId: "ASIAEXAMPLE", secretAccessKey: "other", sessionToken: "token/+=" };
const signedAt = new Date("2026-09-15T11:59:48Z");

type Data = string | ArrayBuffer | ArrayBufferView;
const bytesOf = (data: Data) =>
  typeof data === "string" || data instanceof ArrayBuffer
    ? Buffer.from(data as string)
    : new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
const minutes = (number: number) => number * 60_000;

/** What the signer wants of a hash. */
class Sha256 {
  readonly #hash;

  constructor(secret?: Data) {
    this.#hash = secret === undefined ? createHash("sha256") : createHmac("sha256", bytesOf(secret));
  }

  update(data: Data): void {
    this.#hash.update(bytesOf(data));
  }

  digest(): Promise<Uint8Array> {
    return Promise.resolve(new Uint8Array(this.#hash.digest()));
  }
}

interface Call {
  readonly method?: string;
  readonly path?: string;
  readonly query?: Record<string, string | string[]>;
  readonly headers?: Record<string, string>;
  readonly body?: string;
}

interface Signing {
  readonly by?: { accessKeyId: string; secretAccessKey: string; sessionToken?: string };
  readonly region?: string;
  /** Presigned, for so many seconds. */
  readonly expiresIn?: number;
}

/** A request as the AWS SDK's own signer signs it, ready to be sent, and what may be done to it in between. */
async function signed(
  url: TestUrl,
  { method = "GET", path = "/", query = {}, headers = {}, body }: Call,
  signing: Signing = {},
) {
  const { by = credentials, region = "us-east-1", expiresIn } = signing;
  const signer = new SignatureV4({ service: "lambda", region, credentials: by, sha256: Sha256 });
  const request = {
    method,
    protocol: "https:",
    hostname: url.host[1],
    path,
    query,
    headers: { host: url.host[1], ...headers },
    ...(body === undefined ? {} : { body }),
  };
  const made =
    expiresIn === undefined
      ? await signer.sign(request, { signingDate: signedAt })
      : await signer.presign(request, { signingDate: signedAt, expiresIn });
  const search = Object.entries(made.query ?? {})
    .flatMap(([name, value]) =>
      [value ?? ""].flat().map((item) => `${encodeURIComponent(name)}=${encodeURIComponent(item)}`),
    )
    .join("&");
  return {
    method,
    target: `${path}${search && `?${search}`}`,
    headers: Object.entries(made.headers) as HeaderLine[],
    body: body ?? "",
  };
}

async function iamUrl(options: Partial<LambdaOptions> = {}) {
  const lambda = createLambda({
    functions: { echo: () => "ran" },
    credentials: [credentials, temporary],
    now: () => signedAt.getTime(),
    ...options,
  });
  const url = await createUrl(lambda, "echo", { AuthType: "AWS_IAM" });
  const ask = ({ method, target, ...rest }: Awaited<ReturnType<typeof signed>>) => send(lambda, method, target, rest);
  return { lambda, url, ask };
}

const mismatch =
  "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.";

describe("an AWS_IAM URL of a Lambda with credentials", () => {
  const calls: Call[] = [
    {},
    { method: "POST", path: "/a/b", body: '{"a":1}', headers: { "content-type": "application/json" } },
    { path: "/a%20b/%C3%A9/c" },
    { query: { b: "2", a: ["z", "a"], "sp ce": "é/+~" } },
    { headers: { "x-amz-meta": "  two   blanks ", "x-custom": "1" } },
  ];
  test.each(calls)("lets a right signature in: %j", async (call) => {
    const { url, ask, lambda } = await iamUrl();
    for (const signing of [{}, { by: temporary }, { expiresIn: 60 }, { by: temporary, expiresIn: 60 }]) {
      const answer = await ask(await signed(url, call, signing));
      expect([answer.status, answer.text]).toEqual([200, "ran"]);
    }
    expect(lambda.invocations).toHaveLength(4);
  });

  test("by the path of a socket, too", async () => {
    const { url, ask } = await iamUrl();
    const local: TestUrl = { ...url, host: ["Host", "127.0.0.1:3000"] };
    expect((await ask(await signed(local, { path: `${url.path}/x` }))).text).toBe("ran");
  });

  test.each(["chat.example.com", `${"a1".repeat(16)}.lambda-url.us-east-1.on.aws`])(
    "behind a host of its own, %s, as its client has signed it",
    async (host) => {
      const { url, ask } = await iamUrl();
      for (const signing of [{}, { expiresIn: 60 }]) {
        const request = await signed({ ...url, host: ["Host", host] }, { path: "/x", query: { a: "1" } }, signing);
        const passedOn = { ...request, target: url.path + request.target };
        expect((await ask(passedOn)).text).toBe("ran");
        expect((await ask({ ...passedOn, target: `${passedOn.target}&b=2` })).status).toBe(403);
      }
    },
  );

  type Request = Awaited<ReturnType<typeof signed>>;
  const tampered: readonly (readonly [string, (request: Request) => Partial<Request>])[] = [
    ["method", () => ({ method: "PUT" })],
    ["path", () => ({ target: "/other" })],
    ["query", (request) => ({ target: `${request.target}?a=1` })],
    ["body", () => ({ body: "other" })],
    [
      "a signed header",
      ({ headers }) => ({ headers: headers.map(([name, value]) => [name, name === "x-custom" ? "2" : value]) }),
    ],
  ];
  test.each(tampered)("refuses a request whose %s was changed", async (_what, change) => {
    const { url, ask, lambda } = await iamUrl();
    const request = await signed(url, { headers: { "x-custom": "1" }, method: "POST", body: "one" });
    const answer = await ask({ ...request, ...change(request) });
    expect([answer.status, answer.text]).toEqual([403, JSON.stringify({ message: mismatch })]);
    expect(answer.all("x-amzn-ErrorType")).toEqual(["InvalidSignatureException"]);
    expect(lambda.invocations).toEqual([]);
  });

  const unknown = ["UnrecognizedClientException", "The security token included in the request is invalid."];
  test.each<[string, Signing, string[]]>([
    ["a wrong secret", { by: { ...credentials, secretAccessKey: "wrong" } }, ["InvalidSignatureException", mismatch]],
    ["an unknown key", { by: { ...credentials, accessKeyId: "AKIDOTHER" } }, unknown],
    ["another session token", { by: { ...temporary, sessionToken: "old" } }, unknown],
    ["no session token", { by: { ...credentials, accessKeyId: temporary.accessKeyId } }, unknown],
    [
      "another region",
      { region: "eu-west-1" },
      ["InvalidSignatureException", "Credential should be scoped to a valid region."],
    ],
  ])("refuses %s", async (_what, signing, refusal) => {
    const { url, ask } = await iamUrl();
    for (const more of [{}, { expiresIn: 60 }]) {
      const answer = await ask(await signed(url, {}, { ...signing, ...more }));
      expect([answer.status, ...answer.all("x-amzn-ErrorType"), answer.text]).toEqual([
        403,
        refusal[0],
        JSON.stringify({ message: refusal[1] }),
      ]);
    }
  });

  test.each<[string, number, number | undefined, string | undefined]>([
    ["five minutes old", minutes(5), undefined, undefined],
    [
      "older",
      minutes(5) + 1000,
      undefined,
      "Signature expired: 20260915T115948Z is now earlier than 20260915T115949Z (20260915T120449Z - 5 min.)",
    ],
    ["five minutes early", -minutes(5), undefined, undefined],
    [
      "earlier",
      -minutes(5) - 1000,
      undefined,
      "Signature not yet current: 20260915T115948Z is still later than 20260915T115947Z (20260915T115447Z + 5 min.)",
    ],
    ["presigned and at its end", minutes(60), 3600, undefined],
    ["presigned and over", minutes(60) + 1, 3600, "Signature has expired"],
  ])("judges the date by the injected clock: %s", async (_what, age, expiresIn, message) => {
    const { url, ask } = await iamUrl({ now: () => signedAt.getTime() + age });
    const answer = await ask(await signed(url, {}, expiresIn === undefined ? {} : { expiresIn }));
    expect(answer.text).toBe(message === undefined ? "ran" : JSON.stringify({ message }));
  });

  test.each<[string, (headers: HeaderLine[]) => HeaderLine[], string]>([
    [
      "an AWS header that is not signed",
      (headers) => [...headers, ["X-Amz-Extra", "1"]],
      "'x-amz-extra' must be a 'SignedHeader' in the AWS Authorization.",
    ],
    [
      "a signed header that is missing",
      (headers) => headers.filter(([name]) => name !== "x-custom"),
      "The signed header 'x-custom' is missing.",
    ],
    [
      "no date",
      (headers) => headers.filter(([name]) => name !== "x-amz-date"),
      "Date must be in ISO-8601 'basic format'. See http://en.wikipedia.org/wiki/ISO_8601",
    ],
    [
      "another day than the scope's",
      (headers) => headers.map(([name, value]) => [name, value.replace("20260915/", "20260914/")]),
      "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '20260914' != '20260915', from '20260915T115948Z'.",
    ],
  ])("refuses %s", async (_what, change, message) => {
    const { url, ask } = await iamUrl();
    const request = await signed(url, { headers: { "x-custom": "1" } });
    expect((await ask({ ...request, headers: change(request.headers) })).text).toBe(JSON.stringify({ message }));
  });

  test("refuses the unsigned as ever, and leaves other URLs and the API open", async () => {
    const { lambda, url } = await iamUrl({ functions: { echo: () => "ran", open: () => "open" } });
    expect((await send(lambda, "GET", `${url.path}/`)).text).toMatch(/^{"Message":"Forbidden\. For troubleshooting/);
    const open = await createUrl(lambda, "open");
    expect((await send(lambda, "GET", `${open.path}/`)).text).toBe("open");
  });

  test("credentials that are none are refused without being shown", () => {
    const found = [{ accessKeyId: "secret?" }] as never;
    expect(() => createLambda({ functions: {}, credentials: found })).toThrow(
      expect.objectContaining({ code: "invalid_option", message: expect.not.stringContaining("secret?") }),
    );
  });
});

/** A URL that asks for permissions. */
async function guarded(
  settings: Record<string, unknown> = {},
  options: Partial<LambdaOptions> = {},
  qualifier?: string,
) {
  const functions = { own: { handler: "ran", versions: { 1: "ran" }, aliases: { live: 1 } } };
  const lambda = createLambda({ functions, enforcePermissions: true, ...options });
  const url = await createUrl(lambda, "own", settings, qualifier);
  const permit = (statement: object, owner = qualifier) =>
    answered(lambda, "POST", `/own/policy${owner ? `?Qualifier=${owner}` : ""}`, statement);
  const ask = async (headers: HeaderLine[] = []) => (await send(lambda, "GET", `${url.path}/`, { headers })).text;
  return { permit, ask };
}

describe("enforcePermissions", () => {
  const forbidden = /^{"Message":"Forbidden\. For troubleshooting Function URL authorization issues/;
  const first = { StatementId: "url", Action: "lambda:InvokeFunctionUrl", Principal: "*" };
  const second = { StatementId: "via", Action: "lambda:InvokeFunction", Principal: "*", InvokedViaFunctionUrl: true };

  test("modelled: both permissions are needed", async () => {
    const { permit, ask } = await guarded();
    expect(await ask()).toMatch(forbidden);
    await permit({ ...first, FunctionUrlAuthType: "NONE" });
    expect(await ask()).toMatch(forbidden);
    await permit(second);
    expect(await ask()).toBe("ran");
  });

  const observed = { switches: { urlPermissions: "observed" } } as const;
  test("observed: the first is enough", async () => {
    const { permit, ask } = await guarded({}, observed);
    await permit(first);
    expect(await ask()).toBe("ran");
  });

  test.each([
    ["a statement for the other auth type", { ...first, FunctionUrlAuthType: "AWS_IAM" }],
    ["another action", { ...first, Action: "lambda:InvokeFunction" }],
    ["a principal for an anonymous caller", { ...first, Principal: "123456789012" }],
    ["a condition nobody can meet here", { ...first, SourceArn: "arn:aws:s3:::b" }],
  ])("does not take %s", async (_what, statement) => {
    const { permit, ask } = await guarded({}, observed);
    expect((await permit(statement)).status).toBe(201);
    expect(await ask()).toMatch(forbidden);
  });

  test("an alias has a policy of its own", async () => {
    const { permit, ask } = await guarded({}, observed, "live");
    await permit(first, "");
    expect(await ask()).toMatch(forbidden);
    await permit(first);
    expect(await ask()).toBe("ran");
  });

  test.each<[string, string, boolean]>([
    ["its own account", "123456789012", true],
    ["its own name", "arn:aws:iam::123456789012:user/example", true],
    ["another account", "111122223333", false],
    ["a service", "s3.amazonaws.com", false],
  ])("a signed caller is known by %s", async (_who, Principal, lets) => {
    const { permit, ask } = await guarded({ AuthType: "AWS_IAM" }, observed);
    await permit({ ...first, Principal, FunctionUrlAuthType: "AWS_IAM" });
    const scope = "Credential=AKIDEXAMPLE/20260915/us-east-1/lambda/aws4_request";
    const text = await ask([["Authorization", `AWS4-HMAC-SHA256 ${scope}, SignedHeaders=host, Signature=0`]]);
    expect(text === "ran").toBe(lets);
  });

  test("by default nothing is asked", async () => {
    const { ask } = await guarded({}, { enforcePermissions: false });
    expect(await ask()).toBe("ran");
  });
});
