import { crc32Range } from "./crc32-range.ts";
import type { FrameWriter, WrittenHeaders } from "./frame-writer.ts";
import type { SizeLimits } from "./limits.ts";
import type { HeaderInput, HeaderValue } from "./types.ts";
import { writeHeader, writeTyped } from "./write-header.ts";

/** How many records are kept. A stream has a handful. */
const slots = 8;
/** So many records that were not known, one after the other, make it likely that the next is not known either. */
const patience = 16;

/** A header as it was given, and where it ends in the block. */
interface Given {
  readonly name: string;
  /** Undefined for what could be changed, such as bytes. */
  readonly type: unknown;
  readonly value: unknown;
  readonly end: number;
}

/** A record that was met twice, as it was written. Those that begin alike have the very same first elements. */
interface KnownRecord extends WrittenHeaders {
  readonly headers: readonly Given[];
}

const known: KnownRecord[] = [];
let next = 0;
/** The one that was written last. */
let last: KnownRecord | undefined;
/** Checksums of blocks that were met once. */
const met = /* @__PURE__ */ new Int32Array(256);
/** Records that were not known since one was. */
let misses = 0;
/** Records not to be looked for, but for the last one, nor to be remembered. */
let rest = 0;

/**
 * Writes the headers of a plain object, checking them on the way. Those that come again and again are compared, value by
 * value, and their bytes copied: a token takes 0.16 µs instead of 0.28. If only the first ones do, they are copied.
 *
 * As in `HeaderCache`, what comes once displaces nothing, and it is looked for less and less often while nothing repeats.
 * Each value is read once all the same, so that what was checked is what is written.
 *
 * @returns What is known about the block in advance.
 */
export function writeRecord(
  writer: FrameWriter,
  record: Readonly<Record<string, HeaderInput>>,
  limits: SizeLimits,
): WrittenHeaders | undefined {
  const start = writer.at;
  /** One that begins with the first `same` headers. These are not written as long as there is one. */
  let like = last;
  let same = 0;
  /** To be remembered. */
  let given: Given[] | undefined = like || rest > 0 ? undefined : [];
  // Engines make no list of names and look no member up in this form: three headers take 15 ns, 28 with Object.hasOwn, and
  // 30 with Object.keys.
  for (const name in record) {
    if (!Object.prototype.hasOwnProperty.call(record, name)) continue;
    const input: unknown = record[name];
    let type: unknown;
    let value = input;
    if (typeof input === "string") type = "string";
    // Not of a Date or of bytes, which may have such members, too. To ask for the prototype takes 5 ns more.
    else if ((input as HeaderValue | null | undefined)?.constructor === Object)
      ({ type, value } = input as HeaderValue);
    if (like) {
      const before = like;
      if (!isOf(before.headers[same], name, type, value)) like = another(before, same, name, type, value);
      if (like) {
        same += 1;
        continue;
      }
      given = copyFirst(writer, before, same);
    }
    if (type === undefined) writeHeader(writer, name, input as HeaderInput, limits);
    else writeTyped(writer, name, type, value, limits);
    given?.push({ name, type, value, end: writer.at - start });
  }
  const whole = like?.headers.length === same ? like : like && another(like, same);
  if (whole) {
    writer.copy(whole.bytes, whole.bytes.length);
    misses = 0;
    last = whole;
    return whole;
  }
  if (like) given = copyFirst(writer, like, same);
  if (rest > 0) rest -= 1;
  else {
    if (misses < 1024) misses += 1;
    if (misses > patience) rest = misses;
    if (given) remember(writer, start, given);
  }
  return undefined;
}

/** A known one that begins with the same headers as another one, and goes on with this one; or ends, without one. */
function another(
  like: KnownRecord,
  same: number,
  name?: string,
  type?: unknown,
  value?: unknown,
): KnownRecord | undefined {
  if (rest > 0) return undefined;
  const before = like.headers[same - 1];
  for (const other of known) {
    if (other.headers[same - 1] === before && isOf(other.headers[same], name, type, value)) return other;
  }
  return undefined;
}

/** What is of no type is never the same. */
function isOf(header: Given | undefined, name: string | undefined, type: unknown, value: unknown): boolean {
  return header?.name === name && header?.type === type && header?.value === value;
}

/** Writes the first headers of a known one, and returns them if they may be remembered with others. */
function copyFirst(writer: FrameWriter, { bytes, headers }: KnownRecord, count: number): Given[] | undefined {
  if (count > 0) writer.copy(bytes, headers[count - 1]!.end);
  return rest > 0 ? undefined : headers.slice(0, count);
}

/** Keeps what is met for the second time, if no value can change. */
function remember(writer: FrameWriter, start: number, headers: readonly Given[]): void {
  const { view, at } = writer;
  if (headers.some(({ type, value }) => type === undefined || typeof value === "object")) return;
  const crc = crc32Range(view, start, at, 0);
  const place = crc & (met.length - 1);
  if (met[place] !== crc) met[place] = crc;
  else {
    const written = writer.written(start);
    if (written) known[next++ % slots] = last = { ...written, headers };
  }
}
