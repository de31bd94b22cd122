import { describe, expect, test } from "vitest";
import { call, createUrl } from "./function-url-client.ts";
import { items, lambda, url } from "./url-config-client.ts";

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
