/**
 * The emulated Lambda over a socket, recorded by a client in process and replayed to it: the caller cannot tell. Here,
 * because the emulator and the cassette do not know each other.
 */
import { join } from "node:path";
import {
  GetFunctionUrlConfigCommand,
  InvokeCommand,
  InvokeWithResponseStreamCommand,
  LambdaClient,
  type LambdaClientConfig,
} from "@aws-sdk/client-lambda";
import { recordClient, replayClient } from "@eventstream-kit/cassette/aws-sdk";
import { loadCassette } from "@eventstream-kit/cassette/node";
import { createLambda } from "@eventstream-kit/lambda-emulator";
import { serve } from "@eventstream-kit/service/node";
import { NodeHttp2Handler, NodeHttpHandler } from "@smithy/node-http-handler";
import { expect, onTestFinished, test } from "vitest";
import { tempDir } from "./eventstream.ts";

const lambda = createLambda({
  // The log says when and which, which would be different each time.
  now: () => Date.UTC(2026, 10, 29),
  uuid: () => "8f0e5a1c-0000-4000-8000-000000000001",
  functions: {
    chat: async function* () {
      yield "Hel";
      yield Uint8Array.of(0, 255);
      yield { n: 1 };
    },
    fails: async function* () {
      yield "Hel";
      throw new RangeError("Out of words");
    },
    logs: (_event, context) => {
      context.log("thinking");
      return [1, 2];
    },
    breaks: {
      handler: async function* () {
        yield "Hel";
        yield "lo";
      },
      faults: ["reset@frame:2"],
    },
    lies: {
      handler: async function* () {
        yield "Hel";
        yield "lo";
      },
      faults: ["corrupt@frame:2:message-crc"],
    },
    cut: {
      handler: async function* () {
        yield "Hel";
      },
      faults: ["omit-complete"],
    },
    busy: { handler: () => 1, faults: ["status:429:TooManyRequestsException"] },
  },
});

/** Each call a test makes, and what it is given. */
const calls: readonly ((client: LambdaClient) => Promise<unknown>)[] = [
  ...["chat", "fails", "breaks", "lies", "cut", "busy", "missing"].map(
    (FunctionName) => async (client: LambdaClient) => {
      const command = new InvokeWithResponseStreamCommand({ FunctionName, LogType: "Tail", Payload: '{"id":7}' });
      const { EventStream, ...output } = await client.send(command);
      const events: unknown[] = [];
      try {
        for await (const event of EventStream!) events.push(event);
        return { output, events };
      } catch (error) {
        return { output, events, error };
      }
    },
  ),
  // The log is a header here.
  ...["chat", "logs", "fails", "busy", "missing"].map((FunctionName) => (client: LambdaClient) => {
    return client.send(new InvokeCommand({ FunctionName, LogType: "Tail", Payload: "{}" }));
  }),
  (client) => client.send(new InvokeCommand({ FunctionName: "logs", InvocationType: "DryRun" })),
  (client) => client.send(new InvokeCommand({ FunctionName: "logs", InvocationType: "Event" })),
  (client) => client.send(new GetFunctionUrlConfigCommand({ FunctionName: "chat" })),
];

/** All that a caller can see of the calls. */
async function seenBy(client: LambdaClient): Promise<unknown[]> {
  const seen: unknown[] = [];
  for (const call of calls) seen.push(comparable(await call(client).catch((error: unknown) => ({ error }))));
  return seen;
}

/**
 * What is seen as data, errors with all their members, but for what a recording does not keep: request ids, accounts.
 */
function comparable(value: unknown): unknown {
  if (typeof value === "string")
    return value
      .replaceAll(/[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}/g, "(id)")
      .replaceAll(/\b(123456789012|0{12})\b/g, "(account)");
  if (value instanceof Uint8Array) return comparable(Buffer.from(value).toString("latin1"));
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(comparable);
  const { name, message, code } = value as Error & { readonly code?: unknown };
  const own = value instanceof Error ? { name, message, code, class: value.constructor.name } : {};
  const members = [...Object.entries(value), ...Object.entries(own)];
  return Object.fromEntries(members.map(([key, member]) => [key, comparable(member)]));
}

test.each<[name: string, config: LambdaClientConfig]>([
  ["HTTP/1.1", { requestHandler: new NodeHttpHandler() }],
  ["HTTP/2", { requestHandler: new NodeHttp2Handler() }],
])("A client cannot tell the emulator over %s, recorded or not, from its recording", async (_, config) => {
  await using server = await serve(lambda, { onError: () => {} });
  const client = new LambdaClient({ endpoint: server.url, maxAttempts: 1, ...config });
  onTestFinished(() => client.destroy());
  const live = await seenBy(client);
  expect(live).toHaveLength(calls.length);

  const recording = recordClient(client);
  expect(await seenBy(client)).toEqual(live);
  await recording.stop();
  const path = join(tempDir(), "calls.cassette.jsonl");
  await recording.save(path);
  await server.close();

  using _replaying = replayClient(client, await loadCassette(path), { afterLast: "miss" });
  expect(await seenBy(client)).toEqual(live);
});
