import type { Reply, Service, ServiceRequest } from "@eventstream-kit/service";
import { handlersFor, MockHandlersError, reset, wait } from "@eventstream-kit/mock-handlers";
import { gate, gates } from "@eventstream-kit/workshop/gate";
import { FetchHttpHandler } from "@smithy/fetch-http-handler";
import { NodeHttpHandler } from "@smithy/node-http-handler";
import { http, HttpResponse } from "msw";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { chunksOf } from "./frames.ts";
import { listen, unhandled } from "./msw-server.ts";
import { mswMajor } from "./msw-version.ts";

const url = "https://service.test/a%2Fb?c=%20d";
const path = "https://service.test/*";
const text = (...parts: string[]) => parts.map((part) => new TextEncoder().encode(part));

/** A service that answers everything with one reply and keeps what it was asked. */
function fixed(reply: Partial<Reply> | undefined): Service & { readonly requests: ServiceRequest[] } {
  const requests: ServiceRequest[] = [];
  return {
    requests,
    handle(request) {
      requests.push(request);
      return Promise.resolve(reply && { status: 200, headers: [], body: [], ...reply });
    },
  };
}

describe("which requests are handled", () => {
  test("the service sees the request as it was sent", async () => {
    const service = fixed({});
    listen(...handlersFor(service));
    await fetch(url, { method: "PUT", headers: { "X-One": "1" }, body: Uint8Array.from([0, 255]) });
    expect(service.requests).toHaveLength(1);
    const [request] = service.requests;
    expect(request).toMatchObject({ method: "PUT", target: "/a%2Fb?c=%20d", body: Uint8Array.from([0, 255]) });
    expect(request!.headers).toContainEqual(["host", "service.test"]);
    expect(request!.headers).toContainEqual(["x-one", "1"]);
    expect(request!.signal).toBeInstanceOf(AbortSignal);
  });

  test("what no service answers falls through to the handlers behind", async () => {
    const service = fixed(undefined);
    const behind = http.post(path, async ({ request }) => HttpResponse.text(`behind ${await request.text()}`));
    listen(...handlersFor(service), behind);
    const response = await fetch(url, { method: "POST", body: "body" });
    expect(await response.text()).toBe("behind body");
    expect(service.requests).toHaveLength(1);
  });

  test("what nobody answers is unhandled for msw: its policy applies, nothing goes to the network", async () => {
    const log = vi.spyOn(console, "error").mockImplementation(() => {});
    onTestFinished(() => log.mockRestore());
    listen(...handlersFor(fixed(undefined)));
    await expect(fetch(url)).rejects.toThrow(unhandled);
    expect(log.mock.calls.join()).toMatch(/without a (matching|corresponding)[^]*GET .*\/a%2Fb/);
  });

  test("the first service that answers counts", async () => {
    const last = fixed({ status: 203 });
    listen(...handlersFor([fixed(undefined), fixed({ status: 202 }), last]));
    expect((await fetch(url)).status).toBe(202);
    expect(last.requests).toEqual([]);
  });

  test("match keeps a service from being asked", async () => {
    const service = fixed({});
    listen(
      ...handlersFor(service, { match: (request) => !request.url.startsWith("https://other.test/") }),
      http.get("https://other.test/*", () => HttpResponse.text("other")),
    );
    expect(await (await fetch("https://other.test/x")).text()).toBe("other");
    expect(service.requests).toEqual([]);
    await fetch(url);
    expect(service.requests).toHaveLength(1);
  });

  test("parallel requests get their own replies", async () => {
    const service: Service = {
      handle: ({ body }) => Promise.resolve({ status: 200, headers: [], body: [body] }),
    };
    listen(...handlersFor(service));
    const bodies = Array.from({ length: 50 }, (_, index) => `request ${index}`);
    const answers = bodies.map(async (body) => (await fetch(url, { method: "POST", body })).text());
    expect(await Promise.all(answers)).toEqual(bodies);
  });

  test("what is no service is refused at once", () => {
    for (const wrong of [undefined, {}, [], [fixed({}), 1]]) {
      const act = () => handlersFor(wrong as never);
      expect(act).toThrow(MockHandlersError);
      expect(act).toThrow(expect.objectContaining({ code: "handlers" }));
    }
  });
});

describe("the head", () => {
  test.each([
    ["a body without a length is chunked", [], text("ab"), { te: "chunked", length: null }],
    ["a length that is right stays", [["Content-Length", "2"]], text("a", "b"), { te: null, length: "2" }],
    ["a length that is wrong goes", [["Content-Length", "3"]], text("ab"), { te: "chunked", length: null }],
    [
      "a length nobody can check goes",
      [["Content-Length", "2"]],
      [wait(0), ...text("ab")],
      { te: "chunked", length: null },
    ],
    [
      "a reply that is chunked stays so",
      [["Transfer-Encoding", "chunked"]],
      text("ab"),
      { te: "chunked", length: null },
    ],
  ] as const)("%s", async (_name, headers, body, expected) => {
    listen(...handlersFor(fixed({ headers, body })));
    const response = await fetch(url);
    expect({ te: response.headers.get("transfer-encoding"), length: response.headers.get("content-length") }).toEqual(
      expected,
    );
    expect(await response.text()).toBe("ab");
  });

  test("204 has neither", async () => {
    listen(...handlersFor(fixed({ status: 204, headers: [["Content-Type", "application/json"]] })));
    const response = await fetch(url);
    expect(response.status).toBe(204);
    expect(response.headers.get("transfer-encoding")).toBeNull();
    expect(response.headers.get("content-type")).toBe("application/json");
  });

  test("set-cookie lines stay apart, other duplicates are merged: what a Headers object can hold", async () => {
    const headers = [
      ["Set-Cookie", "a=1"],
      ["set-cookie", "b=2"],
      ["X-Twice", "1"],
      ["x-twice", "2"],
    ] as const;
    listen(...handlersFor(fixed({ headers })));
    const response = await fetch(url);
    expect(response.headers.getSetCookie()).toEqual(["a=1", "b=2"]);
    expect(response.headers.get("x-twice")).toBe("1, 2");
  });
});

/** The two ways an SDK client reaches msw on Node. */
const clients = [
  ["node:http", () => new NodeHttpHandler()],
  ["fetch", () => new FetchHttpHandler()],
] as const;

/** Sends a GET through an SDK's transport and gives the body as it comes. */
async function bodyThrough(handler: NodeHttpHandler | FetchHttpHandler): Promise<AsyncIterable<Uint8Array>> {
  onTestFinished(() => handler.destroy());
  const request = { protocol: "https:", hostname: "service.test", method: "GET", path: "/", headers: {}, query: {} };
  const { response } = await handler.handle(request as Parameters<typeof handler.handle>[0]);
  return response.body as AsyncIterable<Uint8Array>;
}

describe.each(clients)("the body over %s", (_name, makeHandler) => {
  test("each chunk is sent only after the client has read the one before", async () => {
    const acknowledged = gates(3);
    async function* body() {
      for (const [index, { opened }] of acknowledged.entries()) {
        yield new TextEncoder().encode(`chunk ${index}`);
        await opened;
      }
      yield new TextEncoder().encode("end");
    }
    listen(...handlersFor(fixed({ body: body() })));
    const seen: string[] = [];
    for await (const chunk of await bodyThrough(makeHandler())) {
      seen.push(new TextDecoder().decode(chunk));
      acknowledged[seen.length - 1]?.open();
    }
    expect(seen).toEqual(["chunk 0", "chunk 1", "chunk 2", "end"]);
  });

  test("a reset comes after the chunks before it", async () => {
    const onError = vi.fn<() => void>();
    const read = gate();
    async function* body() {
      yield new TextEncoder().encode("chunk");
      await read.opened;
      yield reset();
    }
    listen(...handlersFor(fixed({ body: body() }), { onError }));
    const seen: string[] = [];
    const reading = async () => {
      for await (const chunk of await bodyThrough(makeHandler())) {
        seen.push(new TextDecoder().decode(chunk));
        read.open();
      }
    };
    await expect(reading()).rejects.toThrow(/aborted|terminated|reset/);
    expect(seen).toEqual(["chunk"]);
    expect(onError).not.toHaveBeenCalled(); // A reset was asked for: it is no error of the service.
  });
});

describe("trouble", () => {
  test("a body that throws is reported, because the client sees only a broken connection", async () => {
    const onError = vi.fn<(error: unknown, request: Request) => void>();
    const bug = new TypeError("A bug in a body");
    async function* body() {
      yield* text("ab");
      throw bug;
    }
    listen(...handlersFor(fixed({ body: body() }), { onError }));
    const { error } = await chunksOf(await fetch(url));
    expect(error).toBeInstanceOf(Error);
    expect(onError).toHaveBeenCalledExactlyOnceWith(bug, expect.any(Request));
  });

  test("without onError the console hears of it", async () => {
    const log = vi.spyOn(console, "error").mockImplementation(() => {});
    onTestFinished(() => log.mockRestore());
    const bug = new TypeError("A bug in a body");
    const body = {
      [Symbol.iterator]: () => ({
        next: (): never => {
          throw bug;
        },
      }),
    };
    listen(...handlersFor(fixed({ body })));
    await fetch(url).then(chunksOf, () => {});
    expect(log).toHaveBeenCalledWith(`The mocked answer to GET ${url} broke:`, bug);
  });

  test("a service that throws is a 500, as a resolver that throws", async () => {
    const log = vi.spyOn(console, "error").mockImplementation(() => {});
    onTestFinished(() => log.mockRestore());
    listen(...handlersFor({ handle: () => Promise.reject(new RangeError("A bug in a service")) }));
    const response = await fetch(url);
    expect(response.status).toBe(500);
    expect(await response.text()).toContain("A bug in a service");
  });

  test("a request whose body another handler has read cannot be asked about", async () => {
    const log = vi.spyOn(console, "error").mockImplementation(() => {});
    onTestFinished(() => log.mockRestore());
    const reader = http.post(path, async ({ request }) => {
      await request.text();
    });
    listen(reader, ...handlersFor(fixed({})));
    const response = await fetch(url, { method: "POST", body: "ab" });
    expect(response.status).toBe(500);
    expect(await response.text()).toContain("has been read already");
  });

  test("a client that leaves ends the body", async ({ skip }) => {
    skip(mswMajor === 2, "msw 2 does not tell a handler that the client has gone");
    const closed = gate();
    const service: Service = {
      handle: () =>
        Promise.resolve({
          status: 200,
          headers: [],
          body: (async function* () {
            try {
              yield* text("ab");
              yield wait(600_000);
            } finally {
              closed.open();
            }
          })(),
        }),
    };
    listen(...handlersFor(service));
    const abort = new AbortController();
    const response = await fetch(url, { signal: abort.signal });
    const reader = response.body!.getReader();
    await reader.read();
    abort.abort();
    await expect(reader.read()).rejects.toThrow("aborted");
    await closed.opened;
  });
});

describe("time", () => {
  test("waits use the injected delay", async () => {
    const delays: number[] = [];
    const delay = (ms: number) => Promise.resolve(void delays.push(ms));
    listen(...handlersFor(fixed({ body: [wait(60_000), ...text("ab")] }), { delay }));
    expect(await (await fetch(url)).text()).toBe("ab");
    expect(delays).toEqual([60_000]);
  });

  test("fake timers drive a stream", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    onTestFinished(() => void vi.useRealTimers());
    listen(...handlersFor(fixed({ body: [...text("a"), wait(60_000), ...text("b")] })));
    const reader = (await fetch(url)).body!.getReader();
    expect(new TextDecoder().decode((await reader.read()).value)).toBe("a");
    const next = reader.read();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(new TextDecoder().decode((await next).value)).toBe("b");
  });
});
