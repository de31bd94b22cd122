/**
 * Test files of a user, run by use-cassette.test.ts in a vitest of their own, some of them to fail. SERVICE is the address of
 * a service that answers each call with its number.
 */
import { existsSync, readdirSync, readlinkSync } from "node:fs";
import { InvokeCommand, InvokeWithResponseStreamCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { useCassette } from "@eventstream-kit/cassette/vitest";
import { beforeEach, describe, expect, test } from "vitest";

const shared = newClient();

function newClient(): LambdaClient {
  return new LambdaClient({ endpoint: process.env["SERVICE"]!, maxAttempts: 1 });
}

async function call(client: LambdaClient, name: string): Promise<string> {
  const { Payload } = await client.send(new InvokeCommand({ FunctionName: name }));
  return Payload!.transformToString();
}

test("passes", async () => {
  const { use } = await useCassette("Passes: two clients, one cassette!");
  const [one, two] = [use(newClient()), use(newClient())];
  expect([await call(one, "a"), await call(two, "b"), await call(one, "a")]).toEqual(["a", "b", "a"]);
});

test("fails", async () => {
  const { use } = await useCassette("fails");
  expect(await call(use(shared), "a")).toBe("something else");
});

test("fails, saved", async () => {
  const { use } = await useCassette("fails saved", { saveFailed: true });
  expect(await call(use(shared), "a")).toBe("something else");
});

test("makes no call", async () => {
  const { mode } = await useCassette("no call");
  expect(mode).toBe("auto");
});

// Recorded with two calls, and replayed, on a build machine, with one.
test("plays half", async () => {
  const { use } = await useCassette("half");
  use(shared);
  expect(await call(shared, "a")).toBe("a");
  if (!process.env["CI"]) await call(shared, "b");
});

test("plays half, which is ignored", async () => {
  const { use } = await useCassette("half ignored", { unused: "ignore" });
  use(shared);
  expect(await call(shared, "a")).toBe("a");
  if (!process.env["CI"]) await call(shared, "b");
});

test("swallows a miss", async () => {
  const { use } = await useCassette("swallows", { unused: "ignore" });
  const answer = await call(use(shared), process.env["CI"] ? "z" : "a").catch(() => "a");
  expect(answer).toBe("a");
});

test("misses", async () => {
  const { use } = await useCassette("misses", { unused: "ignore" });
  expect(await call(use(shared), process.env["CI"] ? "z" : "a")).toBe("a");
});

test("says its mode", async () => {
  const { mode } = await useCassette("mode", { mode: "passthrough" });
  expect(mode).toBe(process.env["CI"] ? "replay" : "passthrough");
});

test("is long", async () => {
  const { use, path } = await useCassette("long");
  const isRecorded = existsSync(path);
  const { EventStream } = await use(shared).send(new InvokeWithResponseStreamCommand({ FunctionName: "long" }));
  let bytes = 0;
  for await (const { PayloadChunk } of EventStream!) bytes += PayloadChunk?.Payload?.length ?? 0;
  expect(bytes).toBe(300_000);
  expect(hasSpool()).toBe(process.platform === "linux" && !isRecorded);
});

/** Whether this process has temporary files in which recordings wait. They have no names, so it can only be seen on Linux. */
function hasSpool(): boolean {
  if (process.platform !== "linux") return false;
  return readdirSync("/proc/self/fd").some((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`).includes("/.eventstream-");
    } catch {
      return false;
    }
  });
}

test("leaves nothing open of what was long", () => {
  expect(hasSpool()).toBe(false);
});

test("leaves early", async () => {
  const { use } = await useCassette("leaves early");
  const abort = new AbortController();
  const { EventStream } = await use(shared).send(new InvokeWithResponseStreamCommand({ FunctionName: "endless" }), {
    abortSignal: abort.signal,
  });
  const read = async () => {
    for await (const _event of EventStream!) abort.abort();
  };
  await expect(read()).rejects.toMatchObject({ code: "ECONNRESET" });
});

// Its answer is in no file that could be named.
test("leaves early, fails", async () => {
  const { use } = await useCassette("leaves early fails");
  const abort = new AbortController();
  const { EventStream } = await use(shared).send(new InvokeWithResponseStreamCommand({ FunctionName: "endless" }), {
    abortSignal: abort.signal,
  });
  for await (const _event of EventStream!) abort.abort();
  expect.unreachable();
});

test("leaves early, kept", async () => {
  const { use } = await useCassette("leaves early kept", { keepPartial: true });
  const abort = new AbortController();
  const { EventStream } = await use(shared).send(new InvokeWithResponseStreamCommand({ FunctionName: "endless" }), {
    abortSignal: abort.signal,
  });
  const read = async () => {
    for await (const _event of EventStream!) abort.abort();
  };
  await expect(read()).rejects.toMatchObject({ code: "ECONNRESET" });
});

for (const which of ["first", "second"]) {
  test(`twice, the ${which} test`, async () => {
    const { use } = await useCassette("twice", { mode: "record" });
    expect(await call(use(shared), "a")).toBe("a");
  });
}

describe("beforeEach", () => {
  beforeEach(async ({ task }) => {
    const { use } = await useCassette(`each ${task.name}`);
    use(shared);
  });

  test.each(["first", "second"])("%s", async (name) => {
    expect(await call(shared, name)).toBe(name);
  });
});

describe.concurrent("at the same time", () => {
  for (const name of ["k", "l", "m"]) {
    test(`own ${name}`, async (context) => {
      const { use } = await useCassette(`concurrent ${name}`, { context });
      const client = use(newClient());
      for (let round = 0; round < 3; round++) expect(await call(client, name)).toBe(name);
    });
  }

  test("without context", async () => {
    const { use } = await useCassette("concurrent without context");
    expect(await call(use(newClient()), "x")).toBe("x");
  });

  for (const number of [1, 2]) {
    test(`one file ${number}`, async (context) => {
      const { use } = await useCassette("one file", { context });
      expect(await call(use(newClient()), "x")).toBe("x");
    });
  }
});
