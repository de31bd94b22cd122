import type { Service } from "@eventstream-kit/service";
import { describe, expect, test } from "vitest";
import { createLambda } from "../src/index.ts";
import { urlName, urlQualifier } from "../src/function-name.ts";
import { call, createUrl, send } from "./function-url-client.ts";

const echo = { handler: () => "ok", versions: { 1: () => "one" }, aliases: { live: 1, next: "$LATEST" } };
const url = "/2021-10-31/functions/echo/url";
const list = "/2021-10-31/functions/echo/urls";
const arn = "arn:aws:lambda:us-east-1:123456789012:function:echo";

/** A function with many aliases. */
function many(count: number) {
  const aliases = Object.fromEntries(Array.from({ length: count }, (_, index) => [`a${index}`, "$LATEST"]));
  return createLambda({ functions: { echo: { handler: () => "ok", aliases }, other: () => "other" } });
}

/** One page of a function's URLs: the aliases, and the marker. */
async function pageOf(service: Service, query: string, name = "echo") {
  const { answer, json } = await call(service, "GET", `/2021-10-31/functions/${name}/urls?${query}`);
  expect(answer.status).toBe(200);
  const configs = json["FunctionUrlConfigs"] as { FunctionArn: string }[];
  return { names: configs.map((config) => config.FunctionArn.split(":")[7]), marker: json["NextMarker"] as string };
}

/** How the service recites the constraints on the items of a list. */
function items(max: number, min: number): string {
  return `Member must satisfy constraint: [Member must have length less than or equal to ${max}, Member must have length greater than or equal to ${min}, Member must satisfy regular expression pattern: .*, Member must not be null]`;
}

function lambda(options: { now?: () => number; random?: () => number } = {}) {
  return createLambda({ functions: { echo, other: () => "other" }, ...options });
}

describe("lambda case 42: create without InvokeMode", () => {
  test("answers 201 without InvokeMode and LastModifiedTime; Get says BUFFERED", async () => {
    const service = lambda();
    const created = await call(service, "POST", url, { AuthType: "NONE" });
    expect(created.answer.status).toBe(201);
    expect(Object.keys(created.json)).toEqual(["FunctionUrl", "FunctionArn", "AuthType", "CreationTime"]);
    expect(created.json).toMatchObject({
      FunctionUrl: expect.stringMatching(/^https:\/\/[a-z0-9]{32}\.lambda-url\.us-east-1\.on\.aws\/$/),
      FunctionArn: arn,
      AuthType: "NONE",
    });
    const got = await call(service, "GET", url);
    expect(got.answer.status).toBe(200);
    expect(got.json).toEqual({
      ...created.json,
      InvokeMode: "BUFFERED",
      LastModifiedTime: created.json["CreationTime"],
    });
  });

  test("the answer has the headers of captures", async () => {
    const { answer } = await call(lambda(), "POST", url, { AuthType: "NONE" });
    expect(answer.headers).toEqual([
      ["Content-Type", "application/json"],
      ["Content-Length", String(answer.bytes.length)],
      ["x-amzn-RequestId", expect.stringMatching(/^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/)],
    ]);
  });
});

test("lambda case 43: RESPONSE_STREAM is echoed in create, get and list", async () => {
  const service = lambda();
  const created = await call(service, "POST", url, { AuthType: "AWS_IAM", InvokeMode: "RESPONSE_STREAM" });
  expect(created.json).toMatchObject({ AuthType: "AWS_IAM", InvokeMode: "RESPONSE_STREAM" });
  const got = await call(service, "GET", url);
  expect(got.json).toMatchObject({ AuthType: "AWS_IAM", InvokeMode: "RESPONSE_STREAM" });
  const listed = await call(service, "GET", list);
  expect(listed.json).toEqual({ FunctionUrlConfigs: [got.json] });
});

describe("lambda case 44: create twice", () => {
  test("409 with two blanks before FunctionUrlConfig", async () => {
    const service = lambda();
    await createUrl(service, "echo");
    const { answer } = await call(service, "POST", url, { AuthType: "NONE" });
    expect(answer.status).toBe(409);
    expect(answer.all("x-amzn-ErrorType")).toEqual(["ResourceConflictException"]);
    expect(answer.text).toBe(
      `{"Type":"User","message":"Failed to create function url config for [functionArn = ${arn}]. Error message:  FunctionUrlConfig exists for this Lambda function"}`,
    );
  });

  test("names the alias's ARN for an alias", async () => {
    const service = lambda();
    await createUrl(service, "echo", {}, "live");
    const { json } = await call(service, "POST", `${url}?Qualifier=live`, { AuthType: "NONE" });
    expect(json["message"]).toContain(`[functionArn = ${arn}:live]`);
  });
});

test("lambda case 45: an alias's URL has the alias in its FunctionArn and coexists with the unqualified one", async () => {
  const service = lambda();
  const live = await call(service, "POST", `${url}?Qualifier=live`, { AuthType: "NONE" });
  expect(live.json["FunctionArn"]).toBe(`${arn}:live`);
  const plain = await call(service, "POST", url, { AuthType: "NONE" });
  expect(plain.answer.status).toBe(201);
  expect(plain.json["FunctionArn"]).toBe(arn);
  expect(plain.json["FunctionUrl"]).not.toBe(live.json["FunctionUrl"]);

  const { json } = await call(service, "GET", list);
  const arns = (json["FunctionUrlConfigs"] as { FunctionArn: string }[]).map((config) => config.FunctionArn);
  expect(arns).toEqual([arn, `${arn}:live`]); // newest first

  await call(service, "DELETE", url);
  const left = await call(service, "GET", `${url}?Qualifier=live`);
  expect(left.json["FunctionUrl"]).toBe(live.json["FunctionUrl"]);
});

describe("lambda case 46: a version or $LATEST as qualifier is a violation, even for a missing function", () => {
  const operations = [
    ["POST", { AuthType: "NONE" }],
    ["GET", undefined],
    ["PUT", {}],
    ["DELETE", undefined],
  ] as const;
  for (const [method, body] of operations) {
    test.each(["1", "$LATEST"])(`${method} with %s`, async (qualifier) => {
      const query = `?Qualifier=${encodeURIComponent(qualifier)}`;
      for (const name of ["echo", "missing"]) {
        const { answer } = await call(lambda(), method, `/2021-10-31/functions/${name}/url${query}`, body);
        expect(answer.status).toBe(400);
        expect(answer.all("x-amzn-ErrorType")).toEqual(["ValidationException"]);
        expect(answer.text).toBe(
          JSON.stringify({
            message: `1 validation error detected: Value '${qualifier}' at 'qualifier' failed to satisfy constraint: Member must satisfy regular expression pattern: ((?!^\\d+$)^[0-9a-zA-Z-_]+$)`,
          }),
        );
      }
    });
  }

  test("as a suffix of the name they violate the name's pattern", async () => {
    const { json } = await call(lambda(), "GET", `/2021-10-31/functions/${encodeURIComponent(`${arn}:$LATEST`)}/url`);
    expect(json).toEqual({
      message: `1 validation error detected: Value '${arn}:$LATEST' at 'functionName' failed to satisfy constraint: Member must satisfy regular expression pattern: ${urlName.text}`,
    });
  });

  test("all violations are counted and joined, the qualifier first", async () => {
    const { json } = await call(lambda(), "GET", "/2021-10-31/functions/bad%20name/url?Qualifier=1");
    expect(json).toEqual({
      message:
        `2 validation errors detected: Value '1' at 'qualifier' failed to satisfy constraint: Member must satisfy regular expression pattern: ${urlQualifier.text}; ` +
        `Value 'bad name' at 'functionName' failed to satisfy constraint: Member must satisfy regular expression pattern: ${urlName.text}`,
    });
  });

  test("a qualifier that is too long", async () => {
    const qualifier = "q".repeat(129);
    const { json } = await call(lambda(), "GET", `${url}?Qualifier=${qualifier}`);
    expect(json["message"]).toBe(
      `1 validation error detected: Value '${qualifier}' at 'qualifier' failed to satisfy constraint: Member must have length less than or equal to 128`,
    );
  });

  test("a name suffix and a qualifier that differ", async () => {
    const { answer, json } = await call(lambda(), "GET", "/2021-10-31/functions/echo:live/url?Qualifier=next");
    expect(answer.all("x-amzn-ErrorType")).toEqual(["InvalidParameterValueException"]);
    expect(json["message"]).toBe(
      "The derived qualifier from the function name does not match the specified qualifier.",
    );
  });

  test("an ARN of another region", async () => {
    const name = encodeURIComponent(arn.replace("us-east-1", "eu-west-1"));
    const { answer, json } = await call(lambda(), "GET", `/2021-10-31/functions/${name}/url`);
    expect(answer.status).toBe(404);
    expect(json["Message"]).toBe("Functions from 'eu-west-1' are not reachable in this region ('us-east-1')");
  });
});

describe("lambda case 47: what is missing", () => {
  const cases = [
    ["POST", "/2021-10-31/functions/missing/url", { AuthType: "NONE" }, "Function does not exist"],
    ["POST", `${url}?Qualifier=missing`, { AuthType: "NONE" }, "Function does not exist"],
    ["PUT", "/2021-10-31/functions/missing/url", {}, "Function does not exist"],
    ["PUT", `${url}?Qualifier=missing`, {}, "Function does not exist"],
    ["PUT", url, {}, "The resource you requested does not exist."],
    ["GET", "/2021-10-31/functions/missing/urls", undefined, "Function does not exist"],
    ["GET", "/2021-10-31/functions/missing/url", undefined, "The resource you requested does not exist."],
    ["GET", `${url}?Qualifier=missing`, undefined, "The resource you requested does not exist."],
    ["GET", url, undefined, "The resource you requested does not exist."],
    ["DELETE", "/2021-10-31/functions/missing/url", undefined, "The resource you requested does not exist."],
    ["DELETE", url, undefined, "The resource you requested does not exist."],
  ] as const;
  test.each(cases)("%s %s", async (method, target, body, message) => {
    const { answer } = await call(lambda(), method, target, body);
    expect(answer.status).toBe(404);
    expect(answer.all("x-amzn-ErrorType")).toEqual(["ResourceNotFoundException"]);
    expect(answer.text).toBe(`{"Type":"User","Message":"${message}"}`);
  });

  test("an existing function without a URL lists none", async () => {
    const { answer, json } = await call(lambda(), "GET", list);
    expect(answer.status).toBe(200);
    expect(json).toEqual({ FunctionUrlConfigs: [] });
  });
});

describe("lambda case 48: update with nothing", () => {
  test("200, values unchanged, LastModifiedTime moved, InvokeMode absent if never set", async () => {
    let now = Date.UTC(2026, 8, 15, 12);
    const service = lambda({ now: () => now });
    const { json: created } = await call(service, "POST", url, { AuthType: "NONE" });
    now += 1500;
    const { answer, json: updated } = await call(service, "PUT", url, {});
    expect(answer.status).toBe(200);
    expect(updated).toEqual({ ...created, LastModifiedTime: "2026-09-15T12:00:01.500000000Z" });
    const { json: switched } = await call(service, "PUT", url, { InvokeMode: "BUFFERED" });
    expect(switched["InvokeMode"]).toBe("BUFFERED");
    const { json: again } = await call(service, "PUT", url, {});
    expect(again["InvokeMode"]).toBe("BUFFERED");
  });

  test("an empty body is an empty update, and moves the time even when the clock stands still", async () => {
    const service = lambda({ now: () => Date.UTC(2026, 8, 15, 12) });
    await createUrl(service, "echo");
    const times = [];
    for (let update = 0; update < 2; update++) {
      const answer = await send(service, "PUT", url);
      times.push((JSON.parse(answer.text) as { LastModifiedTime: string }).LastModifiedTime);
    }
    expect(times).toEqual(["2026-09-15T12:00:00.000000001Z", "2026-09-15T12:00:00.000000002Z"]);
  });

  test("the auth type changes alone", async () => {
    const service = lambda();
    const cors = { AllowOrigins: ["https://a.example"] };
    await createUrl(service, "echo", { Cors: cors, InvokeMode: "RESPONSE_STREAM" });
    const { json } = await call(service, "PUT", url, { AuthType: "AWS_IAM" });
    expect(json).toMatchObject({ AuthType: "AWS_IAM", Cors: cors, InvokeMode: "RESPONSE_STREAM" });
  });
});

describe("lambda case 49: Cors without AllowOrigins", () => {
  const message = "You can't leave AllowOrigins as empty when Cors is enabled.";

  test("400 and an unchanged URL on update", async () => {
    const service = lambda();
    await createUrl(service, "echo", { Cors: { AllowOrigins: ["https://a.example"] } });
    const before = await call(service, "GET", url);
    const { answer, json } = await call(service, "PUT", url, { AuthType: "AWS_IAM", Cors: { AllowHeaders: ["x"] } });
    expect(answer.status).toBe(400);
    expect(answer.all("x-amzn-ErrorType")).toEqual(["InvalidParameterValueException"]);
    expect(json).toEqual({ Type: "User", message });
    expect((await call(service, "GET", url)).json).toEqual(before.json);
  });

  test.each([[{ AllowHeaders: [] }], [{ MaxAge: 0 }], [{ AllowOrigins: [], AllowMethods: ["GET"] }]])(
    "400 and no URL on create with %j",
    async (cors) => {
      const service = lambda();
      const { json } = await call(service, "POST", url, { AuthType: "NONE", Cors: cors });
      expect(json["message"]).toBe(message);
      expect((await call(service, "GET", url)).answer.status).toBe(404);
    },
  );
});

describe("lambda case 50: Cors is replaced as a whole", () => {
  const full = { AllowOrigins: ["https://a.example"], AllowMethods: ["GET"], MaxAge: 5 };

  test("an empty structure removes it", async () => {
    const service = lambda();
    await createUrl(service, "echo", { Cors: full });
    const { json } = await call(service, "PUT", url, { Cors: {} });
    expect(json).not.toHaveProperty("Cors");
    expect((await call(service, "GET", url)).json).not.toHaveProperty("Cors");
  });

  test("an empty structure on create is no CORS", async () => {
    const service = lambda();
    const { json } = await call(service, "POST", url, { AuthType: "NONE", Cors: {} });
    expect(json).not.toHaveProperty("Cors");
    expect((await call(service, "GET", url)).json).not.toHaveProperty("Cors");
  });

  test("other settings take the place of all the old ones", async () => {
    const service = lambda();
    await createUrl(service, "echo", { Cors: full });
    const { json } = await call(service, "PUT", url, { Cors: { AllowOrigins: ["*"] } });
    expect(json["Cors"]).toEqual({ AllowOrigins: ["*"] });
  });

  test("all-empty lists are echoed", async () => {
    const service = lambda();
    await createUrl(service, "echo", { Cors: full });
    const empty = {
      AllowCredentials: false,
      AllowHeaders: [],
      AllowMethods: [],
      AllowOrigins: [],
      ExposeHeaders: [],
      MaxAge: 0,
    };
    const { answer, json } = await call(service, "PUT", url, { Cors: empty });
    expect(answer.status).toBe(200);
    expect(json["Cors"]).toEqual(empty);
  });
});

describe("lambda case 51: bounds of Cors", () => {
  const origins = { AllowOrigins: ["*"] };
  const seven = ["GET", "PUT", "HEAD", "POST", "PATCH", "DELETE", "TRACE"];
  test.each([
    [{ ...origins, MaxAge: 86_401 }, "'86401' at 'cors.maxAge'", "Member must have value less than or equal to 86400"],
    [{ ...origins, MaxAge: -1 }, "'-1' at 'cors.maxAge'", "Member must have value greater than or equal to 0"],
    [
      { ...origins, AllowMethods: seven },
      "'[GET, PUT, HEAD, POST, PATCH, DELETE, TRACE]' at 'cors.allowMethods'",
      "Member must have length less than or equal to 6",
    ],
    [{ ...origins, AllowMethods: ["GET", "OPTIONS"] }, "'[GET, OPTIONS]' at 'cors.allowMethods'", items(6, 0)],
    [{ AllowOrigins: [""] }, "'[]' at 'cors.allowOrigins'", items(253, 1)],
    [{ AllowOrigins: ["o".repeat(254)] }, `'[${"o".repeat(254)}]' at 'cors.allowOrigins'`, items(253, 1)],
    [
      { ...origins, AllowHeaders: ["h".repeat(1025)] },
      `'[${"h".repeat(1025)}]' at 'cors.allowHeaders'`,
      items(1024, 0),
    ],
    [
      { ...origins, ExposeHeaders: Array(101).fill("h") },
      `'[${Array(101).fill("h").join(", ")}]' at 'cors.exposeHeaders'`,
      "Member must have length less than or equal to 100",
    ],
  ])("%#", async (cors, value, constraint) => {
    const service = lambda();
    const { answer, json } = await call(service, "POST", url, { AuthType: "NONE", Cors: cors });
    expect(answer.all("x-amzn-ErrorType")).toEqual(["ValidationException"]);
    expect(json).toEqual({
      message: `1 validation error detected: Value ${value} failed to satisfy constraint: ${constraint}`,
    });
    expect((await call(service, "GET", url)).answer.status).toBe(404);
  });

  test("the largest allowed values pass", async () => {
    const cors = {
      AllowHeaders: Array(100).fill("h".repeat(1024)) as string[],
      AllowMethods: seven.slice(0, 6),
      AllowOrigins: Array(100).fill("o".repeat(253)) as string[],
      MaxAge: 86_400,
    };
    const { answer, json } = await call(lambda(), "POST", url, { AuthType: "NONE", Cors: cors });
    expect(answer.status).toBe(201);
    expect(json["Cors"]).toEqual(cors);
  });
});

describe("lambda case 52: unknown values of enums", () => {
  test.each([
    [{ AuthType: "INVALID" }, "Value 'INVALID' at 'authType'", "[AWS_IAM, NONE]"],
    [{ AuthType: "" }, "Value '' at 'authType'", "[AWS_IAM, NONE]"],
    [{ AuthType: "NONE", InvokeMode: "UNKNOWN" }, "Value 'UNKNOWN' at 'invokeMode'", "[RESPONSE_STREAM, BUFFERED]"],
  ])("%j", async (body, value, set) => {
    for (const method of ["POST", "PUT"]) {
      const { answer, json } = await call(lambda(), method, url, body);
      expect(answer.status).toBe(400);
      expect(json).toEqual({
        message: `1 validation error detected: ${value} failed to satisfy constraint: Member must satisfy enum value set: ${set}`,
      });
    }
  });

  test.each([[{}], [{ AuthType: null }]])("create without AuthType: %j", async (body) => {
    const { json } = await call(lambda(), "POST", url, body);
    expect(json).toEqual({
      message:
        "1 validation error detected: Value null at 'authType' failed to satisfy constraint: Member must not be null",
    });
  });
});

describe("lambda case 53: pages of a list", () => {
  test("MaxItems=1 gives one item and a marker; following it ends without one", async () => {
    const service = many(2);
    await createUrl(service, "echo", {}, "a0");
    await createUrl(service, "echo", {}, "a1");
    const first = await pageOf(service, "MaxItems=1");
    expect(first.names).toEqual(["a1"]);
    // Opaque base64 that must be escaped in a query, as on the real service.
    expect(first.marker).toMatch(/^[A-Za-z0-9+/]+=*$/);
    expect(first.marker).toMatch(/\+.*\//);
    const second = await pageOf(service, `MaxItems=1&Marker=${encodeURIComponent(first.marker)}`);
    expect(second).toEqual({ names: ["a0"], marker: undefined });
  });

  test("URLs that come and go between two pages neither repeat nor hide others", async () => {
    const service = many(4);
    for (const alias of ["a0", "a1", "a2"]) await createUrl(service, "echo", {}, alias);
    const first = await pageOf(service, "MaxItems=2");
    expect(first.names).toEqual(["a2", "a1"]);
    await send(service, "DELETE", `${url}?Qualifier=a1`);
    await createUrl(service, "echo", {}, "a3");
    const second = await pageOf(service, `Marker=${encodeURIComponent(first.marker)}`);
    expect(second.names).toEqual(["a0"]);
  });

  test("50 alias URLs are one page, 51 are two", async () => {
    const service = many(51);
    for (let index = 0; index < 50; index++) await createUrl(service, "echo", {}, `a${index}`);
    const page = await pageOf(service, "");
    expect([page.names.length, page.marker]).toEqual([50, undefined]);
    await createUrl(service, "echo", {}, "a50");
    const first = await pageOf(service, "");
    expect(first.names).toHaveLength(50);
    expect(await pageOf(service, `Marker=${encodeURIComponent(first.marker)}`)).toEqual({
      names: ["a0"],
      marker: undefined,
    });
  });

  test("a page has at most 50 items, whatever was asked for", async () => {
    const service = many(52);
    for (let index = 0; index < 52; index++) await createUrl(service, "echo", {}, `a${index}`);
    for (const query of ["", "MaxItems=51", "MaxItems=10000"]) {
      const { names, marker } = await pageOf(service, query);
      expect(names).toHaveLength(50);
      const rest = await pageOf(service, `Marker=${encodeURIComponent(marker)}`);
      expect(rest).toEqual({ names: ["a1", "a0"], marker: undefined });
    }
  });

  test("a qualified name lists the URL of its alias", async () => {
    const service = many(2);
    for (const alias of ["a0", "a1"]) await createUrl(service, "echo", {}, alias);
    expect((await pageOf(service, "", "echo:a0")).names).toEqual(["a0"]);
  });

  test.each([
    ["0", "Value '0' at 'maxItems' failed to satisfy constraint: Member must have value greater than or equal to 1"],
    ["-3", "Value '-3' at 'maxItems' failed to satisfy constraint: Member must have value greater than or equal to 1"],
    ["ten", "Value 'ten' at 'maxItems' failed to satisfy constraint: Member must be an integer"],
    ["1.5", "Value '1.5' at 'maxItems' failed to satisfy constraint: Member must be an integer"],
    ["", "Value '' at 'maxItems' failed to satisfy constraint: Member must be an integer"],
  ])("MaxItems=%s is a violation", async (text, violation) => {
    const { answer, json } = await call(many(1), "GET", `${list}?MaxItems=${text}`);
    expect(answer.all("x-amzn-ErrorType")).toEqual(["ValidationException"]);
    expect(json).toEqual({ message: `1 validation error detected: ${violation}` });
  });

  test("a marker that is none of this function is refused", async () => {
    const service = many(2);
    for (const alias of ["a0", "a1"]) await createUrl(service, "echo", {}, alias);
    const { marker } = await pageOf(service, "MaxItems=1");
    const bad = [
      "",
      "bad",
      "%20",
      "%2B%2F%2B%2F",
      encodeURIComponent(`${marker}A`),
      encodeURIComponent(marker.slice(4)),
    ];
    const targets = bad.map((text) => `${list}?Marker=${text}`);
    // A client that does not escape the plus sends a blank.
    targets.push(`${list}?Marker=${marker}`, `/2021-10-31/functions/other/urls?Marker=${encodeURIComponent(marker)}`);
    for (const target of targets) {
      const { answer, json } = await call(service, "GET", target);
      expect({ target, status: answer.status }).toEqual({ target, status: 400 });
      expect(answer.all("x-amzn-ErrorType")).toEqual(["InvalidParameterValueException"]);
      expect(json).toEqual({ Type: "User", message: "Invalid marker value from user." });
    }
  });
});

describe("lambda case 54: delete", () => {
  test("204 without a body, then 404; a new URL has another id, the old host answers 403", async () => {
    const service = lambda();
    const old = await createUrl(service, "echo");
    const deleted = await send(service, "DELETE", url);
    expect(deleted.status).toBe(204);
    expect(deleted.steps).toEqual([]);
    expect(deleted.headers).toEqual([
      ["Content-Type", "application/json"],
      ["x-amzn-RequestId", expect.any(String)],
    ]);
    expect((await call(service, "GET", url)).answer.status).toBe(404);

    const fresh = await createUrl(service, "echo");
    expect(fresh.id).not.toBe(old.id);
    const refused = await send(service, "GET", "/", { headers: [old.host] });
    expect(refused.status).toBe(403);
    expect(refused.text).toBe('{"Message":null}');
    expect((await send(service, "GET", "/", { headers: [fresh.host] })).text).toBe("ok");
  });

  test("ids differ even when the randomness does not", async () => {
    const service = lambda({ random: () => 0.999 });
    const ids = [(await createUrl(service, "echo")).id, (await createUrl(service, "other")).id];
    expect(ids).toEqual(["z".repeat(32), "0".repeat(32)]);
    expect((await createUrl(service, "echo", {}, "live")).id).toBe(`${"0".repeat(31)}1`);
  });

  test("reset forgets every URL", async () => {
    const service = lambda();
    await createUrl(service, "echo");
    service.reset();
    expect((await call(service, "GET", list)).json).toEqual({ FunctionUrlConfigs: [] });
  });
});

test("lambda case 55: a URL outlives its alias and works again with it", async () => {
  const service = lambda();
  const live = await createUrl(service, "echo", {}, "live");
  const before = await call(service, "GET", `${url}?Qualifier=live`);
  service.define("echo", { ...echo, aliases: {} });

  expect((await call(service, "GET", `${url}?Qualifier=live`)).json).toEqual(before.json);
  expect((await call(service, "GET", list)).json).toEqual({ FunctionUrlConfigs: [before.json] });
  const refused = await send(service, "GET", "/", { headers: [live.host] });
  expect(refused.status).toBe(403);
  expect(refused.bytes).toHaveLength(144);
  expect(refused.text).toBe(
    '{"Message":"Forbidden. For troubleshooting Function URL authorization issues, see: https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html"}',
  );

  service.define("echo", echo);
  expect((await send(service, "GET", "/", { headers: [live.host] })).text).toBe("one");
  expect((await call(service, "POST", `${url}?Qualifier=live`, { AuthType: "NONE" })).answer.status).toBe(409);
});

test("lambda case 56: timestamps have nine digits and a Z", async () => {
  const service = lambda({ now: () => 1_789_473_579_307.25 });
  const { json: created } = await call(service, "POST", url, { AuthType: "NONE" });
  expect(created["CreationTime"]).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z$/);
  expect(created["CreationTime"]).toBe("2026-09-15T11:59:39.307250000Z");
  const { json: got } = await call(service, "GET", url);
  expect(got["LastModifiedTime"]).toBe("2026-09-15T11:59:39.307250000Z");
});

describe("lambda case 57: members of error bodies", () => {
  test("Message for what is missing, message for conflicts and parameters, no Type for violations", async () => {
    const service = lambda();
    const missing = await call(service, "GET", url);
    expect(Object.keys(missing.json)).toEqual(["Type", "Message"]);
    await createUrl(service, "echo");
    const conflict = await call(service, "POST", url, { AuthType: "NONE" });
    expect(Object.keys(conflict.json)).toEqual(["Type", "message"]);
    const parameter = await call(service, "GET", `${list}?Marker=bad`);
    expect(Object.keys(parameter.json)).toEqual(["Type", "message"]);
    const violation = await call(service, "GET", `${url}?Qualifier=1`);
    expect(Object.keys(violation.json)).toEqual(["message"]);
  });

  test.each([
    ["{bad", /^Could not parse request body into json: /],
    ["\u{1}", /^Could not parse request body into json: /],
    ["[]", /^The request body is \[\]; expected an object$/],
    ["null", /^The request body is null; expected an object$/],
    ['{"AuthType":1}', /^AuthType is 1; expected a string$/],
    ['{"Cors":[]}', /^Cors is \[\]; expected an object$/],
    ['{"Cors":{"MaxAge":1.5}}', /^Cors\.MaxAge is 1\.5; expected an integer$/],
    ['{"Cors":{"AllowOrigins":"*"}}', /^Cors\.AllowOrigins is "\*"; expected a list of strings$/],
    ['{"Cors":{"AllowOrigins":[1]}}', /^Cors\.AllowOrigins is \[1\]; expected a list of strings$/],
    ['{"Cors":{"AllowCredentials":"yes"}}', /^Cors\.AllowCredentials is "yes"; expected a boolean$/],
  ])("a body of another shape: %s", async (body, message) => {
    const answer = await send(lambda(), "POST", url, { body });
    expect(answer.status).toBe(400);
    expect(answer.all("x-amzn-ErrorType")).toEqual(["SerializationException"]);
    expect(JSON.parse(answer.text)).toEqual({ message: expect.stringMatching(message) });
  });

  test("members nobody knows do no harm", async () => {
    const body = '{"AuthType":"NONE","__proto__":{"InvokeMode":"x"},"constructor":1,"Cors":null}';
    const answer = await send(lambda(), "POST", url, { body });
    expect(answer.status).toBe(201);
    expect(JSON.parse(answer.text)).not.toHaveProperty("InvokeMode");
  });
});

function signedFor(region: string) {
  const scope = `AKIDEXAMPLE/20260915/${region}/lambda/aws4_request`;
  const authorization = `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host, Signature=0`;
  return { headers: [["Authorization", authorization] as const], body: '{"AuthType":"NONE"}' };
}

test("regions do not know each other's URLs", async () => {
  const service = lambda();
  const east = JSON.parse((await send(service, "POST", url, signedFor("us-east-1"))).text) as { FunctionUrl: string };
  const west = JSON.parse((await send(service, "POST", url, signedFor("eu-west-1"))).text) as { FunctionUrl: string };
  expect(east.FunctionUrl).toContain(".lambda-url.us-east-1.on.aws/");
  expect(west.FunctionUrl).toContain(".lambda-url.eu-west-1.on.aws/");
  // The id of one region is unknown in the other.
  const host = new URL(east.FunctionUrl).host.replace("us-east-1", "eu-west-1");
  expect((await send(service, "GET", "/", { headers: [["host", host]] })).text).toBe('{"Message":null}');
});
