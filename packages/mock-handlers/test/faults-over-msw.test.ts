/** Each fault as the SDK reports it, over both of its transports, because they differ. */
import { InvokeWithResponseStreamCommand, LambdaClient } from "@aws-sdk/client-lambda";
import type { InvokeWithResponseStreamResponseEvent } from "@aws-sdk/client-lambda";
import { event, eventStreamResponse, exception, fault, reset } from "@eventstream-kit/mock-handlers";
import type { EventStreamItem } from "@eventstream-kit/mock-handlers";
import { FetchHttpHandler } from "@smithy/fetch-http-handler";
import { NodeHttpHandler } from "@smithy/node-http-handler";
import { http } from "msw";
import { describe, expect, onTestFinished, test } from "vitest";
import { listen } from "./msw-server.ts";

type Item = EventStreamItem<InvokeWithResponseStreamResponseEvent>;

const p = (text: string): Item => ({ PayloadChunk: { Payload: new TextEncoder().encode(text) } });
const complete: Item = { InvokeComplete: {} };
const broken = /aborted|terminated|connection_reset|reset the connection/;

const cases: readonly [name: string, items: readonly Item[], seen: string[], error: RegExp | undefined][] = [
  ["nothing wrong", [p("1"), p("2"), complete], ["1", "2", "complete"], undefined],
  ["no InvokeComplete: the SDK says nothing", [p("1"), p("2")], ["1", "2"], undefined],
  ["no body at all: the SDK says nothing", [], [], undefined],
  ["cut inside the length: the SDK says nothing", [p("1"), fault("truncate@frame:1+3"), complete], ["1"], undefined],
  ["cut inside a frame", [p("1"), fault("truncate@frame:1+5"), complete], ["1"], /Truncated event message received/],
  ["reset()", [p("1"), p("2"), reset(), complete], ["1", "2"], broken],
  ["a reset inside a frame", [p("1"), p("2"), fault("reset@byte:9"), complete], ["1", "2"], broken],
  [
    "a wrong checksum",
    [p("1"), fault("corrupt@frame:1:message-crc"), p("2")],
    ["1"],
    /message checksum .* did not match/,
  ],
  [
    "a changed payload",
    [p("1"), fault("corrupt@frame:1:payload:0"), p("2")],
    ["1"],
    /message checksum .* did not match/,
  ],
  [
    "a wrong prelude",
    [p("1"), fault("corrupt@frame:1:prelude-crc"), p("2")],
    ["1"],
    /prelude checksum .* does not match/,
  ],
  ["an exception", [p("1"), exception("ServiceException", { message: "no" })], ["1"], /no/],
  [
    "an unknown event: the SDK drops it",
    [p("1"), event("Unknown", { json: {} }), complete],
    ["1", "complete"],
    undefined,
  ],
  ["a frame after the end", [p("1"), complete, p("2")], ["1", "complete", "2"], undefined],
];

const transports = [
  ["node:http", () => new NodeHttpHandler()],
  ["fetch", () => new FetchHttpHandler()],
] as const;

describe.each(transports)("%s", (_transport, makeHandler) => {
  test.each(cases)("%s", async (_name, items, expected, error) => {
    listen(
      http.post("*/2021-11-15/functions/:name/response-streaming-invocations", () =>
        eventStreamResponse<InvokeWithResponseStreamResponseEvent>(items),
      ),
    );
    const client = new LambdaClient({ region: "us-east-1", requestHandler: makeHandler(), maxAttempts: 1 });
    onTestFinished(() => client.destroy());
    const seen: string[] = [];
    const read = async () => {
      const { EventStream } = await client.send(new InvokeWithResponseStreamCommand({ FunctionName: "chat" }));
      for await (const { PayloadChunk } of EventStream!) {
        seen.push(PayloadChunk ? new TextDecoder().decode(PayloadChunk.Payload) : "complete");
      }
    };
    const ended = await read().then(
      () => "normally",
      (reason: unknown) => String(reason),
    );
    expect(ended).toMatch(error ?? /^normally$/);
    expect(seen).toEqual(expected);
  });
});
