import { itemLine, itemMembers } from "@eventstream-kit/cassette";
import type { HeaderLine } from "@eventstream-kit/service";
import { diffArrays, diffLines } from "diff";
import { isLambdaStream, type InspectedFrame, type InspectedStream, type Inspection } from "../inspect/inspection.ts";
import { comparable, jsonDifferences } from "./json-pointer.ts";
import type { ComparedExchange, Comparison, Difference, FrameLine } from "./difference.ts";

export interface CompareOptions {
  /** JSON Pointers into JSON payloads and request bodies. */
  readonly ignore: ReadonlySet<string>;
  /** Whether timing counts. */
  readonly timing: boolean;
}

/**
 * What differs in meaning: requests, responses, frames, ends; how JSON is written, who recorded it and when never counts.
 * Exchanges are held against each other in order, by method and path.
 */
export function compare(left: Inspection, right: Inspection, options: CompareOptions): Comparison {
  const exchanges: ComparedExchange[] = [];
  let [a, b] = [0, 0];
  for (const { value, added, removed } of diffArrays(left.streams.map(nameOf), right.streams.map(nameOf))) {
    for (const name of value) {
      const named = name === "" ? {} : { name };
      if (removed) exchanges.push({ ...named, left: ++a, differences: [] });
      else if (added) exchanges.push({ ...named, right: ++b, differences: [] });
      else {
        const compared = compareStreams(left.streams[a++]!, right.streams[b++]!, options);
        if (compared.differences.length > 0) exchanges.push({ ...named, left: a, right: b, ...compared });
      }
    }
  }
  return { schema: "eventstream/diff", version: 1, equal: exchanges.length === 0, exchanges };
}

function nameOf({ exchange }: InspectedStream): string {
  return exchange ? `${exchange.request.method} ${exchange.request.path}` : "";
}

type Compared = Pick<ComparedExchange, "differences" | "sameText">;

function compareStreams(left: InspectedStream, right: InspectedStream, options: CompareOptions): Compared {
  const values = [...valueDifferences(left, right, options)];
  const frames = [...frameDifferences(left, right, options)];
  if (frames.length === 0) return { differences: values };
  const [one, other] = [lambdaText(left), lambdaText(right)];
  if (one === undefined || other === undefined) return { differences: [...values, ...frames] };
  return { differences: [...values, ...frames, ...textDifferences(one, other)], sameText: one === other };
}

function* valueDifferences(
  left: InspectedStream,
  right: InspectedStream,
  options: CompareOptions,
): Generator<Difference, void, undefined> {
  const facts = [factsOf(left, options), factsOf(right, options)] as const;
  for (const { pointer, left: one, right: other } of jsonDifferences(...facts)) {
    yield { kind: "value", field: pointer.slice(1), left: one ?? null, right: other ?? null };
  }
}

/** What is compared besides frames, as one JSON value whose pointers name the differences. */
function factsOf({ exchange, chunks, opaque, body }: InspectedStream, { ignore, timing }: CompareOptions): object {
  const bytes = opaque === undefined ? {} : { body: bodyValue(body, ignore) };
  if (!exchange) return bytes;
  const { request, response, trailers = [], end } = exchange;
  return {
    request: { headers: headersByName(request.headers), body: bodyValue(request.body, ignore) },
    response: { status: response.status, headers: headersByName(response.headers), ...bytes },
    ...(trailers.length > 0 ? { trailers: headersByName(trailers) } : {}),
    end: end.how,
    ...(timing ? { timing: { head: exchange.timing?.res, chunks: chunks?.map(({ end: at, gap }) => [at, gap]) } } : {}),
  };
}

function headersByName(headers: readonly HeaderLine[]): Record<string, string> {
  const byName: Record<string, string> = {};
  for (const [name, value] of headers) {
    const before = byName[name.toLowerCase()];
    byName[name.toLowerCase()] = before === undefined ? value : `${before}, ${value}`;
  }
  return byName;
}

/** JSON as the value it is, text as text, anything else as base64. */
function bodyValue(body: Uint8Array, ignore: ReadonlySet<string>): unknown {
  if (body.length === 0) return undefined;
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(body);
    try {
      return comparable(JSON.parse(text), ignore);
    } catch {
      return text;
    }
  } catch {
    return Buffer.from(body).toString("base64");
  }
}

function* frameDifferences(
  left: InspectedStream,
  right: InspectedStream,
  { ignore }: CompareOptions,
): Generator<Difference, void, undefined> {
  const keys = [left, right].map((stream) => stream.frames.map((frame) => frameKey(frame, stream.body, ignore)));
  let [a, b] = [0, 0];
  let pending: { left: FrameLine[]; right: FrameLine[] } = { left: [], right: [] };
  for (const { value, added, removed } of diffArrays(keys[0]!, keys[1]!)) {
    if (removed) {
      for (const _ of value) pending.left.push(frameLine(left, a++));
    } else if (added) {
      for (const _ of value) pending.right.push(frameLine(right, b++));
    } else {
      if (pending.left.length + pending.right.length > 0) yield { kind: "frames", ...pending };
      pending = { left: [], right: [] };
      a += value.length;
      b += value.length;
    }
  }
  if (pending.left.length + pending.right.length > 0) yield { kind: "frames", ...pending };
}

/** Equal for frames that mean the same. */
function frameKey({ message, offset, length }: InspectedFrame, body: Uint8Array, ignore: ReadonlySet<string>): string {
  if (!message) return Buffer.from(body.subarray(offset, offset + length)).toString("base64");
  const members = itemMembers({ kind: "frame", message });
  return JSON.stringify("json" in members ? { ...members, json: comparable(members.json, ignore) } : members);
}

function frameLine({ frames, body }: InspectedStream, index: number): FrameLine {
  const { number, message, offset, length, problem } = frames[index]!;
  if (message) return { frame: number, line: itemLine({ kind: "frame", message }) };
  const b64 = Buffer.from(body.subarray(offset, offset + length)).toString("base64");
  return { frame: number, line: JSON.stringify({ k: "raw", why: problem?.code, b64 }) };
}

/** What a Lambda function wrote, when that is text. */
function lambdaText({ frames, exchange }: InspectedStream): string | undefined {
  if (!isLambdaStream(frames, exchange)) return undefined;
  const chunks = frames.flatMap(({ name, message }) => (name === "PayloadChunk" && message ? [message.payload] : []));
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(Buffer.concat(chunks));
  } catch {
    return undefined;
  }
}

function* textDifferences(left: string, right: string): Generator<Difference, void, undefined> {
  let removed: readonly string[] = [];
  for (const change of [...diffLines(left, right), undefined]) {
    const lines = change?.value.replace(/\n$/, "").split("\n") ?? [];
    if (change?.removed) {
      removed = lines;
      continue;
    }
    const added = change?.added ? lines : [];
    if (removed.length + added.length > 0) yield { kind: "text", left: removed, right: added };
    removed = [];
  }
}
