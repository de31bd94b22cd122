import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { describe, expect, test } from "vitest";
import { eventstream, start, tempDir, urlOf } from "./eventstream.ts";

/** A runtime as anybody could write it, in a few lines. */
const runtime = `
  const api = \`http://\${process.env.AWS_LAMBDA_RUNTIME_API}/2018-06-01/runtime/invocation/\`;
  console.log("runtime", process.pid, process.argv.slice(2).join());
  for (;;) {
    const next = await fetch(api + "next");
    const id = next.headers.get("lambda-runtime-aws-request-id");
    const { _HANDLER: handler, AWS_LAMBDA_FUNCTION_NAME: name, LAMBDA_TASK_ROOT: root } = process.env;
    const body = JSON.stringify({ event: await next.json(), handler, name, root });
    await fetch(api + id + "/response", { method: "POST", body });
  }`;

function folder(): string {
  const dir = tempDir();
  writeFileSync(join(dir, "runtime.mjs"), runtime);
  writeFileSync(join(dir, "chat.mjs"), "export default () => 'from a file';");
  return dir;
}

async function invoke(url: string, name: string, payload = "{}"): Promise<unknown> {
  const client = new LambdaClient({ endpoint: url, region: "us-east-1" });
  const { Payload } = await client.send(new InvokeCommand({ FunctionName: name, Payload: payload }));
  client.destroy();
  return JSON.parse(Payload!.transformToString());
}

test("--runtime serves a function by the command after --, beside functions from files, and ends it", async () => {
  const cwd = folder();
  const args = ["serve", "--json", "--runtime", "chat", "--handler", "app.main", "-f", "other=chat.mjs"];
  const server = start([...args, "--", process.execPath, "runtime.mjs", "--json"], { cwd });
  const url = await urlOf(server);
  const answer = { handler: "app.main", name: "chat", root: expect.stringContaining(cwd) };
  expect(await invoke(url, "chat", '{"name":"Ada"}')).toEqual({ event: { name: "Ada" }, ...answer });
  expect(await invoke(url, "chat", "[2]")).toEqual({ event: [2], ...answer });
  expect(await invoke(url, "other")).toBe("from a file");

  server.process.kill("SIGINT");
  const run = await server.done;
  expect(run).toMatchObject({
    code: 130,
    stdout: `${JSON.stringify({ schema: "eventstream/server", version: 1, url })}\n`,
  });
  // Started once, with its own arguments; what it prints is beside the calls.
  const [, pid, ...more] = [...run.stderr.matchAll(/^runtime (\d+) --json$/gm)].flat();
  expect(more).toEqual([]);
  expect(() => process.kill(Number(pid), 0)).toThrow("ESRCH");
});

test("A command that cannot be run is the answer to an invocation, not the end of the server", async () => {
  const server = start(["serve", "--json", "--runtime", "chat", "--", "./missing"], { cwd: folder() });
  const url = await urlOf(server);
  for (let calls = 0; calls < 2; calls++) {
    expect(await invoke(url, "chat")).toMatchObject({ errorType: "Runtime.InvalidEntrypoint" });
  }
  server.process.kill("SIGTERM");
  expect((await server.done).code).toBe(130);
});

describe("A runtime that cannot be is explained, with exit 2", () => {
  test.each([
    [["--runtime", "chat"], "There is no command that serves 'chat'"],
    [["--runtime", "chat", "--"], "There is no command that serves 'chat'"],
    [["--runtime", "a/b", "--", "node"], "Expected 1 to 64 letters"],
    [["--runtime", "chat", "--handler", "", "--", "node"], "the option handler is"],
    [["--runtime", "chat", "-f", "chat=chat.mjs", "--", "node"], "The function 'chat' is given twice"],
    [["--", "node"], "expected --function name=path or --runtime name"],
  ])("%j", async (args, message) => {
    const run = await eventstream(["serve", ...args], "", { cwd: folder() });
    expect(run).toMatchObject({ code: 2, stdout: "" });
    expect(run.stderr).toContain(message);
  });
});
