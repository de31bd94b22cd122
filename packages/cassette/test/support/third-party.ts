import { readFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import type { TestContext } from "vitest";

const root = process.env["EVENTSTREAM_VECTORS"];

/** Skips a test when the third-party conformance data is not there. */
export function needsVectors({ skip }: TestContext): void {
  skip(root === undefined, "EVENTSTREAM_VECTORS is not set");
}

interface RecordedEvent {
  readonly action: {
    readonly Data?: {
      readonly data: { readonly Base64?: string; readonly Utf8?: string };
      readonly direction: "Request" | "Response";
    };
  };
}

/** The chunks of one direction of recorded AWS traffic. */
export function recordedChunks(name: string, wanted: "Request" | "Response"): Uint8Array[] {
  const parsed = JSON.parse(readFileSync(join(root!, "recordings", name), "utf8")) as
    | readonly RecordedEvent[]
    | { readonly events: readonly RecordedEvent[] };
  const events = "events" in parsed ? parsed.events : parsed;
  return events.flatMap(({ action: { Data } }) => {
    if (Data?.direction !== wanted) return [];
    const { Base64, Utf8 } = Data.data;
    return [Base64 === undefined ? Buffer.from(Utf8 ?? "") : Buffer.from(Base64, "base64")];
  });
}
