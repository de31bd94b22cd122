import { createHash } from "node:crypto";
import {
  CassetteError,
  endOf,
  ItemSplitter,
  parseCassette,
  type Cassette,
  type Exchange,
} from "@eventstream-kit/cassette";
import { cassetteFailure } from "../cassette-failure.ts";
import { RecorderError } from "../errors.ts";
import { callName } from "../call-name.ts";
import { payloadsOf } from "../payloads.ts";
import { importedExchange, type ImportedCall, type ReadCall } from "./imported.ts";
import type { Source } from "./source.ts";

const sha256 = () => createHash("sha256");

/**
 * Any source as a cassette. Throws `integrity` for a document that is not what it seems to be.
 *
 * @param path path and query that a bare stream answers.
 * @param exchange takes only the one with this number, from 1. Throws `usage` when there is none.
 */
export async function readAsCassette(source: Source, path: string, exchange?: number): Promise<Cassette> {
  if (source.kind === "stream") return only(await cassetteOfBytes(source.bytes, path), exchange);
  const { notation, text, file } = source;
  if (notation === "cassette") {
    try {
      return only(parseCassette(text, { sha256, readFile: payloadsOf(file) }), exchange);
    } catch (cause) {
      throw cassetteFailure(cause);
    }
  }
  // Neither is loaded for who needs none: a YAML parser is larger than everything else that reads.
  if (notation === "vcr") return cassetteOfCalls((await import("./vcr.ts")).callsOfVcr(text), "vcrpy", exchange);
  const { calls, header } = (await import("./har.ts")).callsOfHar(text);
  const imported = cassetteOfCalls(calls, "har", exchange);
  return header ? { ...imported, header } : imported;
}

function only(cassette: Cassette, exchange: number | undefined): Cassette {
  return { ...cassette, exchanges: chosen(cassette.exchanges, exchange) };
}

/** Calls that nobody asked for may be what cannot be imported: pictures without a body, calls that a browser blocked. */
function cassetteOfCalls(calls: readonly ReadCall[], from: string, exchange: number | undefined): Cassette {
  const first = exchange ?? 1;
  const exchanges = chosen(calls, exchange).map((read, index) => {
    try {
      return importedCall(read(), from, `Call ${first + index}`);
    } catch (error) {
      if (!(error instanceof RecorderError) || calls.length === 1 || exchange !== undefined) throw error;
      throw new RecorderError(error.code, error.message, { hint: "--exchange <n> takes one call", cause: error });
    }
  });
  const [begin] = exchanges;
  const { op } = begin ? callName(begin.request.method, begin.request.path, "") : { op: ":" };
  return { header: { eventstream: 1, ...(op.startsWith(":") ? {} : { op }), origin: "recorded" }, exchanges };
}

function importedCall(call: ImportedCall, from: string, name: string): Exchange {
  if (call.status < 200 || call.status > 599) {
    throw new RecorderError("integrity", `${name} has the status ${call.status}; expected 200 to 599`);
  }
  try {
    return importedExchange(call, from);
  } catch (cause) {
    if (!(cause instanceof CassetteError)) throw cause;
    throw cassetteFailure(cause, name);
  }
}

/** All, or the one whose number was said. One that is not there is an error, not an empty answer. */
function chosen<T>(all: readonly T[], number: number | undefined): readonly T[] {
  if (number === undefined) return all;
  const one = all[number - 1];
  if (one !== undefined) return [one];
  throw new RecorderError("usage", `There is no exchange ${number}; the input has ${all.length}`);
}

/** Bytes alone do not say what was asked for. */
async function cassetteOfBytes(bytes: AsyncIterable<Uint8Array>, path: string): Promise<Cassette> {
  const splitter = new ItemSplitter();
  const items = [];
  for await (const chunk of bytes) items.push(...splitter.push(chunk));
  items.push(...splitter.finish());
  const { op } = callName("POST", path, "");
  return {
    header: { eventstream: 1, ...(op.startsWith(":") ? {} : { op }), origin: "synthetic" },
    exchanges: [
      {
        request: { method: "POST", path, headers: [], body: new Uint8Array() },
        response: { status: 200, headers: [["content-type", "application/vnd.amazon.eventstream"]] },
        items,
        end: endOf(items, "eof", sha256),
      },
    ],
  };
}
