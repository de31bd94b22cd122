import type { HeaderLine } from "@eventstream-kit/service";
import { serve } from "@eventstream-kit/service/node";
import { describe, expect, test } from "vitest";
import { createLambda } from "../src/index.ts";
import type { Cors } from "../src/url-configs/url-config.ts";
import type { Answer } from "./function-url-client.ts";
import { createUrl, send } from "./function-url-client.ts";
import { rawLines } from "./raw-lines.ts";

const origin = "https://app.example";
const full: Cors = {
  AllowCredentials: true,
  AllowHeaders: ["content-type", "X-Custom"],
  AllowMethods: ["GET", "POST"],
  AllowOrigins: ["https://other.example", origin],
  ExposeHeaders: ["x-total", "x-page"],
  MaxAge: 600,
};
const modes = ["BUFFERED", "RESPONSE_STREAM"] as const;

async function urlOf(cors: Cors | undefined, settings: object = {}, headers: object = {}) {
  const service = createLambda({ functions: { echo: () => ({ statusCode: 200, headers, body: "ran" }) } });
  const { path } = await createUrl(service, "echo", { ...(cors && { Cors: cors }), ...settings });
  return { service, path };
}

function preflight(from = origin, method = "POST", headers?: string): { headers: HeaderLine[] } {
  const lines: HeaderLine[] = [
    ["Origin", from],
    ["Access-Control-Request-Method", method],
  ];
  if (headers !== undefined) lines.push(["Access-Control-Request-Headers", headers]);
  return { headers: lines };
}

/** All lines but those that every answer has. */
function linesOf({ headers }: Answer): readonly HeaderLine[] {
  const common = new Set([
    "Content-Type",
    "Content-Length",
    "Transfer-Encoding",
    "x-amzn-RequestId",
    "X-Amzn-Trace-Id",
  ]);
  return headers.filter(([name]) => !common.has(name));
}

describe("lambda case 76: a preflight that is allowed", () => {
  test.each(modes)("the exact headers, an empty body, no invocation: %s", async (InvokeMode) => {
    const { service, path } = await urlOf(full, { InvokeMode });
    for (const requested of [undefined, "x-custom", "Content-Type, x-CUSTOM", ""]) {
      const answer = await send(service, "OPTIONS", `${path}/`, preflight(origin, "POST", requested));
      expect(answer.status).toBe(200);
      expect(answer.headers).toEqual([
        ["Content-Type", "application/json"],
        ["Content-Length", "0"],
        ["x-amzn-RequestId", expect.any(String)],
        ["Access-Control-Allow-Origin", origin],
        ["Access-Control-Allow-Headers", "content-type,X-Custom"],
        ["Vary", "Origin"],
        ["Access-Control-Allow-Methods", "GET,POST"],
        ["Access-Control-Max-Age", "600"],
        ["Access-Control-Allow-Credentials", "true"],
        ["X-Amzn-Trace-Id", expect.any(String)],
      ]);
      expect(answer.text).toBe("");
    }
    expect(service.invocations).toEqual([]);
  });

  test("what is not configured is not sent; stars allow all", async () => {
    const { service, path } = await urlOf({ AllowOrigins: ["*"], AllowMethods: ["*"], AllowHeaders: ["*"], MaxAge: 0 });
    const answer = await send(service, "OPTIONS", `${path}/`, preflight(origin, "DELETE", "x-any"));
    expect(linesOf(answer)).toEqual([
      ["Access-Control-Allow-Origin", "*"],
      ["Access-Control-Allow-Headers", "*"],
      ["Vary", "Origin"],
      ["Access-Control-Allow-Methods", "*"],
    ]);
  });

  test("with credentials a star becomes the origin itself", async () => {
    const { service, path } = await urlOf({ AllowOrigins: ["*"], AllowMethods: ["GET"], AllowCredentials: true });
    const answer = await send(service, "OPTIONS", `${path}/`, preflight(origin, "GET"));
    expect(answer.all("access-control-allow-origin")).toEqual([origin]);
  });

  test("a URL of type AWS_IAM answers it too: browsers do not sign preflights", async () => {
    const { service, path } = await urlOf(full, { AuthType: "AWS_IAM" });
    const answer = await send(service, "OPTIONS", `${path}/`, preflight());
    expect(answer.all("access-control-allow-origin")).toEqual([origin]);
  });
});

describe("lambda case 77: a preflight that is not allowed", () => {
  test.each([
    ["foreign origin", preflight("https://evil.example")],
    ["origin in other letters", preflight(origin.toUpperCase())],
    ["forbidden method", preflight(origin, "DELETE")],
    ["forbidden header", preflight(origin, "POST", "x-custom,x-secret")],
  ])("200 with the content type only, no invocation: %s", async (_name, options) => {
    const { service, path } = await urlOf(full);
    const answer = await send(service, "OPTIONS", `${path}/`, options);
    expect(answer.status).toBe(200);
    expect(answer.all("content-type")).toEqual(["application/json"]);
    expect(linesOf(answer)).toEqual([]);
    expect(answer.text).toBe("");
    expect(service.invocations).toEqual([]);
  });
});

describe("lambda case 78: an OPTIONS request that is no preflight reaches the function", () => {
  test.each([
    ["no Access-Control-Request-Method", full, { headers: [["Origin", origin]] as HeaderLine[] }],
    ["no Origin", full, { headers: [["Access-Control-Request-Method", "POST"]] as HeaderLine[] }],
    ["no CORS", undefined, preflight()],
    ["an empty CORS", {}, preflight()],
  ])("%s", async (_name, cors, options) => {
    const { service, path } = await urlOf(cors);
    const answer = await send(service, "OPTIONS", `${path}/`, options);
    expect(answer.text).toBe("ran");
    expect(service.invocations[0]?.event).toMatchObject({ requestContext: { http: { method: "OPTIONS" } } });
  });
});

describe("lambda case 79: an actual request of an allowed origin", () => {
  const own = {
    "Access-Control-Allow-Origin": "https://function.example",
    "Access-Control-Allow-Credentials": "false",
    "Access-Control-Expose-Headers": "x-own",
    "Access-Control-Allow-Methods": "PUT",
    "Access-Control-Allow-Headers": "x-own",
    "Access-Control-Max-Age": "1",
    Vary: "Accept",
  };

  test.each(modes)(
    "doubles what the function sent, the function's first, and merges exposed headers: %s",
    async (InvokeMode) => {
      const { service, path } = await urlOf(full, { InvokeMode }, own);
      const answer = await send(service, "GET", `${path}/`, { headers: [["origin", origin]] });
      expect(answer.all("access-control-allow-origin")).toEqual(["https://function.example", origin]);
      expect(answer.all("access-control-allow-credentials")).toEqual(["false", "true"]);
      expect(answer.all("access-control-expose-headers")).toEqual(["x-own,x-total,x-page"]);
      expect(answer.all("vary")).toEqual(["Accept", "Origin"]);
      // Those that are configured belong to preflights.
      expect(answer.all("access-control-allow-methods")).toEqual(["PUT"]);
      expect(answer.all("access-control-allow-headers")).toEqual(["x-own"]);
      expect(answer.all("access-control-max-age")).toEqual(["1"]);
    },
  );

  test("a function without CORS lines gets the URL's", async () => {
    const { service, path } = await urlOf(full);
    const answer = await send(service, "GET", `${path}/`, { headers: [["Origin", origin]] });
    expect(linesOf(answer)).toEqual([
      ["Access-Control-Allow-Origin", origin],
      ["Vary", "Origin"],
      ["Access-Control-Expose-Headers", "x-total,x-page"],
      ["Access-Control-Allow-Credentials", "true"],
    ]);
    expect(answer.text).toBe("ran");
  });

  // As captured: what the URL adds goes behind the function's line and under its name, and all have their places.
  test.each(modes)("every line has its place, and the function's name where it has one: %s", async (InvokeMode) => {
    const { Vary: _, ...withoutVary } = own;
    const { service, path } = await urlOf(
      full,
      { InvokeMode },
      { "X-Owned": "1", "Set-Cookie": "a=1", ...withoutVary },
    );
    const answer = await send(service, "GET", `${path}/`, { headers: [["origin", origin]] });
    expect(linesOf(answer)).toEqual([
      ["access-control-allow-origin", "https://function.example"],
      ["access-control-allow-origin", origin],
      ["access-control-allow-headers", "x-own"],
      ["set-cookie", "a=1"],
      ["x-owned", "1"],
      ["Vary", "Origin"],
      ["access-control-allow-methods", "PUT"],
      ["access-control-expose-headers", "x-own,x-total,x-page"],
      ["access-control-max-age", "1"],
      ["access-control-allow-credentials", "false"],
      ["access-control-allow-credentials", "true"],
    ]);
  });

  test("two lines are two lines on a socket", async () => {
    const { service, path } = await urlOf(full, {}, own);
    await using server = await serve(service, { port: 0 });
    const lines = await rawLines(server.port, `GET ${path}/ HTTP/1.1\r\nHost: localhost\r\nOrigin: ${origin}`);
    const allowed = lines.filter((line) => /^access-control-allow-origin:/i.test(line));
    expect(allowed).toEqual([
      "access-control-allow-origin: https://function.example",
      `access-control-allow-origin: ${origin}`,
    ]);
  });
});

describe("lambda case 80: a foreign origin", () => {
  test.each([
    ["foreign", [["Origin", "https://evil.example"]] as HeaderLine[]],
    ["absent", []],
  ])("the function's own headers pass and nothing is added: %s", async (_name, headers) => {
    const { service, path } = await urlOf(full, {}, { "Access-Control-Allow-Origin": "*" });
    const answer = await send(service, "GET", `${path}/`, { headers });
    expect(linesOf(answer)).toEqual([["access-control-allow-origin", "*"]]);
    expect(answer.text).toBe("ran");
  });
});
