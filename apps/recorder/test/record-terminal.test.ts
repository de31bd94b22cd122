import { spawn, spawnSync } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import http from "node:http";
import net from "node:net";
import { join } from "node:path";
import { parseCassette } from "@eventstream-kit/cassette";
import { encodeEvent } from "@eventstream-kit/codec";
import picocolors from "picocolors";
import { describe, expect, test, vi } from "vitest";
import { callLog } from "../src/call-log.ts";
import { ChangedFiles } from "../src/changed-files.ts";
import { FrameCounter } from "../src/frame-counter.ts";
import type { Terminal } from "../src/terminal.ts";
import { cassetteFile, cassetteOf, exchangeOf } from "./cassettes.ts";
import { bin, start, tempDir, urlOf } from "./eventstream.ts";
import { authorization, target } from "./served-proxy.ts";
import { own, ownEnvironment, upstreamLambda } from "./upstream-lambda.ts";

const recording = "invoke-with-response-stream-report.cassette.jsonl";

/** A function that writes one part each time it is let, and ends when it is let once more. */
async function heldUpstream(parts: number) {
  const waiting: (() => void)[] = [];
  const upstream = await upstreamLambda({
    report: async function* () {
      for (let part = 0; part < parts; part++) {
        yield `part ${part}`;
        await new Promise<void>((resolve) => waiting.push(resolve));
      }
    },
  });
  const release = () => vi.waitUntil(() => waiting.length > 0).then(() => waiting.shift()!());
  return { url: upstream.url, release };
}

/** Invokes the function; resolves to the whole body, or to why there is none. */
function invoke(url: string): { readonly first: Promise<unknown>; readonly whole: Promise<string> } {
  const request = http.request(url + target, { method: "POST", agent: false, headers: { authorization } });
  const response = new Promise<http.IncomingMessage>((resolve, reject) => {
    request.once("response", resolve);
    request.once("error", reject);
  });
  request.end("{}");
  const chunks: Buffer[] = [];
  const first = response.then((message) => new Promise((resolve) => message.once("data", resolve)));
  const whole = response
    .then(async (message) => {
      for await (const chunk of message) chunks.push(chunk as Buffer);
      return Buffer.concat(chunks).toString("latin1");
    })
    .catch((error: Error) => error.message);
  return { first, whole };
}

describe("On a terminal", () => {
  test("each open exchange has a line that is kept up to date, and Ctrl-C ends it all", async ({ skip }) => {
    skip(spawnSync("script", ["--version"]).status !== 0, "script is not installed");
    const upstream = await heldUpstream(1);
    const out = join(tempDir(), "out");
    const command = [process.execPath, bin, "record", "--json", "--upstream", upstream.url, "--out", out].join(" ");
    const env = { ...process.env, ...ownEnvironment, TERM: "xterm", AWS_CONFIG_FILE: "none", CI: "" };
    const terminal = spawn("script", ["-qefc", command, "/dev/null"], { env });
    let shown = "";
    terminal.stdout.on("data", (data: Buffer) => (shown += data.toString()));
    const ended = new Promise((resolve) => terminal.once("close", resolve));
    const until = (pattern: RegExp) => vi.waitUntil(() => pattern.exec(shown), { timeout: 20_000 });

    const [, url] = await until(/"url":"([^"]+)"/);
    const calls = [invoke(url!), invoke(url!)];
    await Promise.all(calls.map(({ first }) => first));
    const line = String.raw`open  200  1 frame  \d+ B  \d+\.\d s  idle \d+\.\d s  InvokeWithResponseStream report`;
    // Two lines, which are then drawn anew where they were.
    await until(new RegExp(`${line}\r\n${line}`));
    await until(new RegExp(String.raw`${line}\r\x1b\[K\x1b\[1A\x1b\[K`));
    await upstream.release();
    await upstream.release();
    await Promise.all(calls.map(({ whole }) => whole));
    await until(/recorded\S* {2}lambda:InvokeWithResponseStream report {2}200 {2}2 frames[^]*recorded/);
    terminal.stdin.write("\x03");
    expect(await ended).toBe(130);
    expect(shown).toMatch(/new\S* {2}\S*report\.cassette\.jsonl {2}2 exchanges/);
    expect(shown).toContain("git add ");
  });

  test("the lines say what is known of a call, by the clock", async () => {
    let time = 0;
    const lines: (readonly string[])[] = [];
    const notes: string[] = [];
    const terminal = {
      colors: picocolors.createColors(false),
      status: (now: readonly string[] = []) => void lines.push(now),
      note: (line: string) => void notes.push(line),
      say: (line: string) => void notes.push(line),
    } as unknown as Terminal;
    const log = callLog(terminal, { live: true, now: () => time });
    const call = log.start({ op: "lambda:InvokeWithResponseStream", subject: "re\u001b[2Jport" });
    time = 1500;
    call.head(200, true);
    const other = log.start({ op: "lambda:Invoke", subject: "b" });
    time = 2000;
    call.chunk(encodeEvent({ event: "PayloadChunk", text: "x" }));
    time = 4250;
    other.head(403, false);
    expect(lines.at(-1)).toEqual([
      String.raw`open  200  1 frame  93 B  4.3 s  idle 2.3 s  InvokeWithResponseStream re\u{1b}[2Jport`,
      "open  403  0 B  2.8 s  Invoke b",
    ]);
    const redacted = { headers: 9, jwt: 1, "aws-key": 2 };
    const exchange = { status: 200, how: "eof", frames: 2, items: 2, bytes: 1, redacted } as const;
    call.done(Promise.resolve({ exchange }));
    other.failed({ message: "too bad" } as Parameters<typeof other.failed>[0]);
    expect(lines.at(-1)).toEqual([]);
    expect(notes).toEqual(["failed  lambda:Invoke b  too bad"]);
    await Promise.resolve();
    expect(notes[1]).toMatch(/^recorded {2}lambda:.* {2}200 {2}2 frames {2}\d+ B {2}4\.3 s {2}redacted 3$/);
  });
});

test.each([1, 3, 7, 1000])("Frames are counted in pieces of %i bytes", (size) => {
  const bytes = Buffer.concat(["a", "bb", ""].map((text) => encodeEvent({ event: "PayloadChunk", text })));
  const counter = new FrameCounter();
  for (let at = 0; at < bytes.length; at += size) counter.push(bytes.subarray(at, at + size));
  expect(counter.count).toBe(3);
});

describe("Ctrl-C", () => {
  test("once lets open streams finish, and takes no new ones", async () => {
    const upstream = await heldUpstream(2);
    const out = tempDir();
    const recorder = start(["record", "--json", "--upstream", upstream.url, "--out", out], { env: ownEnvironment });
    const url = await urlOf(recorder);
    const call = invoke(url);
    await call.first;
    recorder.process.kill("SIGINT");
    await vi.waitUntil(() => refuses(Number(new URL(url).port)), { timeout: 10_000 });
    await upstream.release();
    await upstream.release();
    expect(await call.whole).toContain("InvokeComplete");
    expect(await recorder.done).toMatchObject({ code: 130, stderr: expect.stringContaining("git add") as string });
    const [exchange] = parseCassette(readFileSync(join(out, recording), "utf8")).exchanges;
    expect(exchange!.end).toMatchObject({ how: "eof", items: 3 });
  });

  test.each([
    ["once, and two seconds later what has not ended is a partial", 1, [`${recording}.partial`]],
    ["twice ends at once", 2, []],
  ])("%s", async (_name, times, files) => {
    const upstream = await heldUpstream(1);
    const out = tempDir();
    const recorder = start(["record", "--json", "--upstream", upstream.url, "--out", out], { env: ownEnvironment });
    const call = invoke(await urlOf(recorder));
    await call.first;
    for (let time = 0; time < times; time++) recorder.process.kill(time === 0 ? "SIGINT" : "SIGTERM");
    expect(await call.whole).toMatch(/aborted|ECONNRESET|hang up/);
    expect((await recorder.done).code).toBe(130);
    // Nothing that ends early is taken for a recording, and nothing else is left.
    const found = readdirSync(out);
    expect(found.filter((name) => name !== `${recording}.partial`)).toEqual([]);
    expect(found).toEqual(expect.arrayContaining(files));
  });
});

function refuses(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect(port, "127.0.0.1", () => {
      socket.destroy();
      resolve(false);
    });
    socket.once("error", () => resolve(true));
  });
}

const file = (name: string) => `cassettes/invoke-with-response-stream-${name}.cassette.jsonl`;

describe("The summary", () => {
  test("names what is new, updated, unchanged, kept and unused, and what to add", async () => {
    let leaks = false;
    const upstream = await upstreamLambda({
      report: () => "the same",
      other: () => Math.random(),
      fresh: () => 1,
      leaky: () => (leaks ? own.secretAccessKey : "harmless"),
    });
    const cwd = tempDir();
    const session = async (...names: string[]) => {
      const recorder = start(["record", "--json", "--upstream", upstream.url], { env: ownEnvironment, cwd });
      const url = await urlOf(recorder);
      for (const name of names) {
        const path = target.replace("report", name);
        await fetch(url + path, { method: "POST", headers: { authorization }, body: "{}" }).then((it) => it.text());
      }
      recorder.process.kill("SIGINT");
      return (await recorder.done).stderr.split("\n");
    };
    await session("report", "other", "leaky");
    leaks = true;
    cassetteFile(cassetteOf(exchangeOf("old", "x")), join(cwd, "cassettes"), "old");
    const said = await session("report", "other", "fresh", "leaky");
    expect(said).toEqual(
      expect.arrayContaining([
        `unchanged  ${file("report")}  1 exchange, but for time`,
        `updated  ${file("other")}  1 exchange`,
        `new  ${file("fresh")}  1 exchange`,
        `kept  ${file("leaky")}  as it was: no new recording of its calls was written`,
        "unused  cassettes/old.cassette.jsonl",
        `git add ${file("other")} ${file("fresh")}`,
      ]),
    );
    expect(said.filter((line) => line.startsWith("unused"))).toHaveLength(1);
  });

  test("takes a file for unchanged that only its volatile lines tell from before", () => {
    const [exchange] = [exchangeOf("report", "a")];
    const path = cassetteFile(cassetteOf(exchange));
    const files = new ChangedFiles();
    files.watch(path);
    const later = {
      ...exchange,
      timing: { ...exchange.timing!, res: 99 },
      meta: { recordedAt: "2027-01-01T00:00:00Z" },
    };
    for (const [now, unchanged] of [
      [cassetteOf(later), true],
      [cassetteOf(exchangeOf("report", "b")), false],
      [cassetteOf(exchange, exchange), false],
    ] as const) {
      writeFileSync(path, readFileSync(cassetteFile(now)));
      files.watch(path);
      expect(files.isUnchanged(path)).toBe(unchanged);
    }
    files.watch(`${path}.not-there`);
    expect(files.isUnchanged(`${path}.not-there`)).toBe(false);
  });
});
