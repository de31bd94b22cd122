import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { InvokeWithResponseStreamCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { formatCassette, replay } from "@eventstream-kit/cassette";
import { saveCassette } from "@eventstream-kit/cassette/node";
import { lambdaHandlers, MockHandlersError, replayHandlers } from "@eventstream-kit/mock-handlers";
import { replayHandlers as replayFiles } from "@eventstream-kit/mock-handlers/node";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { all } from "./all.ts";
import { listen, unhandled } from "./msw-server.ts";
import { complete, recorded, text } from "./recordings.ts";

const chat = recorded("chat", [text("Hel"), text("lo"), complete]);

async function invoke(FunctionName = "chat"): Promise<string[]> {
  const client = new LambdaClient({ region: "us-east-1", maxAttempts: 1 });
  onTestFinished(() => client.destroy());
  const { EventStream } = await client.send(new InvokeWithResponseStreamCommand({ FunctionName }));
  return (await all(EventStream)).map(({ PayloadChunk }) => new TextDecoder().decode(PayloadChunk?.Payload));
}

describe("sources", () => {
  test.each([
    ["a cassette", () => replayHandlers(chat)],
    ["several", () => replayHandlers([recorded("other", [complete]), chat])],
    ["the text of one", () => replayHandlers(formatCassette(chat))],
    ["a replay made before", () => replayHandlers(replay(chat))],
    ["a replay made before, with handler options", () => replayHandlers(replay(chat), { onError: console.error })],
  ])("%s", async (_name, handlers) => {
    listen(...handlers());
    expect(await invoke()).toEqual(["Hel", "lo", ""]);
  });

  test("files, URLs of files and folders", async () => {
    const folder = mkdtempSync(join(tmpdir(), "replay-handlers-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const path = join(folder, "chat.cassette.jsonl");
    await saveCassette(path, chat, { secrets: [] });
    const server = listen();
    for (const source of [path, pathToFileURL(path), folder, [path]]) {
      server.resetHandlers(...(await replayFiles(source)));
      expect(await invoke()).toEqual(["Hel", "lo", ""]);
    }
    await expect(replayFiles(join(folder, "missing.cassette.jsonl"))).rejects.toMatchObject({ code: "file" });
  });
});

describe("options", () => {
  test("waits are left out, or as recorded", async () => {
    const delays: number[] = [];
    const delay = (ms: number) => Promise.resolve(void delays.push(ms));
    const server = listen(...replayHandlers(chat, { delay }));
    expect(await invoke()).toEqual(["Hel", "lo", ""]);
    expect(delays).toEqual([]);
    server.use(...replayHandlers(chat, { delay, speed: 2 }));
    expect(await invoke()).toEqual(["Hel", "lo", ""]);
    expect(delays).toEqual([50, 50, 50]);
  });

  test("faults", async () => {
    listen(...replayHandlers(chat, { faults: ["corrupt@frame:2:message-crc"] }));
    await expect(invoke()).rejects.toThrow(/The message checksum .* did not match/);
    expect(() => replayHandlers(chat, { faults: ["nonsense"] })).toThrow(
      expect.objectContaining({ code: "fault_syntax" }),
    );
  });
});

describe("a request that was not recorded", () => {
  test("is left to the handlers behind", async () => {
    listen(...replayHandlers(chat), ...lambdaHandlers({ functions: { fresh: () => "emulated" } }));
    expect(await invoke("chat")).toEqual(["Hel", "lo", ""]);
    expect(await invoke("fresh")).toEqual(['"emulated"', ""]);
  });

  test("is unhandled when there are none", async () => {
    const log = vi.spyOn(console, "error").mockImplementation(() => {});
    onTestFinished(() => log.mockRestore());
    listen(...replayHandlers(chat));
    await expect(fetch("https://example.com/")).rejects.toThrow(unhandled);
    expect(log.mock.calls.join()).toContain("https://example.com/");
  });

  test("is told to onMiss, and answered with an error on request", async () => {
    const misses: string[] = [];
    listen(...replayHandlers(chat, { miss: "error", onMiss: ({ message }) => misses.push(message) }));
    await expect(invoke("other")).rejects.toMatchObject({ name: "ReplayMissError" });
    expect(misses.join()).toContain("/2021-11-15/functions/chat/response-streaming-invocations");
  });
});

describe("loud at creation", () => {
  test("a recording with duplicate header lines: msw merges them", async () => {
    const differences: string[] = [];
    const cassette = recorded(
      "chat",
      [complete],
      [
        ["X-Amzn-Remapped-Twice", "1"],
        ["x-amzn-remapped-twice", "2"],
        ["x-amzn-remapped-once", "1"],
      ],
    );
    replayHandlers(cassette, { onDifference: (message) => differences.push(message) });
    expect(differences).toEqual([
      "The recorded answer to POST /2021-11-15/functions/chat/response-streaming-invocations has more than one x-amzn-remapped-twice line; msw shows one line with all values",
    ]);
    const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
    onTestFinished(() => warn.mockRestore());
    replayHandlers(cassette);
    expect(warn).toHaveBeenCalledExactlyOnceWith(differences[0]);
    replayHandlers(chat);
    expect(warn).toHaveBeenCalledTimes(1);
  });

  test("a recording with trailers: msw does not show them", () => {
    const differences: string[] = [];
    const cassette = recorded("chat", [complete]);
    const exchanges = cassette.exchanges.map((exchange) => ({
      ...exchange,
      trailers: [["retry-after", "1"]] as const,
    }));
    replayHandlers({ ...cassette, exchanges }, { onDifference: (message) => differences.push(message) });
    expect(differences).toEqual([
      "The recorded answer to POST /2021-11-15/functions/chat/response-streaming-invocations has trailers; msw does not show them",
    ]);
  });

  test.each([
    ["a path", () => replayHandlers("recordings/chat.cassette.jsonl"), "@eventstream-kit/mock-handlers/node"],
    ["nothing", () => replayHandlers(undefined as never), "undefined"],
    ["an empty list", () => replayHandlers([]), "an empty list"],
    ["something else", () => replayHandlers({} as never), "object"],
    ["options beside a service", () => replayHandlers(replay(chat), { speed: 2 } as never), "a service and speed"],
  ])("%s", (_name, act, found) => {
    expect(act).toThrow(MockHandlersError);
    expect(act).toThrow(expect.objectContaining({ code: "cassette", message: expect.stringContaining(found) }));
  });

  test("a text that is no cassette", () => {
    expect(() => replayHandlers('{"eventstream":99}')).toThrow(expect.objectContaining({ code: "version" }));
  });
});
