import { existsSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import type { CassetteMode, RecorderOptions } from "@eventstream-kit/cassette";
import { serve } from "@eventstream-kit/service/node";
import { expect, onTestFinished, test, vi } from "vitest";
import { CassetteSession } from "../../src/vitest/cassette-session.ts";
import { utf8 } from "../support/bytes.ts";

/** A session in which a call is recorded. */
async function recorded(path: string, mode: CassetteMode, options: RecorderOptions = {}): Promise<CassetteSession> {
  await using server = await serve({
    handle: () => Promise.resolve({ status: 200, headers: [["content-type", "application/json"]], body: [utf8("1")] }),
  });
  const session = new CassetteSession({ ...options, title: "t", path, mode, keepPartial: false });
  await session.open();
  const client = new LambdaClient({ endpoint: server.url });
  session.use(client);
  await client.send(new InvokeCommand({ FunctionName: mode }));
  client.destroy();
  await session.close();
  return session;
}

const own = { file: import.meta.filename, name: "one", place: "0" };

function newPath(): string {
  const folder = mkdtempSync(join(tmpdir(), "cassette-session-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return join(folder, "t.cassette.jsonl");
}

test.each<CassetteMode>(["auto", "new", "record"])(
  "%s: what another process has written into the file meanwhile is not replaced",
  async (mode) => {
    const path = newPath();
    if (mode !== "auto") await (await recorded(path, "auto")).save(own);
    const session = await recorded(path, mode);
    const theirs = (existsSync(path) ? readFileSync(path, "utf8") : "").concat('{"another":1}\n');
    writeFileSync(path, theirs);
    await expect(session.save(own)).rejects.toMatchObject({
      code: "state",
      message: expect.stringContaining("something else has written it since the test began") as string,
      path,
    });
    expect(readFileSync(path, "utf8")).toBe(theirs);
    await session.discard();
  },
);

test("what nobody has touched is replaced", async () => {
  const path = newPath();
  await (await recorded(path, "auto")).save(own);
  await (await recorded(path, "record")).save(own);
  expect(readFileSync(path, "utf8")).toContain("/functions/record/");
});

test("what another test has recorded in this run is not replaced, unless that was changed since", async () => {
  const path = newPath();
  const file = join(dirname(path), "a.test.ts");
  writeFileSync(file, "");
  const first = { file, name: "first", place: "0" };
  const second = { file, name: "second", place: "1" };
  await (await recorded(path, "record")).save(first);
  await (await recorded(path, "record")).save(first);
  const session = await recorded(path, "record");
  await expect(session.save(second)).rejects.toMatchObject({
    code: "state",
    path,
    message: `Recording into ${path} for "second" of ${file}: another test has done so before, "first" of ${file}; expected a cassette of its own for each`,
  });
  const later = new Date(Date.now() + 60_000);
  utimesSync(file, later, later);
  await session.save(second);
  rmSync(file);
  await expect((await recorded(path, "record")).save(own)).resolves.toBeUndefined();
});

test("what another test has recorded in this process is not replaced, also where nothing can be noted", async () => {
  const path = newPath();
  vi.stubEnv(process.platform === "win32" ? "TEMP" : "TMPDIR", join(dirname(path), "there-is-no-such-folder"));
  onTestFinished(() => void vi.unstubAllEnvs());
  await (await recorded(path, "record")).save(own);
  const other = { ...own, name: "two", place: "1" };
  await expect((await recorded(path, "record")).save(other)).rejects.toMatchObject({ code: "state", path });
  await expect((await recorded(path, "record")).save(own)).resolves.toBeUndefined();
});

test("what was put in its place by hand is replaced", async () => {
  const path = newPath();
  await (await recorded(path, "record")).save(own);
  writeFileSync(path, readFileSync(path));
  const other = { ...own, name: "two", place: "1" };
  await expect((await recorded(path, "record")).save(other)).resolves.toBeUndefined();
});

function noClock(): never {
  throw new Error("no clock");
}

test("a recording that failed is told of, also when there is no other", async () => {
  const path = newPath();
  const session = await recorded(path, "auto", { now: noClock });
  await expect(session.save(own)).rejects.toMatchObject({
    code: "recording",
    message: expect.stringContaining("no clock") as string,
  });
  expect(existsSync(path)).toBe(false);
  await session.discard();
});
