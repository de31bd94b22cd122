import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  CreateFunctionCommand,
  InvokeWithResponseStreamCommand,
  LambdaClient,
  waitUntilFunctionActiveV2,
} from "@aws-sdk/client-lambda";
import { readLambdaStream } from "@eventstream-kit/codec/lambda";
import { zipSync } from "fflate";
import { expect, onTestFinished, test } from "vitest";
import { start, tempDir, urlOf } from "./eventstream.ts";

const index = `
  export const handler = awslambda.streamifyResponse(async (event, stream) => {
    console.log("called with", event.name);
    stream.write(process.env.GREETING);
    stream.write(event.name);
    stream.end();
  });`;

/** A whole runtime in some lines of bash. */
const bootstrap = readFileSync(
  new URL("../../../packages/lambda-emulator/test/runtimes/bootstrap", import.meta.url),
  "utf8",
);

interface Package {
  readonly name: string;
  readonly runtime: "nodejs24.x" | "provided.al2023";
  readonly files: Readonly<Record<string, string>>;
}

const packages: readonly Package[] = [
  { name: "node", runtime: "nodejs24.x", files: { "index.mjs": index } },
  { name: "shell", runtime: "provided.al2023", files: { bootstrap } },
];

/** Creates the functions, as a deployment does, and waits until they may be called. */
async function create(client: LambdaClient, functions: readonly Package[]): Promise<void> {
  const created = functions.map(async ({ name: FunctionName, runtime, files }) => {
    const texts = Object.entries(files).map(([path, text]) => [path, Buffer.from(text)]);
    await client.send(
      new CreateFunctionCommand({
        FunctionName,
        Role: "arn:aws:iam::123456789012:role/test",
        Runtime: runtime,
        Handler: "index.handler",
        Timeout: 20,
        Environment: { Variables: { GREETING: "Hello, " } },
        Code: { ZipFile: zipSync(Object.fromEntries(texts) as Record<string, Buffer>) },
      }),
    );
    await waitUntilFunctionActiveV2({ client, maxWaitTime: 20, minDelay: 1, maxDelay: 1 }, { FunctionName });
  });
  await Promise.all(created);
}

async function invoke(client: LambdaClient, FunctionName: string): Promise<string> {
  const Payload = JSON.stringify({ name: "World" });
  return readLambdaStream(await client.send(new InvokeWithResponseStreamCommand({ FunctionName, Payload }))).text();
}

function clientOf(url: string): LambdaClient {
  const client = new LambdaClient({ endpoint: url, region: "us-east-1" });
  onTestFinished(() => client.destroy());
  return client;
}

/** Node keeps compiled modules in the same folder. */
const unpacked = (folder: string) => readdirSync(folder).filter((name) => name !== "node-compile-cache");

test("--run-zips runs what the SDK creates functions with, a Node handler and a bootstrap, and cleans up", async () => {
  const folder = tempDir();
  const server = start(["serve", "--json", "--run-zips"], { env: { TMPDIR: folder } });
  const url = await urlOf(server);
  const client = clientOf(url);
  await create(client, packages);
  expect(await invoke(client, "node")).toBe("Hello, World");
  expect(JSON.parse(await invoke(client, "shell"))).toMatchObject({
    handler: "index.handler",
    event: { name: "World" },
  });
  expect(unpacked(folder)).toHaveLength(2);

  // A browser would send this for a page of any website, without asking first.
  const call = { method: "POST", headers: { origin: "https://example.com", "content-type": "text/plain" }, body: "{}" };
  const refused = await fetch(`${url}/2015-03-31/functions`, call);
  expect([refused.status, refused.headers.get("x-amzn-errortype")]).toEqual([403, "AccessDeniedException"]);
  expect(await refused.json()).toEqual({
    Message: "A web page may not change functions; found a request of https://example.com",
  });

  server.process.kill("SIGTERM");
  expect((await server.done).stderr).toContain("called with World");
  expect(unpacked(folder)).toEqual([]);
});

test("Without --run-zips a function can be created, and whoever calls it hears of the option", async () => {
  const cwd = tempDir();
  writeFileSync(join(cwd, "chat.mjs"), "export default () => 'from a file';");
  const server = start(["serve", "--json", "--function", "chat=chat.mjs"], { cwd });
  const client = clientOf(await urlOf(server));
  await create(client, packages.slice(0, 1));
  await expect(invoke(client, "node")).rejects.toMatchObject({
    code: "function_error",
    message: expect.stringContaining("started with --run-zips"),
  });
  expect(await invoke(client, "chat")).toBe('"from a file"');
});
