import { describe, expect, test } from "vitest";
import { urlName, urlQualifier } from "../src/function-name.ts";
import { call, createUrl, send } from "./function-url-client.ts";
import { echo, lambda, list, url } from "./url-config-client.ts";

const arn = "arn:aws:lambda:us-east-1:123456789012:function:echo";

function signedFor(region: string) {
  const scope = `AKIDEXAMPLE/20260915/${region}/lambda/aws4_request`;
  const authorization = `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host, Signature=0`;
  return { headers: [["Authorization", authorization] as const], body: '{"AuthType":"NONE"}' };
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

  test.each([
    [999, /^Cors is \[\[/],
    [1000, /^Could not parse request body into json: it is nested deeper than 1000 levels$/],
    [200_000, /^Could not parse request body into json: it is nested deeper than 1000 levels$/],
  ])("a body of so many lists in each other: %i", async (levels, message) => {
    const body = `{"Cors":${"[".repeat(levels)}${"]".repeat(levels)}}`;
    const answer = await send(lambda(), "POST", url, { body });
    expect([answer.status, answer.all("x-amzn-ErrorType")]).toEqual([400, ["SerializationException"]]);
    expect(JSON.parse(answer.text)).toEqual({ message: expect.stringMatching(message) });
  });

  test("members nobody knows do no harm", async () => {
    const body = '{"AuthType":"NONE","__proto__":{"InvokeMode":"x"},"constructor":1,"Cors":null}';
    const answer = await send(lambda(), "POST", url, { body });
    expect(answer.status).toBe(201);
    expect(JSON.parse(answer.text)).not.toHaveProperty("InvokeMode");
  });
});

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
