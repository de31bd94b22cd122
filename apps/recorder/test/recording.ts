import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { InvokeWithResponseStreamCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { parseCassette, type Cassette } from "@eventstream-kit/cassette";
import { afterEach } from "vitest";
import { start, tempDir, urlOf, type Running } from "./eventstream.ts";
import { ownEnvironment } from "./upstream-lambda.ts";

/** What it streams: text, bytes that are no text, and JSON. */
export async function* report() {
  yield "Hello, ";
  yield new Uint8Array([0x89, 0x50, 0xff]);
  yield '{"n":1}';
}
export const functions = { report };

const clients: LambdaClient[] = [];
afterEach(() => {
  for (const client of clients.splice(0)) client.destroy();
});

export function lambdaAt(endpoint: string, options: { maxAttempts?: number } = {}): LambdaClient {
  const client = new LambdaClient({ endpoint, region: "us-east-1", ...options });
  clients.push(client);
  return client;
}

export async function* invoke(
  client: LambdaClient,
  FunctionName: string,
  abortSignal?: AbortSignal,
  event: unknown = { id: 7 },
): AsyncGenerator<string> {
  const { EventStream } = await client.send(
    new InvokeWithResponseStreamCommand({ FunctionName, Payload: Buffer.from(JSON.stringify(event)) }),
    abortSignal ? { abortSignal } : {},
  );
  for await (const { PayloadChunk } of EventStream!) {
    if (PayloadChunk) yield Buffer.from(PayloadChunk.Payload!).toString("latin1");
  }
}

export async function collect(chunks: AsyncIterable<string>): Promise<string[]> {
  const all: string[] = [];
  for await (const chunk of chunks) all.push(chunk);
  return all;
}

/** Starts the recorder, runs `work` against it, stops it as Ctrl-C does. */
export async function recording(
  args: readonly string[],
  cwd: string,
  work: (url: string, recorder: Running) => Promise<void>,
) {
  const recorder = start(["record", "--json", ...args], { env: ownEnvironment, cwd });
  await work(await urlOf(recorder), recorder);
  recorder.process.kill("SIGINT");
  return recorder.done;
}

export const files = (dir: string) => (existsSync(dir) ? readdirSync(dir).sort() : []);
export const cassetteIn = (dir: string, name: string): Cassette => parseCassette(readFileSync(join(dir, name), "utf8"));
export const reportFile = "invoke-with-response-stream-report.cassette.jsonl";

/** A program whose only setting is the environment it is given. */
export const clientProgram = `
  import { InvokeWithResponseStreamCommand, LambdaClient } from ${JSON.stringify(import.meta.resolve("@aws-sdk/client-lambda"))};
  const client = new LambdaClient({});
  const command = new InvokeWithResponseStreamCommand({ FunctionName: process.argv[2] ?? "report", Payload: '{"id":7}' });
  for await (const { PayloadChunk } of (await client.send(command)).EventStream) {
    if (PayloadChunk) console.log(Buffer.from(PayloadChunk.Payload).toString("base64"));
  }
  process.exitCode = Number(process.argv[3] ?? 0);
`;

/** A folder with that program, `client.mjs`. */
export function workplace(): string {
  const cwd = tempDir();
  writeFileSync(join(cwd, "client.mjs"), clientProgram);
  return cwd;
}
