/** What msw users do with handlers, over every kind of them: `{ once }`, overrides, boundaries, fake timers. */
import { InvokeWithResponseStreamCommand, LambdaClient } from "@aws-sdk/client-lambda";
import type { InvokeWithResponseStreamResponseEvent } from "@aws-sdk/client-lambda";
import { readLambdaStream } from "@eventstream-kit/codec/lambda";
import {
  createLambda,
  eventStreamResponse,
  functionUrlHandlers,
  lambdaHandlers,
  replayHandlers,
  wait,
} from "@eventstream-kit/mock-handlers";
import type { LambdaHandlersOptions } from "@eventstream-kit/mock-handlers";
import { FetchHttpHandler } from "@smithy/fetch-http-handler";
import { NodeHttpHandler } from "@smithy/node-http-handler";
import type { HttpHandler } from "msw";
import { http, HttpResponse } from "msw";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { listen } from "./msw-server.ts";
import { complete, recorded, text as chunk } from "./recordings.ts";

const url = "https://chat.example.com/";
const operation = "*/2021-11-15/functions/:name/response-streaming-invocations";

function client(requestHandler = new NodeHttpHandler()): LambdaClient {
  const made = new LambdaClient({ region: "us-east-1", requestHandler, maxAttempts: 1 });
  onTestFinished(() => made.destroy());
  return made;
}

/** What the function "chat" answers. */
async function ask(from = client()): Promise<string> {
  return readLambdaStream(await from.send(new InvokeWithResponseStreamCommand({ FunctionName: "chat" }))).text();
}

/** Each kind of handler that answers with a text, and how it is asked. */
const kinds: readonly [
  name: string,
  make: (said: string, options?: LambdaHandlersOptions) => HttpHandler[],
  read: () => Promise<string>,
][] = [
  ["lambdaHandlers", (said, options) => lambdaHandlers({ functions: { chat: () => [said].values() } }, options), ask],
  ["replayHandlers", (said, options) => replayHandlers(recorded("chat", [chunk(said), complete]), options), ask],
  [
    "functionUrlHandlers",
    (said, options) => functionUrlHandlers(url, () => [said].values(), options),
    async () => (await fetch(url)).text(),
  ],
  [
    "eventStreamResponse",
    (said, options) => [
      http.post(
        operation,
        () =>
          eventStreamResponse<InvokeWithResponseStreamResponseEvent>([
            { PayloadChunk: { Payload: new TextEncoder().encode(said) } },
            { InvokeComplete: {} },
          ]),
        options,
      ),
    ],
    ask,
  ],
];

describe.each(kinds)("%s", (_name, make, read) => {
  test("server.use puts an override in front, resetHandlers takes it away", async () => {
    const server = listen(...make("usual"));
    expect(await read()).toBe("usual");
    server.use(...make("override"));
    expect(await read()).toBe("override");
    server.resetHandlers();
    expect(await read()).toBe("usual");
  });

  test("{ once } answers one request, then the handlers behind do; restoreHandlers allows one more", async () => {
    const server = listen(...make("usual"));
    server.use(...make("once", { once: true }));
    expect([await read(), await read()]).toEqual(["once", "usual"]);
    server.restoreHandlers();
    expect([await read(), await read()]).toEqual(["once", "usual"]);
  });

  test("{ once } answers one of many requests at the same moment", async () => {
    const server = listen(...make("usual"));
    server.use(...make("once", { once: true }));
    const answers = await Promise.all(Array.from({ length: 10 }, read));
    expect(answers.filter((answer) => answer === "once")).toHaveLength(1);
    expect(answers.filter((answer) => answer === "usual")).toHaveLength(9);
  });

  test("server.boundary keeps overrides to itself", async () => {
    const server = listen(...make("usual"));
    const inside = (text: string) =>
      server.boundary(async () => {
        server.use(...make(text));
        return [await read(), await read()];
      })();
    const texts = Array.from({ length: 10 }, (_, index) => `boundary ${index}`);
    const answers = await Promise.all([...texts.map(inside), read()]);
    expect(answers).toEqual([...texts.map((text) => [text, text]), "usual"]);
  });
});

describe("{ once } with an emulator", () => {
  test("records only what it answered", async () => {
    const lambda = createLambda({ functions: { chat: () => "once" } });
    listen(...lambdaHandlers(lambda, { once: true }), ...lambdaHandlers({ functions: { chat: () => "usual" } }));
    const answers = await Promise.all(Array.from({ length: 10 }, () => ask()));
    expect(answers.sort()).toEqual(['"once"', ...Array<string>(9).fill('"usual"')]);
    expect(lambda.invocations).toHaveLength(1);
  });

  test("is not used up by a request that is not Lambda's", async () => {
    listen(
      ...lambdaHandlers({ functions: { chat: () => "Hello" } }, { once: true }),
      http.all("*", () => HttpResponse.text("other")),
    );
    expect(await (await fetch("https://example.com/")).text()).toBe("other");
    expect(await (await fetch("https://lambda.us-east-1.amazonaws.com/2015-03-31/functions/chat/nothing")).text()).toBe(
      "other",
    );
    expect(await ask()).toBe('"Hello"');
  });

  test("a service that throws lets the next request have its turn", async () => {
    const log = vi.spyOn(console, "error").mockImplementation(() => {});
    onTestFinished(() => log.mockRestore());
    const lambda = createLambda({ functions: { chat: () => "Hello" } });
    let calls = 0;
    const handle: typeof lambda.handle = (request) => {
      if (++calls === 1) throw new RangeError("A bug in a service");
      return lambda.handle(request);
    };
    listen(...lambdaHandlers({ ...lambda, handle }, { once: true }));
    await expect(ask()).rejects.toThrow("A bug in a service");
    expect(await ask()).toBe('"Hello"');
  });
});

describe.each([
  ["node:http", () => new NodeHttpHandler()],
  ["fetch", () => new FetchHttpHandler()],
] as const)("fake timers, %s", (_name, requestHandler) => {
  test.each<[string, (pauses: number) => HttpHandler[]]>([
    [
      "a function that sleeps",
      (pauses) => {
        const functions = {
          chat: {
            timeout: 900,
            async *handler() {
              for (let index = 0; index < pauses; index++) {
                yield `token ${index} `;
                await new Promise((resolve) => setTimeout(resolve, 60_000));
              }
            },
          },
        };
        return lambdaHandlers({ functions });
      },
    ],
    [
      "waits among events",
      (pauses) => [
        http.post(operation, () =>
          eventStreamResponse<InvokeWithResponseStreamResponseEvent>(function* () {
            for (let index = 0; index < pauses; index++) {
              yield { PayloadChunk: { Payload: new TextEncoder().encode(`token ${index} `) } };
              yield wait(60_000);
            }
            yield { InvokeComplete: {} };
          }),
        ),
      ],
    ],
    [
      "a recording at its own pace",
      (pauses) => {
        const tokens = Array.from({ length: pauses }, (_, index) => chunk(`token ${index} `));
        return replayHandlers(recorded("chat", [...tokens, complete], [], 60_000), { speed: "recorded" });
      },
    ],
  ])("drive %s", async (_what, make) => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "Date"] });
    onTestFinished(() => void vi.useRealTimers());
    listen(...make(3));
    const answers: string[] = [];
    void ask(client(requestHandler() as NodeHttpHandler)).then(
      (whole) => answers.push(whole),
      (error: unknown) => answers.push(String(error)),
    );
    // Between two waits real sockets and streams have work to do.
    while (answers.length === 0) await vi.advanceTimersByTimeAsync(60_000);
    expect(answers).toEqual(["token 0 token 1 token 2 "]);
  });
});
