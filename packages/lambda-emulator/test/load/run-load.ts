import http from "node:http";
import process from "node:process";
import { decodeEvents } from "@eventstream-kit/codec";
import { serve } from "@eventstream-kit/service/node";
import { createLambda } from "../../src/index.ts";
import type { EmulatedLambda } from "../../src/index.ts";
import { seeded } from "../seeded.ts";

export interface LoadOptions {
  /** Streams that are open at the same time. */
  readonly streams: number;
  /** Chunks of each. */
  readonly chunks: number;
  /** The part of the clients that leave in the middle, from 0 to 1. */
  readonly aborts: number;
  readonly seed: number;
}

/** What a load left behind. */
export interface LoadSummary {
  readonly streams: number;
  /** Streams that were read to their end, with every chunk in its place. */
  readonly whole: number;
  /** Streams whose client left in the middle, as it meant to, with every chunk before that in its place. */
  readonly left: number;
  /** Chunks that were lost, mixed up with others', or out of order. */
  readonly wrong: readonly string[];
  /** The most streams that were open at one time, as the functions saw it. */
  readonly mostOpen: number;
  /** What became of the invocations, by `outcome` and `delivery`. */
  readonly invocations: Readonly<Record<string, number>>;
  /** Handles of the process that were not there before, once the server is closed. */
  readonly leakedHandles: readonly string[];
  /** Memory in use after garbage collection, in bytes, more than before. Absent without `--expose-gc`. */
  readonly heapGrowth: number | undefined;
}

/**
 * Streams to many clients at once, of which some leave in the middle. All functions wait for the last client to have begun, so
 * that no stream is over before the others are open.
 */
export async function runLoad({ streams, chunks, aborts, seed }: LoadOptions): Promise<LoadSummary> {
  const handles = handleCounts();
  const heap = await heapUsed();
  let open = 0;
  let mostOpen = 0;
  let allOpen!: () => void;
  const everybody = new Promise<void>((resolve) => (allOpen = resolve));
  const lambda = createLambda({
    functions: {
      count: {
        timeout: 900,
        handler: async function* ({ client }: { client: number }) {
          yield text(client, 0);
          open++;
          mostOpen = Math.max(mostOpen, open);
          if (open === streams) allOpen();
          await everybody;
          for (let index = 1; index < chunks; index++) {
            yield text(client, index);
            // Every stream has its turn after each chunk.
            await new Promise(setImmediate);
          }
          open--;
        },
      },
    },
  });
  const random = seeded(seed);
  const plans = Array.from({ length: streams }, () =>
    random() < aborts ? 1 + Math.floor(random() * (chunks - 1)) : Number.POSITIVE_INFINITY,
  );
  const wrong: string[] = [];
  const server = await serve(lambda);
  const agent = new http.Agent({ maxSockets: Number.POSITIVE_INFINITY });
  const ends = await Promise.all(
    plans.map((leaveAfter, client) =>
      readStream({ port: server.port, agent, client, chunks, leaveAfter }, (what) => wrong.push(what)),
    ),
  );
  await Promise.all(lambda.invocations.flatMap(({ ended, delivered }) => [ended, delivered]));
  const invocations = tally(lambda);
  lambda.reset();
  agent.destroy();
  await server.close();
  return {
    streams,
    whole: ends.filter((end) => end === "whole").length,
    left: ends.filter((end) => end === "left").length,
    wrong,
    mostOpen,
    invocations,
    leakedHandles: await leaked(handles),
    heapGrowth: heap === undefined ? undefined : (await heapUsed())! - heap,
  };
}

function text(client: number, index: number): string {
  return `client ${client} chunk ${index} `.padEnd(200, String(client % 10));
}

interface Reading {
  readonly port: number;
  readonly agent: http.Agent;
  readonly client: number;
  readonly chunks: number;
  /** Chunks after which this client goes away. */
  readonly leaveAfter: number;
}

async function readStream(
  { port, agent, client, chunks, leaveAfter }: Reading,
  wrong: (what: string) => void,
): Promise<"whole" | "left" | "broken"> {
  const path = "/2021-11-15/functions/count/response-streaming-invocations";
  const request = http.request({ port, host: "127.0.0.1", agent, path, method: "POST" });
  request.end(JSON.stringify({ client }));
  const response = await new Promise<http.IncomingMessage>((resolve, reject) => {
    request.once("response", resolve).once("error", reject);
  });
  // Who leaves gets an error for it.
  for (const end of [request, response]) end.on("error", () => {});
  let index = 0;
  for await (const event of decodeEvents(response)) {
    if (event.name === "InvokeComplete") {
      if (index !== chunks || event.text() !== "{}") wrong(`client ${client}: ${index} chunks, then ${event.text()}`);
      return "whole";
    }
    if (event.text() !== text(client, index)) wrong(`client ${client} got ${event.text()} as chunk ${index}`);
    if (++index === leaveAfter) {
      request.destroy();
      return "left";
    }
  }
  wrong(`client ${client}: the stream ended after ${index} chunks`);
  return "broken";
}

function tally({ invocations }: EmulatedLambda): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { outcome, delivery } of invocations) {
    const key = `${outcome?.kind} ${delivery}`;
    counts[key] = (counts[key] ?? 0) + 1;
  }
  return counts;
}

function handleCounts(): Map<string, number> {
  const counts = new Map<string, number>();
  for (const kind of process.getActiveResourcesInfo()) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  return counts;
}

/** Closing takes a few turns of the event loop; what is still there after many is leaked. */
async function leaked(before: Map<string, number>): Promise<string[]> {
  let more: string[] = [];
  for (let turn = 0; turn < 200; turn++) {
    await new Promise(setImmediate);
    more = [...handleCounts()]
      .filter(([kind, count]) => /TCP|Timeout|Pipe/.test(kind) && count > (before.get(kind) ?? 0))
      .map(([kind, count]) => `${count - (before.get(kind) ?? 0)} ${kind}`);
    if (more.length === 0) break;
  }
  return more;
}

async function heapUsed(): Promise<number | undefined> {
  if (globalThis.gc === undefined) return undefined;
  globalThis.gc();
  // What the sockets of a thousand closed connections had outside of the heap is given back in the next turn: 28 MiB.
  await new Promise(setImmediate);
  globalThis.gc();
  const { heapUsed: used, external } = process.memoryUsage();
  return used + external;
}
