import type { HeaderLine } from "@eventstream-kit/service";
import { describe, expect, test } from "vitest";
import { createLambda } from "../src/index.ts";
import type { Cors } from "../src/url-configs/url-config.ts";
import { call, createUrl, send } from "./function-url-client.ts";

const origin = "https://app.example:8443";
const configPath = "/2021-10-31/functions/echo/url";

/** The CORS lines of a preflight for `DELETE` with a header, and of an actual request. */
async function linesOf(lambda: ReturnType<typeof createLambda>, path: string, from = origin) {
  const preflight: HeaderLine[] = [
    ["Origin", from],
    ["Access-Control-Request-Method", "DELETE"],
    ["Access-Control-Request-Headers", "X-Any"],
  ];
  const read = async (method: string, headers: readonly HeaderLine[]) => {
    const answer = await send(lambda, method, `${path}/`, { headers });
    const lines = answer.headers.filter(([name]) => /^(access-control-|vary)/i.test(name));
    return Object.fromEntries(lines.map(([name, value]) => [name.toLowerCase(), value]));
  };
  return { preflight: await read("OPTIONS", preflight), actual: await read("GET", [["Origin", from]]) };
}

describe.each(["BUFFERED", "RESPONSE_STREAM"] as const)("CORS of a %s URL", (InvokeMode) => {
  async function urlWith(cors: Cors) {
    const lambda = createLambda({ functions: { echo: () => ({ statusCode: 200, body: "ran" }) } });
    const { path } = await createUrl(lambda, "echo", { InvokeMode, Cors: cors });
    const update = (changes: object) => call(lambda, "PUT", configPath, changes);
    return { lambda, path, update, lines: (from?: string) => linesOf(lambda, path, from) };
  }
  const stars: Cors = { AllowOrigins: ["*"], AllowMethods: ["*"], AllowHeaders: ["*"] };

  test("stars allow every origin, method and header, and are what is answered", async () => {
    const { lines } = await urlWith(stars);
    for (const from of [origin, "http://localhost:3000", "null"]) {
      expect(await lines(from)).toEqual({
        preflight: {
          "access-control-allow-origin": "*",
          "access-control-allow-headers": "*",
          "access-control-allow-methods": "*",
          vary: "Origin",
        },
        actual: { "access-control-allow-origin": "*", vary: "Origin" },
      });
    }
  });

  test("an origin with a port is allowed with that port alone", async () => {
    const { lines } = await urlWith({ ...stars, AllowOrigins: [origin] });
    expect((await lines()).actual["access-control-allow-origin"]).toBe(origin);
    for (const other of ["https://app.example", "https://app.example:8444", "http://app.example:8443"]) {
      expect(await lines(other)).toEqual({ preflight: {}, actual: {} });
    }
  });

  test.each<[string, Cors, string | undefined]>([
    ["absent", {}, undefined],
    ["0", { MaxAge: 0 }, undefined],
    ["1", { MaxAge: 1 }, "1"],
    ["86400", { MaxAge: 86_400 }, "86400"],
  ])("MaxAge %s", async (_value, more, line) => {
    const { preflight, actual } = await (await urlWith({ ...stars, ...more })).lines();
    expect(preflight["access-control-max-age"]).toBe(line);
    expect(actual).not.toHaveProperty("access-control-max-age");
  });

  test.each<[string, Cors, string | undefined]>([
    ["absent", {}, undefined],
    ["false", { AllowCredentials: false }, undefined],
    ["true", { AllowCredentials: true }, "true"],
  ])("AllowCredentials %s", async (_value, more, line) => {
    const { preflight, actual } = await (await urlWith({ ...stars, ...more })).lines();
    for (const lines of [preflight, actual]) {
      expect(lines["access-control-allow-credentials"]).toBe(line);
      // With credentials no browser takes a star.
      expect(lines["access-control-allow-origin"]).toBe(line ? origin : "*");
    }
  });

  test("an update replaces all of it, an empty one clears it, and the very next request sees it", async () => {
    const { lambda, path, update, lines } = await urlWith({ ...stars, AllowCredentials: true, MaxAge: 5 });
    const replaced = await update({ Cors: { AllowOrigins: [origin], ExposeHeaders: ["x-total"] } });
    expect(replaced.json["Cors"]).toEqual({ AllowOrigins: [origin], ExposeHeaders: ["x-total"] });
    expect(await lines()).toEqual({
      preflight: {},
      actual: { "access-control-allow-origin": origin, vary: "Origin", "access-control-expose-headers": "x-total" },
    });
    const before = lambda.invocations.length;
    expect((await update({ Cors: {} })).json).not.toHaveProperty("Cors");
    expect(await lines()).toEqual({ preflight: {}, actual: {} });
    // Without CORS an OPTIONS request is the function's own.
    expect(lambda.invocations).toHaveLength(before + 2);
    expect((await send(lambda, "OPTIONS", `${path}/`)).text).toContain("ran");
  });
});
