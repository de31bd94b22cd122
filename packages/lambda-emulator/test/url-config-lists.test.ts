import type { Service } from "@eventstream-kit/service";
import { describe, expect, test } from "vitest";
import { createLambda } from "../src/index.ts";
import { call, createUrl, send } from "./function-url-client.ts";
import { list, url } from "./url-config-client.ts";

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
