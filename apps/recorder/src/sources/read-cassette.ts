import { createHash } from "node:crypto";
import { CassetteError, endOf, ItemSplitter, parseCassette, type Cassette } from "@eventstream-kit/cassette";
import { cassetteFailure } from "../cassette-failure.ts";
import { RecorderError } from "../errors.ts";
import { callName } from "../call-name.ts";
import { payloadsOf } from "../payloads.ts";
import { importedExchange, type ImportedCall } from "./imported.ts";
import type { Source } from "./source.ts";

const sha256 = () => createHash("sha256");

/**
 * Any source as a cassette. Throws `integrity` for a document that is not what it seems to be.
 *
 * @param path path and query that a bare stream answers.
 */
export async function readAsCassette(source: Source, path: string): Promise<Cassette> {
  if (source.kind === "stream") return cassetteOfBytes(source.bytes, path);
  const { notation, text, file } = source;
  if (notation === "cassette") {
    try {
      return parseCassette(text, { sha256, readFile: payloadsOf(file) });
    } catch (cause) {
      throw cassetteFailure(cause);
    }
  }
  // Neither is loaded for who needs none: a YAML parser is larger than everything else that reads.
  if (notation === "vcr") return cassetteOfCalls((await import("./vcr.ts")).callsOfVcr(text), "vcrpy");
  const { calls, header } = (await import("./har.ts")).callsOfHar(text);
  const imported = cassetteOfCalls(calls, "har");
  return header ? { ...imported, header } : imported;
}

function cassetteOfCalls(calls: readonly ImportedCall[], from: string): Cassette {
  const exchanges = calls.map((call, index) => {
    if (call.status < 200 || call.status > 599) {
      throw new RecorderError("integrity", `Call ${index + 1} has the status ${call.status}; expected 200 to 599`);
    }
    try {
      return importedExchange(call, from);
    } catch (cause) {
      if (!(cause instanceof CassetteError)) throw cause;
      throw cassetteFailure(cause, `Call ${index + 1}`);
    }
  });
  const [first] = exchanges;
  const { op } = first ? callName(first.request.method, first.request.path, "") : { op: ":" };
  return { header: { eventstream: 1, ...(op.startsWith(":") ? {} : { op }), origin: "recorded" }, exchanges };
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
