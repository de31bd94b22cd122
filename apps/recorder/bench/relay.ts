/**
 * `npm run bench -w @eventstream-kit/recorder`: what the recorder in between costs, beside a direct connection, the
 * barest proxy, and mitmproxy when it is installed. One run; the candidates take turns, each round in another order; ratios of
 * medians. Every byte that a client got, and every recording, is compared by hash with what the origin sends.
 *
 * Timed is the client: from its request to the first or the last byte of the answer. What the recorder does after that, until the
 * recording is in its file, is timed apart. Memory is the most the process had less what it had before, after one short call.
 */
import { fork } from "node:child_process";
import { createReadStream, readdirSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { parseArgs } from "node:util";
import buildBinary from "../test/build-binary.ts";
import { mitmproxyVersion, startBareProxy, startMitmdump, startRecorder, type Candidate } from "./candidates.ts";
import type { Result, Task } from "./client.ts";
import { memory, processorMs, startScript, type Server } from "./processes.ts";
import { emptyLong, report, type Figures } from "./report.ts";
import type { StreamRequest } from "./stream-request.ts";
import { percentile } from "./statistics.ts";

const { values } = parseArgs({
  options: {
    help: { type: "boolean", short: "h" },
    json: { type: "boolean", default: false },
    rounds: { type: "string", default: "5" },
    calls: { type: "string", default: "500" },
    megabytes: { type: "string", default: "200" },
    streams: { type: "string", default: "1000" },
  },
});
if (values.help) {
  console.log(`Usage: npm run bench -w @eventstream-kit/recorder [-- options]

  --json            one JSON object instead of tables
  --rounds <n>      rounds of everything but the first byte (default 5)
  --calls <n>       calls for the first byte, each candidate (default 500)
  --megabytes <n>   size of the long streams (default 200)
  --streams <n>     streams at one time, of 100 chunks each (default 1000)`);
  process.exit(0);
}
const [rounds, calls, megabytes, streams] = [values.rounds, values.calls, values.megabytes, values.streams].map(
  Number,
) as [number, number, number, number];

/** Long streams: of few frames that fill a socket's read each, of many small ones, and of small ones that come one by one, as tokens do. */
const longStreams: Readonly<Record<string, StreamRequest>> = {
  "64 KiB frames": {
    stream: 1,
    frames: Math.round((megabytes * 1e6) / 65_536),
    payload: 65_536 - 107,
    framesPerWrite: 1,
  },
  "1 KiB frames": { stream: 2, frames: Math.round((megabytes * 1e6) / 1024), payload: 1024 - 107, framesPerWrite: 16 },
  "1 KiB frames, a chunk each": {
    stream: 3,
    frames: Math.round((megabytes * 1e6) / 1024),
    payload: 1024 - 107,
    framesPerWrite: 1,
  },
};
const manyStreams = Array.from({ length: streams }, (_, stream): StreamRequest => {
  return { stream, frames: 100, payload: 200, framesPerWrite: 1 };
});

type Start = (origin: Server) => Promise<Candidate>;

const mitmproxy = mitmproxyVersion();
const starts: readonly Start[] = [
  startBareProxy,
  startRecorder,
  ...(mitmproxy === undefined
    ? []
    : [(origin: Server) => startMitmdump(origin, true), (origin: Server) => startMitmdump(origin, false)]),
];

buildBinary();
await using origin = await startScript("origin.ts");
const client = fork(new URL("client.ts", import.meta.url), { execArgv: ["--conditions=@eventstream-kit/source"] });

async function measure<Kind extends Task["kind"]>(
  task: Task & { kind: Kind },
): Promise<Extract<Result, { kind: Kind }>> {
  const result = await new Promise<Result>((resolve, reject) => {
    const failed = () => reject(new Error("The client of the bench has failed"));
    client.once("exit", failed);
    client.once("message", (message: Result) => {
      client.off("exit", failed);
      resolve(message);
    });
    client.send(task);
  });
  return result as Extract<Result, { kind: Kind }>;
}

const figures = new Map<string, Figures>();
const figuresOf = (name: string) => {
  const known = figures.get(name) ?? { name, long: {}, streamsMs: [], streamsSavedMs: [] };
  figures.set(name, known);
  return known;
};
const progress = (text: string) => {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`);
};

async function firstBytes(): Promise<void> {
  progress("first bytes");
  const candidates = await Promise.all(starts.map((start) => start(origin)));
  const urls = [origin.url, ...candidates.map(({ server }) => server.url)];
  await measure({ kind: "first bytes", urls, rounds: 50 });
  const { ms } = await measure({ kind: "first bytes", urls, rounds: calls });
  for (const [index, name] of ["direct", ...candidates.map((candidate) => candidate.name)].entries()) {
    figuresOf(name).firstByteMs = { p50: percentile(ms[index]!, 50), p99: percentile(ms[index]!, 99) };
  }
  await Promise.all(candidates.map(({ server }) => server.stop()));
}

type Streams = Extract<Result, { kind: "streams" }>;

/** What one candidate did in one round. */
interface Turn {
  readonly result: Streams;
  /** MB while the client was answered, and until everything was saved. */
  readonly growth: number;
  readonly growthSaved: number;
  /** Until the recordings were in their file. Undefined for who does not record. */
  readonly savedMs: number | undefined;
  /** Of all its threads, while the client was answered. */
  readonly processorMs: number;
}

/** One candidate after the other, each fresh. `use` gets nobody's process for the direct connection. */
async function inTurn(
  requests: readonly StreamRequest[],
  round: number,
  use: (name: string, turn: Turn) => void,
): Promise<void> {
  // The first time, the origin makes what it sends.
  const expected = await measure({ kind: "streams", url: origin.url, requests });
  const turns = [
    async () => {
      const result = await measure({ kind: "streams", url: origin.url, requests });
      use("direct", { result, growth: 0, growthSaved: 0, savedMs: undefined, processorMs: 0 });
    },
    ...starts.map((start) => () => takeTurn(start, requests, expected, use)),
  ];
  for (let turn = 0; turn < turns.length; turn++) await turns[(turn + round) % turns.length]!();
}

async function takeTurn(
  start: Start,
  requests: readonly StreamRequest[],
  all: Streams,
  use: (name: string, turn: Turn) => void,
): Promise<void> {
  const candidate = await start(origin);
  progress(candidate.name);
  await using server = candidate.server;
  // Warm, as after the first calls of a session.
  await measure({ kind: "streams", url: server.url, requests: [{ ...manyStreams[0]!, stream: -1 }] });
  await candidate.saved?.(1);
  const asked = requests.map((request) => shortened(request, candidate.longest));
  const before = memory.resident(server.pid);
  memory.resetPeak(server.pid);
  const processorBefore = processorMs(server.pid);
  const result = await measure({ kind: "streams", url: server.url, requests: asked });
  const ended = performance.now();
  const processor = processorMs(server.pid) - processorBefore;
  const growth = memory.peak(server.pid) - before;
  await candidate.saved?.(1 + asked.length);
  const savedMs = candidate.saved && performance.now() - ended;
  const growthSaved = memory.peak(server.pid) - before;
  const expected =
    candidate.longest === undefined ? all : await measure({ kind: "streams", url: origin.url, requests: asked });
  compare(candidate.name, result.sha256, expected.sha256);
  const code = await server.stop();
  if (candidate.folder !== undefined) {
    await compareRecordings(candidate.folder, expected.sha256, `${code} ${server.errors()}`);
  }
  use(candidate.name, { result, growth, growthSaved, savedMs, processorMs: processor });
}

function shortened(request: StreamRequest, longest = Infinity): StreamRequest {
  return { ...request, frames: Math.min(request.frames, Math.round((longest * 1e6) / request.payload)) };
}

function compare(name: string, found: readonly string[], expected: readonly string[]): void {
  const wrong = expected.filter((sha256, index) => sha256 !== found[index]).length;
  if (wrong > 0) throw new Error(`${name}: ${wrong} of ${expected.length} streams are not what the origin sent`);
}

/** What the recorder has stored, but for the call that warmed it: every stream once, in any order. */
async function compareRecordings(folder: string, expected: readonly string[], said: string): Promise<void> {
  const file = readdirSync(folder).find((name) => name.endsWith(".cassette.jsonl"));
  if (file === undefined) throw new Error(`eventstream record: there is no recording\n${said}`);
  const found: string[] = [];
  for await (const line of createInterface({ input: createReadStream(join(folder, file)) })) {
    if (line.startsWith('{"k":"end"')) found.push((JSON.parse(line) as { sha256: string }).sha256);
  }
  compare("the recordings", found.slice(1).toSorted(), expected.toSorted());
}

await firstBytes();
for (let round = 0; round < rounds; round++) {
  for (const [shape, request] of Object.entries(longStreams)) {
    await inTurn([request], round, (name, { result, growth, growthSaved, savedMs, processorMs: spent }) => {
      const long = (figuresOf(name).long[shape] ??= emptyLong());
      long.megabytesPerSecond.push(result.bytes / 1000 / result.ms);
      long.processorMsPerMegabyte.push(spent / (result.bytes / 1e6));
      long.residentGrowth.push(growth);
      long.residentGrowthSaved.push(growthSaved);
      if (savedMs !== undefined) long.savedMs.push(savedMs);
    });
  }
  await inTurn(manyStreams, round, (name, { result, savedMs }) => {
    figuresOf(name).streamsMs.push(result.ms);
    if (savedMs !== undefined) figuresOf(name).streamsSavedMs.push(savedMs);
  });
}
progress("");
client.disconnect();
await origin.stop();

console.log(
  values.json
    ? JSON.stringify({
        schema: "eventstream/bench-relay",
        version: 2,
        mitmproxy: mitmproxy ?? null,
        rounds,
        calls,
        megabytes,
        streams,
        candidates: [...figures.values()],
      })
    : report([...figures.values()], { mitmproxy, rounds, calls, megabytes, streams }),
);
