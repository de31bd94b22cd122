import { checkFault } from "./check-fault.ts";
import type { Fault, Place } from "./fault.ts";

/**
 * The text form of a fault: `parseFault(formatFault(fault))` is the same fault.
 *
 * @throws ServiceError `fault_range` for a fault that cannot be.
 */
export function formatFault(fault: Fault): string {
  checkFault(fault);
  switch (fault.kind) {
    case "status":
      return `status:${String(fault.status)}${tail(fault.name)}${tail(fault.message)}`;
    case "reset":
    case "eof":
      return "byte" in fault.at && fault.at.byte === 0 ? fault.kind : `${fault.kind}@${place(fault.at)}`;
    case "stall":
      return `stall@${place(fault.at)}:${fault.ms % 1000 === 0 ? `${String(fault.ms / 1000)}s` : `${String(fault.ms)}ms`}`;
    case "truncate":
      return `truncate@frame:${String(fault.frame)}+${String(fault.bytes)}`;
    case "corrupt":
      return `corrupt@frame:${String(fault.frame)}:${fault.part === "payload" ? `payload:${String(fault.offset)}` : fault.part}`;
    case "drop":
    case "dup":
      return `${fault.kind}@frame:${String(fault.frame)}`;
    case "exception":
    case "error":
      return `${fault.kind}@frame:${String(fault.frame)}:${fault.name}${tail(fault.message)}`;
    case "rechunk":
      return `rechunk:${String(fault.bytes)}`;
    case "bandwidth":
      return `bandwidth:${String(fault.bytesPerSecond)}`;
    case "omit-complete":
    case "merge":
      break;
  }
  return fault.kind;
}

function tail(text: string | undefined): string {
  return text === undefined ? "" : `:${text}`;
}

function place(at: Place): string {
  return "frame" in at ? `frame:${String(at.frame)}` : `byte:${String(at.byte)}`;
}
