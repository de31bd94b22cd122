import { messageFromJson } from "@eventstream-kit/codec";
import type { Message } from "@eventstream-kit/codec";
import type { CreateHash } from "./body-hash.ts";
import { portableSha256 } from "./body-hash.ts";
import { CassetteError } from "./errors.ts";
import type { Line } from "./line.ts";
import { countMember, memberName, notationError, wrongMember } from "./line.ts";
import type { ReadPayloadFile } from "./payload-file.ts";
import { hashInPath, hashOf } from "./payload-file.ts";
import { closedPayload, payloadFromMembers } from "./payload-notation.ts";

/** How lines get at payloads that are in files of their own. */
export interface PayloadAccess {
  /** Default: there are no such files. */
  readonly readFile?: ReadPayloadFile | undefined;
  /** For checking them. Default: a portable one. */
  readonly sha256?: CreateHash | undefined;
}

/** The body of a `req` line, the bytes of a `raw` one. */
export function readBody(line: Line, access: PayloadAccess = {}): Uint8Array {
  if (line.members["file"] !== undefined) return readFromFile(line, access);
  try {
    return payloadFromMembers(line.members);
  } catch (error) {
    throw notationError(line, error);
  }
}

/** The message of a `frame` line. */
export function readMessage(line: Line, access: PayloadAccess): Message {
  try {
    if (line.members["file"] === undefined) return messageFromJson(closedPayload(line.members));
    const payload = readFromFile(line, access);
    const { file: _, bytes: __, ...others } = line.members;
    return { headers: messageFromJson({ ...others, text: "" }).headers, payload };
  } catch (error) {
    throw notationError(line, error);
  }
}

function readFromFile(line: Line, { readFile, sha256 = portableSha256 }: PayloadAccess): Uint8Array {
  const { file } = line.members;
  const other = ["json", "text", "b64"].find((member) => line.members[member] !== undefined);
  if (other !== undefined) throw wrongMember(line, other, line.members[other], "nothing beside file");
  const hash = hashInPath(file);
  if (hash === undefined) throw wrongMember(line, "file", file, "<cassette>.d/<64 hex digits>.bin");
  const size = countMember(line, "bytes");
  if (!readFile)
    throw wrongMember(line, "file", file, "json, text or b64: where only a text is read, there are no files");
  let payload: Uint8Array;
  try {
    payload = readFile(file as string);
  } catch (cause) {
    const { code, message } = cause as { readonly code?: string; readonly message?: string };
    throw misfit(line, "file", `reading ${String(file)} failed: ${code ?? message ?? "no reason given"}`, cause);
  }
  if (payload.length !== size) {
    throw misfit(line, "bytes", `${String(file)} has ${String(payload.length)}; expected ${String(size)}`);
  }
  const actual = hashOf(payload, sha256);
  if (actual !== hash)
    throw misfit(line, "file", `${String(file)} has the SHA-256 ${actual}; expected that of its name`);
  return payload;
}

function misfit(line: Line, member: string, problem: string, cause?: unknown): CassetteError {
  const field = memberName(line, member);
  return new CassetteError("integrity", `Cassette line ${String(line.number)}: ${field}: ${problem}`, {
    line: line.number,
    field,
    cause,
  });
}
