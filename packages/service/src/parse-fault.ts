import { checkFault } from "./check-fault.ts";
import { ServiceError } from "./errors.ts";
import type { Fault, Place } from "./fault.ts";

/** What follows a kind's name, how it reads, and examples for the error. */
interface Form {
  readonly pattern: RegExp;
  readonly read: (match: RegExpExecArray) => Fault;
  readonly examples: readonly string[];
}

const units = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 } as const;

const forms: { readonly [kind in Fault["kind"]]: Form } = {
  status: {
    pattern: /^:(\d+)(?::([^:\s]+)(?::(.+))?)?$/s,
    read: ([, status, name, message]) => ({
      kind: "status",
      status: Number(status),
      ...(name === undefined ? {} : { name }),
      ...(message === undefined ? {} : { message }),
    }),
    examples: ["status:503", "status:429:TooManyRequestsException"],
  },
  reset: pointForm("reset"),
  eof: pointForm("eof"),
  stall: {
    pattern: /^@(frame|byte):(\d+):(\d+(?:\.\d+)?)(ms|s|m|h)$/,
    read: ([, unit, index, amount, scale]) => ({
      kind: "stall",
      at: place(unit, index),
      // 1.005 * 1000 is 1004.9999999999999: back to the digits that were written.
      ms: Number((Number(amount) * units[scale as keyof typeof units]).toFixed(6)),
    }),
    examples: ["stall@frame:4:30s", "stall@byte:300:250ms"],
  },
  truncate: {
    pattern: /^@frame:(\d+)\+(\d+)$/,
    read: ([, frame, bytes]) => ({ kind: "truncate", frame: Number(frame), bytes: Number(bytes) }),
    examples: ["truncate@frame:3+5"],
  },
  corrupt: {
    pattern: /^@frame:(\d+):(?:payload:(\d+)|(prelude-crc|message-crc|header-len))$/,
    read: ([, frame, offset, part]) =>
      part === undefined
        ? { kind: "corrupt", frame: Number(frame), part: "payload", offset: Number(offset) }
        : { kind: "corrupt", frame: Number(frame), part: part as "prelude-crc" | "message-crc" | "header-len" },
    examples: [
      "corrupt@frame:2:payload:0",
      "corrupt@frame:2:prelude-crc",
      "corrupt@frame:2:message-crc",
      "corrupt@frame:2:header-len",
    ],
  },
  drop: frameForm("drop"),
  dup: frameForm("dup"),
  exception: messageForm("exception", "ThrottlingException"),
  error: messageForm("error", "InternalFailure"),
  "omit-complete": { pattern: /^$/, read: () => ({ kind: "omit-complete" }), examples: ["omit-complete"] },
  rechunk: {
    pattern: /^:(\d+)$/,
    read: ([, bytes]) => ({ kind: "rechunk", bytes: Number(bytes) }),
    examples: ["rechunk:1"],
  },
  merge: { pattern: /^$/, read: () => ({ kind: "merge" }), examples: ["merge"] },
  bandwidth: {
    pattern: /^:(\d+)$/,
    read: ([, bytes]) => ({ kind: "bandwidth", bytesPerSecond: Number(bytes) }),
    examples: ["bandwidth:1024"],
  },
};

/**
 * Reads one fault from its text form, see {@link Fault}.
 *
 * @throws ServiceError `fault_syntax` for text that is no fault, `fault_range` for a number that cannot be.
 */
export function parseFault(text: string): Fault {
  const [kind] = /^[a-z-]*/.exec(text) ?? [""];
  if (!Object.hasOwn(forms, kind))
    throw syntax(
      text,
      Object.values(forms).flatMap((form) => form.examples),
    );
  const form = forms[kind as Fault["kind"]];
  const match = form.pattern.exec(text.slice(kind.length));
  if (!match) throw syntax(text, form.examples);
  return checkFault(form.read(match));
}

function pointForm(kind: "reset" | "eof"): Form {
  return {
    pattern: /^(?:@(frame|byte):(\d+))?$/,
    read: ([, unit, index]) => ({ kind, at: unit === undefined ? { byte: 0 } : place(unit, index) }),
    examples: [kind, `${kind}@frame:2`, `${kind}@byte:300`],
  };
}

function frameForm(kind: "drop" | "dup"): Form {
  return {
    pattern: /^@frame:(\d+)$/,
    read: ([, frame]) => ({ kind, frame: Number(frame) }),
    examples: [`${kind}@frame:2`],
  };
}

function messageForm(kind: "exception" | "error", example: string): Form {
  return {
    pattern: /^@frame:(\d+):([^:\s]+)(?::(.+))?$/s,
    read: ([, frame, name, message]) => ({
      kind,
      frame: Number(frame),
      name: name!,
      ...(message === undefined ? {} : { message }),
    }),
    examples: [`${kind}@frame:2:${example}`],
  };
}

function place(unit: string | undefined, index: string | undefined): Place {
  return unit === "frame" ? { frame: Number(index) } : { byte: Number(index) };
}

function syntax(text: string, examples: readonly string[]): ServiceError {
  const like = examples.length === 1 ? "something like" : "one like";
  return new ServiceError(
    "fault_syntax",
    `Could not read the fault ${JSON.stringify(text)}; expected ${like} ${examples.join(", ")}`,
  );
}
