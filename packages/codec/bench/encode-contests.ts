import { encodeMessage } from "@eventstream-kit/codec";
import type { Contest, Form, Side, Target } from "./contest.ts";
import type { Workload } from "./messages.ts";
import { workloads } from "./messages.ts";
import type { Smithy } from "./smithy.ts";
import { generations, smithyMessages } from "./smithy.ts";

const frames = (encoded: readonly Uint8Array[]) => encoded.map((frame) => Buffer.from(frame).toString("hex"));

/** Encodes the messages in turn, and looks at the first byte of each checksum. */
function side<M>(name: string, messages: readonly M[], encode: (message: M) => Uint8Array, target?: Target): Form {
  let next = 0;
  return {
    name,
    ...(target && { target }),
    result: () => frames(messages.slice(0, 64).map(encode)),
    run(times) {
      let sum = 0;
      for (let i = 0; i < times; i++) {
        const frame = encode(messages[next]!);
        next = next + 1 === messages.length ? 0 : next + 1;
        sum += frame[frame.length - 4]!;
      }
      return sum;
    },
  };
}

interface EncodeTargets {
  readonly own?: Target;
}

const targets: Readonly<Record<string, EncodeTargets>> = {
  "token, 3 headers, 120 bytes": { own: { goal: 5, floor: 3.5 } },
  "16 KB": { own: { goal: 1.7, floor: 1.3 } },
  "64 KB": { own: { goal: 1.7, floor: 1.3 } },
  "1 MB": { own: { goal: 1.7, floor: 1.3 } },
};

function rival(workload: Workload, generation: Smithy): Side {
  const { name, codec } = generation;
  return side(name, smithyMessages(workload, generation), (message) => codec.encode(message as never));
}

function contest(workload: Workload): Contest {
  const { own } = targets[workload.name] ?? {};
  const { messages } = workload;
  return {
    name: `encode ${workload.name}`,
    bytes: encodeMessage(messages[0]!).length,
    forms: [side("encodeMessage", messages, (message) => encodeMessage(message), own)],
    rivals: generations.map((generation) => rival(workload, generation)),
  };
}

export const encodeContests: readonly Contest[] = workloads.map(contest);
