import { LambdaClient } from "@aws-sdk/client-lambda";
import type { LambdaClientConfig } from "@aws-sdk/client-lambda";
import { decodeMessage } from "@eventstream-kit/codec";
import { toResponse } from "@eventstream-kit/service";
import type { HeaderLine, Reply, Service } from "@eventstream-kit/service";
import { expect } from "vitest";
import type { EmulatedLambda } from "../src/index.ts";
import { request, send } from "./function-url-client.ts";
import type { SendOptions } from "./function-url-client.ts";

export { Signal, request, send } from "./function-url-client.ts";

/** Header values of an event-stream frame, by name, and its payload. */
export interface TestEvent {
  readonly type: string;
  readonly contentType: string | undefined;
  readonly text: string;
}

/** A reply of InvokeWithResponseStream that has been read to its end. */
export interface StreamAnswer {
  readonly status: number;
  readonly headers: readonly HeaderLine[];
  readonly requestId: string;
  /** The body's writes: one frame each. */
  readonly frames: readonly Uint8Array[];
  /** The payload chunks. */
  readonly chunks: readonly string[];
  /** The payload of the last event, which must be InvokeComplete. */
  readonly complete: Readonly<Record<string, string>>;
  readonly header: (name: string) => string | undefined;
}

export function streamTarget(functionName: string, qualifier?: string): string {
  const query = qualifier === undefined ? "" : `?Qualifier=${encodeURIComponent(qualifier)}`;
  return `/2021-11-15/functions/${functionName}/response-streaming-invocations${query}`;
}

export function invokeTarget(functionName: string, qualifier?: string): string {
  const query = qualifier === undefined ? "" : `?Qualifier=${encodeURIComponent(qualifier)}`;
  return `/2015-03-31/functions/${functionName}/invocations${query}`;
}

export function headerOf({ headers }: Pick<Reply, "headers">, name: string): string | undefined {
  return headers.find(([other]) => other.toLowerCase() === name.toLowerCase())?.[1];
}

export function readEvent(frame: Uint8Array): TestEvent {
  const { headers, payload } = decodeMessage(frame);
  return {
    type: headers.string(":event-type") ?? "",
    contentType: headers.string(":content-type"),
    text: Buffer.from(payload).toString(),
  };
}

/** Calls InvokeWithResponseStream and reads the whole stream, which must be well-formed. */
export async function stream(
  service: Service,
  functionName: string,
  { qualifier, ...options }: SendOptions & { readonly qualifier?: string } = {},
): Promise<StreamAnswer> {
  const reply = await request(service, "POST", streamTarget(functionName, qualifier), options);
  const frames: Uint8Array[] = [];
  for await (const step of reply.body) {
    if (!(step instanceof Uint8Array)) throw new Error(`The body has a step ${step.kind}`);
    frames.push(step);
  }
  const events = frames.map(readEvent);
  const last = events.pop();
  if (last?.type !== "InvokeComplete" || events.some((event) => event.type !== "PayloadChunk")) {
    throw new Error(`Not a whole stream: ${reply.status} ${JSON.stringify([...events, last])}`);
  }
  return {
    status: reply.status,
    headers: reply.headers,
    requestId: headerOf(reply, "x-amzn-RequestId") ?? "",
    frames,
    chunks: events.map((event) => event.text),
    complete: JSON.parse(last.text) as Record<string, string>,
    header: (name) => headerOf(reply, name),
  };
}

/** What was refused, and what it says: a refusal in the service's form, of a service that has run nothing. */
export async function refusal(
  service: EmulatedLambda,
  target: string,
  options: SendOptions = {},
): Promise<{ status: number; type: string | undefined; body: Record<string, string> }> {
  const answer = await send(service, "POST", target, options);
  expect(answer.all("Content-Type")).toEqual(["application/json"]);
  expect(answer.all("Content-Length")).toEqual([String(answer.bytes.length)]);
  expect(service.invocations).toEqual([]);
  const body = JSON.parse(answer.text) as Record<string, string>;
  return { status: answer.status, type: answer.all("x-amzn-ErrorType")[0], body };
}

/** What the client hands to its request handler. */
interface SmithyRequest {
  readonly method: string;
  readonly path: string;
  readonly query?: unknown;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}

/** The real client, its requests handed to the service as data. */
export function sdkClient(service: Service, config: LambdaClientConfig = {}): LambdaClient {
  return new LambdaClient({
    region: "us-east-1",
    credentials: { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "dummy-secret-for-tests" },
    requestHandler: {
      async handle({ method, path, query, headers, body: payload }: SmithyRequest) {
        const search = new URLSearchParams(query as Record<string, string>).toString();
        const reply = await service.handle({
          method,
          target: search === "" ? path : `${path}?${search}`,
          headers: Object.entries(headers),
          body: typeof payload === "string" ? Buffer.from(payload) : new Uint8Array(payload ?? []),
        });
        if (reply === undefined) throw new Error(`Nobody answers ${method} ${path}`);
        const response = toResponse(reply);
        const lines = Object.fromEntries(response.headers);
        // Node's own handler gives a 204 a body too: one that ends at once.
        const body = response.body ?? new ReadableStream({ start: (controller) => controller.close() });
        return { response: { statusCode: response.status, headers: lines, body } as never };
      },
    },
    ...config,
  });
}
