import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { InvokeWithResponseStreamCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { describe, expect, test } from "vitest";
import { eventstream, start, tempDir, urlOf } from "./eventstream.ts";

const files = {
  "streamify.mjs": `
    export const handler = awslambda.streamifyResponse(async (event, stream) => {
      console.log("called with", event.name);
      stream.write("Hello, ");
      stream.write(event.name);
      stream.end();
    });`,
  "default.mjs": `export default async function* (event) { yield "a"; yield event.name; }`,
  "common.cjs": `exports.handler = async (event) => ({ hello: event.name });`,
  "typed.ts": `
    interface Event { name: string }
    export const handler = async function* (event: Event): AsyncGenerator<string> { yield event.name satisfies string; };`,
  "settings.mjs": `export default { handler: async (event, context) => context.memoryLimitInMB, memorySize: 512 };`,
  "nothing.mjs": `export const other = 1;`,
  "settled.mjs": `export default { handler: () => 1, timeout: -1 };`,
  "broken.mjs": `throw new Error("not today");`,
  "half.mjs": `export default {`,
};

function folder(): string {
  const dir = tempDir();
  for (const [name, text] of Object.entries(files)) writeFileSync(join(dir, name), text);
  return dir;
}

async function invoke(url: string, name: string): Promise<string> {
  const client = new LambdaClient({ endpoint: url, region: "us-east-1" });
  const { EventStream } = await client.send(
    new InvokeWithResponseStreamCommand({ FunctionName: name, Payload: Buffer.from('{"name":"World"}') }),
  );
  const parts: Uint8Array[] = [];
  for await (const event of EventStream!) if (event.PayloadChunk) parts.push(event.PayloadChunk.Payload!);
  client.destroy();
  return Buffer.concat(parts).toString();
}

test("Every kind of function file answers the SDK; --json prints one line, and Ctrl-C ends with 130", async () => {
  const args = Object.entries({
    marked: "streamify.mjs",
    generator: "default.mjs",
    ordinary: "common.cjs",
    typed: "typed.ts",
    settings: "settings.mjs",
  }).flatMap(([name, file]) => ["--function", `${name}=./${file}`]);
  const server = start(["serve", "--json", "--port", "0", ...args], { cwd: folder() });
  const url = await urlOf(server);
  expect(await invoke(url, "marked")).toBe("Hello, World");
  expect(await invoke(url, "generator")).toBe("aWorld");
  expect(await invoke(url, "ordinary")).toBe('{"hello":"World"}');
  expect(await invoke(url, "typed")).toBe("World");
  expect(await invoke(url, "settings")).toContain("512");

  server.process.kill("SIGINT");
  const run = await server.done;
  expect(run.code).toBe(130);
  expect(JSON.parse(run.stdout)).toEqual({ schema: "eventstream/server", version: 1, url });
  expect(run.stderr).toContain("called with World");
  expect(run.stderr).toContain("lambda:InvokeWithResponseStream generator 200");
});

test("A line about a call has nothing in it that a terminal would obey", async () => {
  const server = start(["serve", "--json", "-f", "chat=default.mjs"], { cwd: folder() });
  const url = await urlOf(server);
  for (const path of ["/", "/x%1b%5b2Jy"]) expect((await fetch(url + path)).status).toBe(404);
  server.process.kill("SIGINT");
  const { stderr } = await server.done;
  expect(stderr).toContain(`lambda:GET 404\n${String.raw`lambda:GET x\u{1b}[2Jy 404`}\n`);
});

test("--timeout ends a function that does not end by itself", async () => {
  const cwd = folder();
  writeFileSync(
    join(cwd, "endless.mjs"),
    `export async function* handler() { yield "part"; await new Promise(() => {}); }`,
  );
  const server = start(["serve", "--json", "--timeout", "0.2", "-f", "chat=endless.mjs"], { cwd });
  expect(await invoke(await urlOf(server), "chat")).toBe("part");
});

test("A function that would end its process on Lambda does not end the server", async () => {
  const cwd = folder();
  const wild = `
    import { exit } from "node:process";
    export const handler = async ({ name }) => {
      if (name === "exit") process.exit(3);
      if (name === "imported") exit(3);
      if (name === "later") setImmediate(() => { throw new RangeError("out of nowhere"); });
      if (name === "rejects") void Promise.reject(new Error("left behind"));
      if (name === "textless") {
        setImmediate(() => { throw Object.create(null); });
        void Promise.reject(Object.create(null));
      }
      for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
      return "here";
    };`;
  writeFileSync(join(cwd, "wild.mjs"), wild);
  const server = start(["serve", "--json", "-f", "wild=wild.mjs"], { cwd });
  const url = await urlOf(server);
  const ask = async (name: string) => {
    const init = { method: "POST", body: JSON.stringify({ name }) };
    return (await fetch(`${url}/2015-03-31/functions/wild/invocations`, init)).json();
  };
  for (const name of ["exit", "imported"]) {
    expect(await ask(name)).toMatchObject({
      errorType: "Runtime.ExitError",
      errorMessage: "Runtime exited with error: exit status 3",
    });
  }
  for (const name of ["later", "rejects", "textless", "well"]) expect(await ask(name)).toBe("here");
  server.process.kill("SIGINT");
  const { code, stderr } = await server.done;
  expect(code).toBe(130);
  expect(stderr).toMatch(/A function has an error that nobody caught: RangeError: out of nowhere\n +at .*wild\.mjs/);
  expect(stderr).toContain("A function left a rejected promise behind: Error: left behind");
  expect(stderr).toContain("A function has an error that nobody caught: object\n");
  expect(stderr).toContain("A function left a rejected promise behind: object\n");
});

test("Without --json standard output is the bare URL, and standard error says what to do with it", async () => {
  const server = start(["serve", "--function", "chat=default.mjs"], { cwd: folder() });
  const [line] = await server.until(/^.*\n/);
  expect(line).toMatch(/^http:\/\/127\.0\.0\.1:\d+\n$/);
  await server.until(/export AWS_ENDPOINT_URL_LAMBDA=http:\/\/127\.0\.0\.1:\d+/, "stderr");
  server.process.kill("SIGTERM");
  expect((await server.done).stdout).toBe(line);
});

test("-- runs a command with the endpoint, and returns its exit code", async () => {
  const script = `
    const { AWS_ENDPOINT_URL_LAMBDA: url, AWS_ACCESS_KEY_ID: key, NO_PROXY: direct } = process.env;
    const path = "/2021-11-15/functions/chat/response-streaming-invocations";
    const reply = await fetch(url + path, { method: "POST", body: '{"name":"x"}' });
    console.log(key, reply.status, direct, process.argv.slice(1).join());
    process.exitCode = 23;`;
  const run = await eventstream(
    ["serve", "-f", "chat=default.mjs", "--", process.execPath, "--input-type=module", "-e", script, "--", "--json"],
    "",
    { cwd: folder(), env: { HTTP_PROXY: "http://proxy.example:3128", NO_PROXY: "example.org" } },
  );
  expect(run).toMatchObject({ code: 23, stdout: "AKIDEVENTSTREAM 200 example.org,127.0.0.1 --json\n" });
});

describe("A command that cannot be run has the shell's exit codes", () => {
  test.each([
    ["does not exist", "./no-such-command", 127],
    ["is not executable", "./default.mjs", 126],
  ])("%s", async (_name, command, code) => {
    const run = await eventstream(["serve", "-f", "chat=default.mjs", "--", command], "", { cwd: folder() });
    expect(run).toMatchObject({ code, stdout: "" });
    expect(run.stderr).toContain(`The command '${command}' cannot be run`);
  });

  test("killed by a signal", async () => {
    const script = "process.kill(process.pid, 'SIGTERM')";
    const run = await eventstream(["serve", "-f", "chat=default.mjs", "--", process.execPath, "-e", script], "", {
      cwd: folder(),
    });
    expect(run.code).toBe(128 + 15);
  });
});

describe("A function that cannot be served is explained, with exit 2", () => {
  test.each([
    [[], "There is no function to serve"],
    [["-f", "chat"], "not of the form name=path"],
    [["-f", "chat=missing.mjs"], "there is no such file"],
    [["-f", "chat=nothing.mjs"], "exports neither 'handler' nor a default"],
    [["-f", "chat=broken.mjs"], "not today"],
    [["-f", "chat=broken.mjs", "--debug"], "caused by Error: not today\n    at file://"],
    [["-f", "chat=half.mjs"], "half.mjs shows where\n"],
    [["-f", "chat=settled.mjs"], "a timeout of -1"],
    [["-f", "a=default.mjs", "-f", "a=common.cjs"], "given twice"],
  ])("%j", async (args, message) => {
    const run = await eventstream(["serve", ...args], "", { cwd: folder() });
    expect(run).toMatchObject({ code: 2, stdout: "" });
    expect(run.stderr).toContain(message);
  });
});

test("A port that is taken is said so", async () => {
  const cwd = folder();
  const first = start(["serve", "--json", "-f", "chat=default.mjs"], { cwd });
  const { port } = new URL(await urlOf(first));
  const run = await eventstream(["serve", "-f", "chat=default.mjs", "--port", port], "", { cwd });
  expect(run).toMatchObject({ code: 1, stdout: "" });
  expect(run.stderr).toContain(port);
  expect(run.stderr).toMatch(/\n--port 0 takes a free one\n$/);
  expect(run.stderr).not.toContain("Unexpected");
});
