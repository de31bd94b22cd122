/** The ways in which SDK clients are connected on Node, with one streaming call each. */
import {
  BedrockRuntimeClient,
  InvokeModelWithResponseStreamCommand,
  type ResponseStream,
} from "@aws-sdk/client-bedrock-runtime";
import {
  InvokeWithResponseStreamCommand,
  LambdaClient,
  type InvokeWithResponseStreamResponseEvent,
} from "@aws-sdk/client-lambda";
import { encodeEvent } from "@eventstream-kit/codec";
import type { SdkClient } from "@eventstream-kit/cassette/aws-sdk";
import { FetchHttpHandler } from "@smithy/fetch-http-handler";

/** A client whose one call gives an event stream. */
export interface StreamingClient {
  readonly client: SdkClient & { destroy(): void };
  /** The output, and its stream, each event as text. */
  readonly call: (signal?: AbortSignal) => Promise<{ readonly output: object; readonly events: AsyncIterable<string> }>;
}

export interface Way {
  readonly name: string;
  readonly transport: "http/1.1" | "h2" | "fetch";
  readonly op: string;
  /** @param endpoint undefined: AWS's own, where a test cannot get. */
  connect(endpoint: string | undefined, options?: { readonly maxAttempts?: number }): StreamingClient;
  /** A frame that such a call reads as one event. */
  readonly frame: (text: string) => Uint8Array;
}

const lambdaFrame = (text: string) => encodeEvent({ event: "PayloadChunk", text });

function lambdaText({ PayloadChunk, ...others }: InvokeWithResponseStreamResponseEvent): string {
  return PayloadChunk ? new TextDecoder().decode(PayloadChunk.Payload) : JSON.stringify(others);
}

function modelText({ chunk, ...others }: ResponseStream): string {
  return chunk ? new TextDecoder().decode(chunk.bytes) : JSON.stringify(others);
}

async function* texts<T>(events: AsyncIterable<T>, textOf: (event: T) => string): AsyncGenerator<string> {
  for await (const event of events) yield textOf(event);
}

export const lambdaCall =
  (client: LambdaClient): StreamingClient["call"] =>
  async (abortSignal) => {
    const command = new InvokeWithResponseStreamCommand({ FunctionName: "chat", Payload: '{"n":1}' });
    const { EventStream, ...output } = await client.send(command, abortSignal ? { abortSignal } : {});
    return { output, events: texts(EventStream!, lambdaText) };
  };

function lambdaWay(name: string, transport: "http/1.1" | "fetch"): Way {
  return {
    name,
    transport,
    op: "lambda:InvokeWithResponseStream",
    frame: lambdaFrame,
    connect(endpoint, { maxAttempts = 1 } = {}) {
      const handler = transport === "fetch" ? { requestHandler: new FetchHttpHandler() } : {};
      const client = new LambdaClient({ ...(endpoint ? { endpoint } : {}), maxAttempts, ...handler });
      return { client, call: lambdaCall(client) };
    },
  };
}

export const ways: readonly Way[] = [
  lambdaWay("Lambda, HTTP/1.1", "http/1.1"),
  {
    name: "Bedrock Runtime, HTTP/2",
    transport: "h2",
    op: "bedrock-runtime:InvokeModelWithResponseStream",
    frame: (text) => encodeEvent({ event: "chunk", json: { bytes: Buffer.from(text).toString("base64") } }),
    connect(endpoint, { maxAttempts = 1 } = {}) {
      const client = new BedrockRuntimeClient({ ...(endpoint ? { endpoint } : {}), maxAttempts });
      return {
        client,
        async call(abortSignal) {
          const command = new InvokeModelWithResponseStreamCommand({ modelId: "a.model:0", body: '{"n":1}' });
          const { body, ...output } = await client.send(command, abortSignal ? { abortSignal } : {});
          return { output, events: texts(body!, modelText) };
        },
      };
    },
  },
  lambdaWay("Lambda, fetch", "fetch"),
];
