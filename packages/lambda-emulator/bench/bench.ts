/**
 * `npm run bench`: the emulator on a socket against two servers on plain node:http, each in a process of its own, in
 * alternating rounds. Medians of the rounds; what counts are the ratios.
 */
import { createHash } from "node:crypto";
import process from "node:process";
import { parseArgs } from "node:util";
import { decodeEvents } from "@eventstream-kit/codec";
import type { CandidateName } from "./candidates.ts";
import { startServer } from "./measured-server.ts";
import type { MeasuredServer } from "./measured-server.ts";
import { RawClient } from "./raw-client.ts";
import { formatReport } from "./report.ts";
import type { Row } from "./report.ts";
import { readSlowly } from "./slow-reader.ts";
import { targetOf, workloads } from "./workload.ts";
import type { Workload } from "./workload.ts";

const { values } = parseArgs({
  options: {
    json: { type: "boolean", default: false },
    rounds: { type: "string", default: "11" },
    ms: { type: "string", default: "300" },
    warm: { type: "string", default: "15000" },
    help: { type: "boolean", short: "h", default: false },
  },
});
if (values.help) {
  console.log(`Usage: npm run bench -w @eventstream-kit/lambda-emulator -- [options]

  --rounds <n>  rounds, of which the medians are taken (default 11)
  --ms <n>      milliseconds of a round (default 300)
  --warm <n>    requests of each kind to each server before anything is timed (default 15000)
  --json        the figures as JSON

Example, in a few seconds: npm run bench -w @eventstream-kit/lambda-emulator -- --rounds 3 --ms 100`);
  process.exit(0);
}
const rounds = Number(values.rounds);
const ms = Number(values.ms);
const names = ["emulator", "bare", "smithy"] as const satisfies readonly CandidateName[];

/** One figure of every server in every round. */
type Figures = Record<CandidateName, number[]>;

const servers = await Promise.all(names.map((name) => startServer(name)));
try {
  for (const workload of Object.values(workloads)) await checkEqual(workload);
  for (const server of servers) await warmUp(server);
  const rows: Row[] = [];
  for (const workload of [workloads.tokens, workloads.list]) {
    for (const connections of [1, 64, 512]) rows.push(...(await throughput(workload, connections)));
  }
  rows.push(...(await bandwidth()), ...(await firstByte()), ...(await slowReader()));
  console.log(
    values.json ? JSON.stringify({ node: process.version, rounds, ms, rows }, undefined, 2) : formatReport(rows),
  );
} finally {
  await Promise.all(servers.map((server) => server.stop()));
}

/** Nothing is timed before all have answered the same events. */
async function checkEqual(workload: Workload): Promise<void> {
  const digests = new Set<string>();
  for (const { port } of servers) {
    const response = await fetch(`http://127.0.0.1:${port}${targetOf(workload)}`, { method: "POST", body: "{}" });
    const hash = createHash("sha256");
    let count = 0;
    let bytes = 0;
    for await (const { name, contentType, payload } of decodeEvents(response)) {
      hash.update(`${name} ${contentType} ${payload.length}\n`).update(payload);
      count++;
      if (name === "PayloadChunk") bytes += payload.length;
    }
    if (count !== workload.chunks + 1 || bytes !== workload.bytes) {
      throw new Error(`${workload.name}: found ${count} events of ${bytes} bytes, expected ${workload.chunks + 1}`);
    }
    digests.add(hash.digest("hex"));
  }
  if (digests.size !== 1) throw new Error(`${workload.name}: the servers do not answer the same events`);
}

/** V8 compiles what runs often, and takes thousands of requests to be done with it. */
async function warmUp(server: MeasuredServer): Promise<void> {
  for (const workload of [workloads.tokens, workloads.list]) {
    const client = new RawClient(server.port, workload);
    await client.connect(64);
    for (let left = Number(values.warm); left > 0;) {
      left -= (await client.load(500)).responses;
      await server.forget();
    }
    client.close();
  }
}

/** Runs each server once a round, in turn. */
async function alternate(run: (server: MeasuredServer) => Promise<void>): Promise<void> {
  for (let round = 0; round < rounds; round++) {
    for (const server of servers) await run(server);
  }
}

async function throughput(workload: Workload, connections: number): Promise<Row[]> {
  const rates: Figures = { emulator: [], bare: [], smithy: [] };
  const costs: Figures = { emulator: [], bare: [], smithy: [] };
  await alternate(async (server) => {
    await server.forget();
    const client = new RawClient(server.port, workload);
    await client.connect(connections);
    // What a server makes for a connection it makes when it comes, or with its first request.
    await client.load(0);
    const before = await server.usage();
    const { responses, ms: took } = await client.load(ms);
    const after = await server.usage();
    client.close();
    rates[server.name].push((responses / took) * 1000);
    costs[server.name].push((after.cpu - before.cpu) / responses);
  });
  const chunks = workload === workloads.list ? "a list of 10 texts" : "10 chunks of a generator";
  const at = `${connections} connection${connections === 1 ? "" : "s"}`;
  return [
    { what: `${chunks}, ${at}`, unit: "requests/s", figures: medians(rates), better: "more", goal: { ratio: 0.8 } },
    { what: `the same, processor`, unit: "µs/request", figures: medians(costs), better: "less" },
  ];
}

async function bandwidth(): Promise<Row[]> {
  const rates: Figures = { emulator: [], bare: [], smithy: [] };
  await alternate(async (server) => {
    await server.forget();
    const client = new RawClient(server.port, workloads.bulk);
    await client.connect(1);
    const { responses, ms: took } = await client.load(0);
    client.close();
    rates[server.name].push((responses * workloads.bulk.bytes) / 1e6 / (took / 1000));
  });
  return [
    {
      what: "200 MiB in chunks of 64 KiB",
      unit: "MB/s",
      figures: medians(rates),
      better: "more",
      goal: { ratio: 0.8 },
    },
  ];
}

async function firstByte(): Promise<Row[]> {
  const halves: Figures = { emulator: [], bare: [], smithy: [] };
  const worst: Figures = { emulator: [], bare: [], smithy: [] };
  await alternate(async (server) => {
    await server.forget();
    const client = new RawClient(server.port, workloads.tokens);
    await client.connect(1);
    const times = (await client.firstBytes(1000)).sort((one, other) => one - other);
    client.close();
    halves[server.name].push(times[Math.floor(times.length * 0.5)]!);
    worst[server.name].push(times[Math.floor(times.length * 0.99)]!);
  });
  const what = "first byte of the body, 1 connection";
  return [
    { what: `${what}, p50`, unit: "ms", figures: medians(halves), better: "less", goal: { more: 1 } },
    { what: `${what}, p99`, unit: "ms", figures: medians(worst), better: "less" },
  ];
}

/** In new processes, so that nothing before has made the memory large. */
async function slowReader(): Promise<Row[]> {
  const growth: Figures = { emulator: [], bare: [], smithy: [] };
  const ahead: Figures = { emulator: [], bare: [], smithy: [] };
  for (const name of names) {
    const server = await startServer(name);
    const read = await readSlowly(server, workloads.bulk);
    await server.stop();
    growth[name].push(read.rssGrowth / 2 ** 20);
    ahead[name].push(read.ahead / 2 ** 20);
  }
  const what = "200 MiB to a slow reader";
  return [
    { what: `${what}: memory`, unit: "MiB more", figures: medians(growth), better: "less", goal: { most: 64 } },
    { what: `${what}: ahead of it`, unit: "MiB", figures: medians(ahead), better: "less", goal: { most: 16 } },
  ];
}

function median(all: number[]): number {
  return all.sort((one, other) => one - other)[Math.floor(all.length / 2)]!;
}

function medians(figures: Figures): Record<CandidateName, number> {
  return { emulator: median(figures.emulator), bare: median(figures.bare), smithy: median(figures.smithy) };
}
