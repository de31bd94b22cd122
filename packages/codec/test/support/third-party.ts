import fs from "node:fs";
import path from "node:path";
import process from "node:process";
import type { TestContext } from "vitest";

const root = process.env["EVENTSTREAM_VECTORS"];

/** Skips a test when the third-party conformance data is not there. */
export function needsVectors({ skip }: TestContext): void {
  skip(root === undefined, "EVENTSTREAM_VECTORS is not set");
}

/** One file of the third-party data. */
export function readVector(...names: string[]): Uint8Array<ArrayBuffer> {
  return new Uint8Array(fs.readFileSync(path.join(root!, ...names)));
}

/** Names of the files in a folder of the third-party data. */
export function listVectors(...names: string[]): string[] {
  return fs.readdirSync(path.join(root!, ...names)).toSorted();
}

/** One thing that happened in recorded traffic. */
interface RecordedEvent {
  readonly action: {
    readonly Data?: {
      readonly data: { readonly Base64?: string; readonly Utf8?: string };
      readonly direction: "Request" | "Response";
    };
  };
}

/** The chunks of one direction of recorded traffic. */
export function readRecording(name: string, direction: "Request" | "Response"): Uint8Array<ArrayBuffer>[] {
  const recording = JSON.parse(new TextDecoder().decode(readVector("recordings", name))) as
    | RecordedEvent[]
    | { events: RecordedEvent[] };
  const events = Array.isArray(recording) ? recording : recording.events;
  return events.flatMap(({ action: { Data } }) => {
    if (Data?.direction !== direction) return [];
    const { Base64, Utf8 } = Data.data;
    return [new Uint8Array(Base64 === undefined ? Buffer.from(Utf8 ?? "") : Buffer.from(Base64, "base64"))];
  });
}
