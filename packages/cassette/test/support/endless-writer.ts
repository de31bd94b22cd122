/** Appends to the cassette given as argument again and again, and prints a dot after each write. */
import process from "node:process";
import { createRecorder } from "@eventstream-kit/cassette";
import { saveCassette } from "@eventstream-kit/cassette/node";
import { chunkFrame } from "./frames.ts";

const path = process.argv[2]!;
for (;;) {
  const recording = createRecorder().start({ method: "POST", target: "/", headers: [], body: new Uint8Array() });
  recording.head({ status: 200, headers: [["content-type", "application/vnd.amazon.eventstream"]] });
  recording.chunk(chunkFrame("x".repeat(100_000)));
  const cassette = { header: { eventstream: 1, origin: "recorded" }, exchanges: [recording.end()] } as const;
  await saveCassette(path, cassette, { secrets: [], append: true });
  process.stdout.write(".");
}
