/** The thread that records: started by `recording-thread.ts`. */
import { parentPort, workerData } from "node:worker_threads";
import { RecordingDesk } from "./recording-desk.ts";
import type { RecordingSettings, RelayMessage } from "./recording-messages.ts";
import { redactionOf } from "./redaction-flags.ts";

const port = parentPort!;
const { redaction, ...session } = workerData as RecordingSettings;
const desk = new RecordingDesk({ ...session, redact: await redactionOf(redaction) }, (message, moved) =>
  port.postMessage(message, moved),
);
port.on("message", (message: RelayMessage) => desk.receive(message));
