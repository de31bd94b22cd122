import type { DecodeOptions, Message } from "@eventstream-kit/codec";
import { decodeStream, encodeMessage, MessageDecoder } from "@eventstream-kit/codec";
import { getChunkedStream, MessageDecoderStream } from "@smithy/core/event-streams";
import { createHash } from "node:crypto";
import type { Contest, Form, Side, Target } from "./contest.ts";
import type { Workload } from "./messages.ts";
import { kilobyte, kilobytes16, kilobytes64, megabyte, tokens } from "./messages.ts";
import { readOurs, readSmithy } from "./reading.ts";
import type { Smithy, SmithyMessage } from "./smithy.ts";
import { generations, plainOfOurs, plainOfSmithy } from "./smithy.ts";

/** A stream of at least so many bytes, cut into Buffers as a socket would. */
function chunksOf({ messages }: Workload, size: number, step: number): { chunks: Uint8Array[]; count: number } {
  const frames = messages.map((message) => encodeMessage(message));
  const stream = [];
  for (let length = 0; length < size; length += stream.at(-1)!.length) {
    stream.push(frames[stream.length % frames.length]!);
  }
  const bytes = Buffer.concat(stream);
  const chunks = Array.from({ length: Math.ceil(bytes.length / step) }, (_, i) =>
    bytes.subarray(i * step, (i + 1) * step),
  );
  return { chunks, count: stream.length };
}

/** Gives chunks as cheaply as something asynchronous can. */
export function asyncSource(chunks: Iterable<Uint8Array>): AsyncIterable<Uint8Array> {
  return {
    [Symbol.asyncIterator]() {
      const iterator = chunks[Symbol.iterator]();
      return { next: () => Promise.resolve(iterator.next()) };
    },
  };
}

/** What is in a stream, told in a few characters. */
function digest(seen: readonly unknown[]): string {
  return createHash("sha256").update(JSON.stringify(seen)).digest("hex");
}

type Chunks = readonly Uint8Array[];
type Names = readonly string[];

function pushed(name: string, chunks: Chunks, names: Names, options: DecodeOptions, target?: Target): Form {
  const each = (use: (message: Message) => void) => {
    const decoder = new MessageDecoder(options);
    for (const chunk of chunks) for (const message of decoder.push(chunk)) use(message);
    decoder.finish();
  };
  return {
    name,
    ...(target && { target }),
    result() {
      const seen: unknown[] = [];
      each((message) => seen.push(plainOfOurs(message)));
      return digest(seen);
    },
    run(times) {
      let sum = 0;
      for (let i = 0; i < times; i++) {
        const decoder = new MessageDecoder(options);
        for (const chunk of chunks) for (const message of decoder.push(chunk)) sum += readOurs(message, names);
        decoder.finish();
      }
      return sum;
    },
  };
}

function awaited(name: string, chunks: Chunks, names: Names, options: DecodeOptions, target?: Target): Form {
  return {
    name,
    ...(target && { target }),
    async result() {
      const seen: unknown[] = [];
      for await (const message of decodeStream(asyncSource(chunks), options)) seen.push(plainOfOurs(message));
      return digest(seen);
    },
    async run(times) {
      let sum = 0;
      for (let i = 0; i < times; i++) {
        for await (const message of decodeStream(asyncSource(chunks), options)) sum += readOurs(message, names);
      }
      return sum;
    },
  };
}

/** The decoder of a generation behind the chunk assembler of today, which has not changed between them. */
export function smithyStream(chunks: Iterable<Uint8Array>, { codec }: Smithy): AsyncIterable<SmithyMessage> {
  const inputStream = getChunkedStream(asyncSource(chunks));
  return new MessageDecoderStream({ inputStream, decoder: codec as never });
}

function rival(generation: Smithy, chunks: Chunks, names: Names): Side {
  return {
    name: generation.name,
    async result() {
      const seen: unknown[] = [];
      for await (const message of smithyStream(chunks, generation)) seen.push(plainOfSmithy(message));
      return digest(seen);
    },
    async run(times) {
      let sum = 0;
      for (let i = 0; i < times; i++) {
        for await (const message of smithyStream(chunks, generation)) sum += readSmithy(message, names);
      }
      return sum;
    },
  };
}

interface Targets {
  readonly push?: Target;
  readonly await?: Target;
}

function contest(workload: Workload, step: number, size: number, targets: Targets = {}): Contest {
  const { chunks, count } = chunksOf(workload, size, step);
  const names = Object.keys(workload.messages[0]!.headers);
  const label = step < 10_000 ? `${step.toLocaleString("en")}-byte` : `${step / 1024} KB`;
  return {
    name: `stream ${workload.name} in ${label} chunks`,
    bytes: chunks.reduce((sum, { length }) => sum + length, 0),
    messages: count,
    forms: [
      pushed("push, view", chunks, names, { payload: "view" }, targets.push),
      pushed("push", chunks, names, {}),
      awaited("for await, view", chunks, names, { payload: "view" }, targets.await),
      awaited("for await", chunks, names, {}),
    ],
    rivals: generations.map((generation) => rival(generation, chunks, names)),
  };
}

const KiB = 1024;
const MiB = 1024 * KiB;
const tiny = { push: { goal: 6, floor: 4 }, await: { goal: 1.8, floor: 1.3 } };
const packets = { push: { goal: 13, floor: 9 }, await: { goal: 10, floor: 7 } };
const large = { push: { goal: 22, floor: 14 }, await: { goal: 14, floor: 9 } };
const joined = { push: { goal: 1.4, floor: 1.1 }, await: { goal: 1.4, floor: 1.1 } };

export const streamContests: readonly Contest[] = [
  contest(tokens, 1, 100 * KiB, tiny),
  contest(tokens, 7, 300 * KiB, tiny),
  contest(tokens, 1400, MiB, packets),
  contest(tokens, 16 * KiB, MiB, large),
  contest(tokens, 64 * KiB, MiB, large),
  contest(kilobyte, 1400, 2 * MiB),
  contest(kilobytes16, 1400, 8 * MiB, joined),
  contest(kilobytes16, 16 * KiB, 8 * MiB, joined),
  contest(kilobytes16, 64 * KiB, 8 * MiB, { push: { goal: 3.3, floor: 2.3 }, await: { goal: 3.3, floor: 2.3 } }),
  contest(kilobytes64, 16 * KiB, 16 * MiB, joined),
  contest(kilobytes64, 64 * KiB, 16 * MiB, joined),
  contest(megabyte, 64 * KiB, 16 * MiB, joined),
];
