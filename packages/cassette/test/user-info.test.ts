/** The user and the password of a URL are in nothing that is recorded. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LambdaClient } from "@aws-sdk/client-lambda";
import { formatExchange, replay } from "@eventstream-kit/cassette";
import { recordClient } from "@eventstream-kit/cassette/aws-sdk";
import { serve } from "@eventstream-kit/service/node";
import { describe, expect, onTestFinished, test } from "vitest";
import { lambdaCall } from "./aws-sdk/clients.ts";
import { outcomeOf } from "./aws-sdk/outcome.ts";
import { cassetteOf, eventStream, recorded, requestOf } from "./support/exchanges.ts";
import { chunkFrame, completeFrame } from "./support/frames.ts";

const path = (target: string) => recorded([], { request: requestOf({ target }) }).request.path;

describe("of the target itself: no origin is kept", () => {
  test.each([
    ["http://ada:lovelace@example.com/f?a=b", "/f?a=b"],
    ["HTTPS://ada:lovelace@example.com:8443/f", "/f"],
    ["https://ada:lovelace@example.com", "/"],
    ["https://ada:lovelace@example.com?a=b", "/?a=b"],
    ["wss://ada:lovelace@example.com/f", "/f"],
    [" https://ada:lovelace@example.com/f", "/f"],
    ["https:\\\\ada:lovelace@example.com/f", "/f"],
    // What is no URL: nobody has encoded the password.
    ["https://ada:love/lace@example.com/f", "/f"],
    ["https://ada:love?lace@example.com/f?a=b", "/f?a=b"],
    ["https://ada:love#lace@example.com/f", "/f"],
    ["https://ada:love@lace@example.com/f", "/f"],
    ["https://ada@b:love/lace@example.com/f", "/f"],
  ])("%s", (target, stored) => {
    expect(path(target)).toBe(stored);
  });

  test.each([
    ["https://example.com/a@b?c=d@e", "/a@b?c=d@e"],
    ["https://example.com:443/a@b", "/a@b"],
    ["https://[::1]:443/a@b", "/a@b"],
    ["/f/ada:lovelace@example.com", "/f/ada:lovelace@example.com"],
    ["/2021-11-15/functions/arn:aws:lambda:eu-west-1:000000000000:function:f/x", undefined],
  ])("%s has none", (target, stored = target) => {
    expect(path(target)).toBe(stored);
  });
});

describe("of a URL in the path or query: masked as long as it is", () => {
  const mask = "X".repeat("ada:lovelace".length);
  test.each([
    ["/proxy/https://ada:lovelace@example.com/f", `/proxy/https://${mask}@example.com/f`],
    ["/f?url=https://ada:lovelace@example.com/f&a=b@c", `/f?url=https://${mask}@example.com/f&a=b@c`],
    ["/f?url=https%3A%2F%2Fada%3Alovelace%40example.com%2Ff", `/f?url=https%3A%2F%2F${mask}XX%40example.com%2Ff`],
    ["/f?url=https%3a%2f%2fada:lovelace@example.com", `/f?url=https%3a%2f%2f${mask}@example.com`],
    [
      "/f?url=https%253A%252F%252Fada%253Alovelace%2540example.com",
      `/f?url=https%253A%252F%252F${mask}XXXX%2540example.com`,
    ],
    ["//ada:lovelace@example.com/f", `//${mask}@example.com/f`],
    ["/f?a=x://ada:love%40lace@one&b=y://ada@two", "/f?a=x://XXXXXXXXXXXXXXX@one&b=y://XXX@two"],
  ])("%s", (target, stored) => {
    const { request, meta } = recorded([], { request: requestOf({ target }) });
    expect(request.path).toBe(stored);
    expect(meta?.["redacted"]).toMatchObject({
      "user-info": stored.split("XX@").length + stored.split("XX%").length - 2,
    });
  });

  test.each(["/f?url=https://example.com/a@b", "/f?url=https%3A%2F%2Fexample.com%2Fa%40b", "/a:b//c@d"])(
    "%s has none",
    (target) => {
      const { request, meta } = recorded([], { request: requestOf({ target }) });
      expect(request.path).toBe(target);
      expect(meta?.["redacted"]).toEqual({ headers: 0 });
    },
  );

  test("and a request that has it again is answered", async () => {
    const request = requestOf({ target: "/f?url=https://ada:lovelace@example.com" });
    const service = replay([cassetteOf([recorded([], { request })])]);
    expect((await service.handle(request))?.status).toBe(200);
  });

  test.each(["://", "://a", "%3A%2F%2F", "%25", ":", "a@"])("a long path of %s takes no time", (part) => {
    const long = `/${part.repeat(300_000 / part.length)}`;
    expect(path(long)).toHaveLength(long.length);
  });
});

test("what a client sends to an endpoint with a user is recorded without", async () => {
  await using server = await serve({
    handle: () =>
      Promise.resolve({ status: 200, headers: [eventStream], body: [chunkFrame("Hello"), completeFrame()] }),
  });
  const client = new LambdaClient({ endpoint: server.url.replace("//", "//ada:lovelace@"), maxAttempts: 1 });
  onTestFinished(() => client.destroy());
  await using recording = recordClient(client);
  await outcomeOf({ client, call: lambdaCall(client) });
  await recording.stop();
  const folder = mkdtempSync(join(tmpdir(), "user-info-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, "a.cassette.jsonl");
  await recording.save(file);
  const text = readFileSync(file, "utf8");
  expect(text).toContain('"/2021-11-15/functions/chat/response-streaming-invocations"');
  expect(text).not.toMatch(/ada|lovelace|YWRhOmxvdmVsYWNl/);
  expect(formatExchange(recording.exchanges[0]!)).not.toContain("127.0.0.1");
});
