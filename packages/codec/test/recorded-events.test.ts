import {
  decodeEvents,
  decodeStream,
  encodeMessage,
  EventStreamException,
  messageFromJson,
  messageToJson,
} from "@eventstream-kit/codec";
import { describe, expect, test } from "vitest";
import { outcome } from "./support/outcome.ts";
import { needsVectors, readRecording } from "./support/third-party.ts";

async function namesIn(recording: string) {
  const { items, error } = await outcome(decodeEvents(readRecording(recording, "Response")));
  return { names: [...new Set(items.map(({ name }) => name))], error };
}

describe("recorded traffic of AWS", () => {
  test("is events, and one exception", async (context) => {
    needsVectors(context);
    expect(await namesIn("cloudwatchlogs-start-live-tail.json")).toEqual({
      names: ["initial-response", "sessionUpdate"],
    });
    expect(await namesIn("s3-select-object-content.json")).toEqual({ names: ["Records", "Stats", "End"] });
    expect(await namesIn("transcribe-success.json")).toEqual({ names: ["TranscriptEvent"] });

    const { error } = await namesIn("transcribe-error.json");
    expect(error).toBeInstanceOf(EventStreamException);
    expect(error).toMatchObject({
      name: "BadRequestException",
      code: "exception",
      message: "A complete signal was sent without the preceding empty frame.",
      contentType: "application/json",
    });
  });

  test("survives as JSON lines", async (context) => {
    needsVectors(context);
    const streams = [
      readRecording("cloudwatchlogs-start-live-tail.json", "Response"),
      readRecording("s3-select-object-content.json", "Response"),
      readRecording("transcribe-error.json", "Request"),
      readRecording("transcribe-error.json", "Response"),
      readRecording("transcribe-success.json", "Request"),
      readRecording("transcribe-success.json", "Response"),
    ];
    let messages = 0;
    for (const chunks of streams) {
      for await (const message of decodeStream(chunks)) {
        messages++;
        const line = JSON.stringify(messageToJson(message));
        expect(encodeMessage(messageFromJson(JSON.parse(line)))).toEqual(encodeMessage(message));
      }
    }
    expect(messages).toBe(54);
  });
});
