import type { DecodeOptions } from "@eventstream-kit/codec";
import { decodeMessage, encodeMessage } from "@eventstream-kit/codec";
import type { Contest, Form, Side, Target } from "./contest.ts";
import type { Workload } from "./messages.ts";
import { workloads } from "./messages.ts";
import { readOurs, readSmithy } from "./reading.ts";
import type { Smithy } from "./smithy.ts";
import { generations, plainOfOurs, plainOfSmithy } from "./smithy.ts";

const targets: Readonly<Record<string, Target>> = {
  "token, 3 headers, 120 bytes": { goal: 7, floor: 4.5 },
  "token and a unique id": { goal: 3, floor: 2.2 },
  "10 headers of all types": { goal: 3.5, floor: 2.5 },
  "1 KB": { goal: 3.5, floor: 2.5 },
  "16 KB": { goal: 3, floor: 2.2 },
  "64 KB": { goal: 2.5, floor: 1.9 },
  "1 MB": { goal: 2.2, floor: 1.7 },
  "6 MB": { goal: 1.5, floor: 1.2 },
};

/** Decodes the frames in turn and reads each message. */
function runner(frames: readonly Uint8Array[], decodeAndRead: (frame: Uint8Array) => number): Side["run"] {
  let next = 0;
  return (times) => {
    let sum = 0;
    for (let i = 0; i < times; i++) {
      sum += decodeAndRead(frames[next]!);
      next = next + 1 === frames.length ? 0 : next + 1;
    }
    return sum;
  };
}

type Frames = readonly Uint8Array[];

function ours(name: string, frames: Frames, names: readonly string[], options?: DecodeOptions, target?: Target): Form {
  return {
    name,
    ...(target && { target }),
    result: () => frames.slice(0, 64).map((frame) => plainOfOurs(decodeMessage(frame, options))),
    run: runner(frames, (frame) => readOurs(decodeMessage(frame, options), names)),
  };
}

function rival({ name, codec }: Smithy, frames: Frames, names: readonly string[]): Side {
  return {
    name,
    result: () => frames.slice(0, 64).map((frame) => plainOfSmithy(codec.decode(frame))),
    run: runner(frames, (frame) => readSmithy(codec.decode(frame), names)),
  };
}

function contest(workload: Workload): Contest {
  const frames = workload.messages.map((message) => encodeMessage(message));
  const names = Object.keys(workload.messages[0]!.headers);
  return {
    name: `decode ${workload.name}`,
    bytes: frames[0]!.length,
    forms: [
      // Payloads of Smithy are views of the frame, too.
      ours("payload: view", frames, names, { payload: "view" }, targets[workload.name]),
      ours("default", frames, names),
    ],
    rivals: generations.map((generation) => rival(generation, frames, names)),
  };
}

export const decodeContests: readonly Contest[] = workloads.map(contest);
