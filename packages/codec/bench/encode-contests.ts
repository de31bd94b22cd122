import type { MessageInput } from "@eventstream-kit/codec";
import { encodeInto, encodeMessage, encodeMessages, encodeParts, MessageHeaders } from "@eventstream-kit/codec";
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
  /** Into memory of its own. */
  readonly own?: Target;
  /** Into memory that is there already. */
  readonly shared?: Target;
  /** Without a copy of the payload. */
  readonly parts?: Target;
}

const large: EncodeTargets = { own: { goal: 1.7, floor: 1.3 }, parts: { goal: 4.5, floor: 3 } };
const targets: Readonly<Record<string, EncodeTargets>> = {
  "token, 3 headers, 120 bytes": { own: { goal: 5, floor: 3.5 }, shared: { goal: 20, floor: 12 } },
  "token and a unique id": { shared: { goal: 8, floor: 5 } },
  "10 headers of all types": { shared: { goal: 12, floor: 8 } },
  "1 KB": { shared: { goal: 7, floor: 5 } },
  "16 KB": large,
  "64 KB": large,
  "1 MB": large,
};

function rival(workload: Workload, generation: Smithy): Side {
  const { name, codec } = generation;
  return side(name, smithyMessages(workload, generation), (message) => codec.encode(message as never));
}

type Messages = Workload["messages"];

const target = new Uint8Array(7 * 1024 * 1024);

function into(name: string, messages: readonly MessageInput[], bound?: Target): Form {
  return {
    ...side(name, messages, (message) => target.slice(0, encodeInto(message, target)), bound),
    run(times) {
      let sum = 0;
      for (let i = 0; i < times; i++) {
        const length = encodeInto(messages[i % messages.length]!, target);
        sum += target[length - 4]!;
      }
      return sum;
    },
  };
}

/** All messages at once: `times` counts them, not the batches. */
function batch(messages: readonly MessageInput[], bound?: Target): Form {
  const size = Math.min(64, messages.length);
  let next = 0;
  return {
    name: "encodeMessages",
    ...(bound && { target: bound }),
    result: () => messages.slice(0, 64).map((message) => Buffer.from(encodeMessages([message])).toString("hex")),
    run(times) {
      let sum = 0;
      for (let i = 0; i < times; i += size) {
        const bytes = encodeMessages(messages.slice(next, next + Math.min(size, times - i)));
        next = next + 2 * size > messages.length ? 0 : next + size;
        sum += bytes[bytes.length - 4]!;
      }
      return sum;
    },
  };
}

function parts(messages: Messages, bound?: Target): Form {
  return {
    ...side("encodeParts", messages, (message) => Buffer.concat([...encodeParts(message)]), bound),
    run(times) {
      let sum = 0;
      for (let i = 0; i < times; i++) {
        const [head, , trailer] = encodeParts(messages[i % messages.length]!);
        sum += head[0]! + trailer[0]!;
      }
      return sum;
    },
  };
}

/** The same, with the headers of all messages made once. */
function prepared(messages: Messages): readonly MessageInput[] | undefined {
  const { headers } = messages[0]!;
  if (!messages.every((message) => message.headers === headers)) return undefined;
  const made = new MessageHeaders(headers);
  return messages.map(({ payload }) => ({ headers: made, payload }));
}

function contest(workload: Workload): Contest {
  const { own, shared, parts: apart } = targets[workload.name] ?? {};
  const { messages } = workload;
  const bytes = encodeMessage(messages[0]!).length;
  const again = prepared(messages);
  return {
    name: `encode ${workload.name}`,
    bytes,
    forms: [
      side("encodeMessage", messages, (message) => encodeMessage(message), own),
      into("encodeInto", messages, shared),
      ...(again ? [into("encodeInto, headers made once", again, shared)] : []),
      ...(bytes < 64_000 ? [batch(again ?? messages, shared)] : []),
      ...(bytes > 8192 ? [parts(messages, apart)] : []),
    ],
    rivals: generations.map((generation) => rival(workload, generation)),
  };
}

export const encodeContests: readonly Contest[] = workloads.map(contest);
