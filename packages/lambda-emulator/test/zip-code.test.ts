import { randomBytes } from "node:crypto";
import { readdirSync } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { CreateFunctionCommand, InvokeCommand, UpdateFunctionConfigurationCommand } from "@aws-sdk/client-lambda";
import { zipSync } from "fflate";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { zipCode } from "../src/node.ts";
import { answered, invalid, minimal, quickLambda, role } from "./control-plane-client.ts";
import { createUrl, send } from "./function-url-client.ts";
import { invokeTarget, stream } from "./invoke-client.ts";
import { served } from "./real-client.ts";

// Every test starts processes, and a busy machine takes its time.
vi.setConfig({ testTimeout: 30_000 });

type Files = Readonly<Record<string, string>>;

/** A zip of text files. */
function zipOf(files: Files): Uint8Array {
  return zipSync(Object.fromEntries(Object.entries(files).map(([name, text]) => [name, Buffer.from(text)])));
}

/** A zip of one file that lists it so many times: a small one could fill any disk. */
function sharing(zip: Uint8Array, times: number): Uint8Array {
  const end = Buffer.from(zip.slice(-22));
  const listAt = end.readUInt32LE(16);
  const entry = zip.subarray(listAt, -22);
  end.writeUInt16LE(times, 8);
  end.writeUInt16LE(times, 10);
  end.writeUInt32LE(entry.length * times, 12);
  return Buffer.concat([zip.subarray(0, listAt), ...Array.from({ length: times }, () => entry), end]);
}

/** A Lambda that runs zips, and the directory that they are unpacked in. */
async function zipLambda() {
  const around = await mkdtemp(join(tmpdir(), "zip-code-"));
  // What lies above a function's files is none of its business.
  await writeFile(join(around, "package.json"), '{"type":"module"}');
  const directory = join(around, "zips");
  await mkdir(directory);
  const zips = zipCode({ directory });
  onTestFinished(async () => {
    await zips.close();
    await rm(around, { recursive: true });
  });
  const lambda = quickLambda({ loadCode: zips.load });
  const create = (files: Files, changes: object = {}) =>
    answered(lambda, "POST", "", {
      ...minimal,
      Timeout: 20,
      Code: { ZipFile: Buffer.from(zipOf(files)).toString("base64") },
      ...changes,
    });
  const invoke = (event: unknown = {}) => send(lambda, "POST", invokeTarget("made"), { body: JSON.stringify(event) });
  return { directory, zips, lambda, create, invoke };
}

describe("a zip with a Node.js handler", () => {
  test("logs as on Lambda's runtime: time, request id, level, text", async () => {
    const { create, invoke, lambda } = await zipLambda();
    const index = `
      console.log("loaded");
      export const handler = async (event) => {
        console.log("told %s", "you", { a: 1 });
        console.info("i");
        console.debug("d");
        console.warn("two\\nlines");
        console.error(new TypeError("seen"));
        process.stdout.write("bare\\n");
        throw new RangeError("bad");
      };`;
    await create({ "index.mjs": index });
    const { text } = await invoke();
    const { trace } = JSON.parse(text) as { trace: readonly string[] };
    const [invocation] = lambda.invocations;
    const id = invocation!.requestId;
    const lines = invocation!.log().replaceAll(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z\t/gm, "<time>\t");
    expect(lines).toContain("<time>\tundefined\tINFO\tloaded\n");
    expect(lines).toContain(
      [
        `<time>\t${id}\tINFO\ttold you { a: 1 }`,
        `<time>\t${id}\tINFO\ti`,
        `<time>\t${id}\tDEBUG\td`,
        `<time>\t${id}\tWARN\ttwo`,
        "lines",
        `<time>\t${id}\tERROR\tTypeError: seen`,
      ].join("\n"),
    );
    const error = { errorType: "RangeError", errorMessage: "bad", stack: trace };
    expect(lines).toContain(`\nbare\n<time>\t${id}\tERROR\tInvoke Error \t${JSON.stringify(error)}\nEND `);
  });

  test("is created, invoked and configured by the SDK", async () => {
    const { lambda } = await zipLambda();
    const { client } = await served(lambda);
    const FunctionName = "hello";
    const index = `
      export const handler = async (event, context) => ({
        hello: event.name,
        mode: process.env.MODE,
        region: process.env.AWS_REGION,
        who: [context.functionName, context.functionVersion, context.memoryLimitInMB],
        left: context.getRemainingTimeInMillis() > 1000,
      });`;
    await client.send(
      new CreateFunctionCommand({
        FunctionName,
        Role: role,
        Runtime: "nodejs24.x",
        Handler: "src/index.handler",
        Timeout: 20,
        Code: { ZipFile: zipOf({ "src/index.mjs": index }) },
        Environment: { Variables: { MODE: "one" } },
      }),
    );
    const invoke = async () => {
      const { Payload } = await client.send(new InvokeCommand({ FunctionName, Payload: '{"name":"Ada"}' }));
      return JSON.parse(Payload!.transformToString()) as unknown;
    };
    const who = [FunctionName, "$LATEST", "128"];
    expect(await invoke()).toEqual({ hello: "Ada", mode: "one", region: "us-east-1", who, left: true });
    await client.send(
      new UpdateFunctionConfigurationCommand({ FunctionName, Environment: { Variables: { MODE: "two" } } }),
    );
    expect(await invoke()).toMatchObject({ mode: "two" });
  });

  test("streams with the awslambda global, to the invoke operation and to a URL", async () => {
    const { lambda, create } = await zipLambda();
    const index = `
      exports.handler = awslambda.streamifyResponse(async (event, responseStream) => {
        const response = awslambda.HttpResponseStream.from(responseStream, { statusCode: 206, headers: { "x-own": "1" } });
        response.write("Hel");
        response.write("lo");
        response.end();
      });`;
    await create({ "index.js": index });
    const answer = await stream(lambda, "made");
    expect(answer.chunks.join("")).toBe(`{"statusCode":206,"headers":{"x-own":"1"}}${"\0".repeat(8)}Hello`);
    const { path } = await createUrl(lambda, "made", { InvokeMode: "RESPONSE_STREAM" });
    const response = await send(lambda, "GET", `${path}/`);
    expect([response.status, response.all("x-own"), response.text]).toEqual([206, ["1"], "Hello"]);
  });

  test("an error in mid-stream travels in the trailers", async () => {
    const { lambda, create } = await zipLambda();
    const index = `
      class Late extends Error { name = "Late"; }
      export const handler = awslambda.streamifyResponse(async (event, responseStream) => {
        responseStream.setContentType("text/plain");
        responseStream.write("part");
        throw new Late("too late");
      });`;
    await create({ "index.mjs": index });
    const { chunks, complete, header } = await stream(lambda, "made");
    expect([chunks, complete["ErrorCode"], header("x-amzn-Remapped-Content-Type")]).toEqual([
      ["part"],
      "Late",
      "text/plain",
    ]);
    expect(JSON.parse(complete["ErrorDetails"]!)).toMatchObject({ errorType: "Late", errorMessage: "too late" });
  });

  test.each<[string, Files, object]>([
    [
      "throws",
      { "index.mjs": 'export const handler = () => { throw new RangeError("too much"); };' },
      { errorType: "RangeError", errorMessage: "too much" },
    ],
    [
      "is not there",
      { "other.mjs": "" },
      { errorType: "Runtime.ImportModuleError", errorMessage: "Error: Cannot find module 'index'" },
    ],
    [
      "is not exported",
      { "index.mjs": "export const other = 1;" },
      { errorType: "Runtime.HandlerNotFound", errorMessage: "index.handler is undefined or not exported" },
    ],
    ["is no JavaScript", { "index.mjs": "export const handler = (" }, { errorType: "Runtime.UserCodeSyntaxError" }],
    [
      "imports what is missing",
      { "index.mjs": 'import "missing-package"; export const handler = 1;' },
      { errorType: "Runtime.ImportModuleError" },
    ],
    [
      "ends its process",
      { "index.mjs": "export const handler = () => process.exit(7);" },
      { errorType: "Runtime.ExitError" },
    ],
    [
      "leaves an error of its response stream to nobody",
      {
        "index.mjs": `export const handler = awslambda.streamifyResponse(async (event, responseStream) => {
          responseStream.destroy(new Error("gone"));
        });`,
      },
      { errorType: "Runtime.ExitError", errorMessage: expect.stringContaining("exit status 1") },
    ],
  ])("that %s is a function error", async (_what, files, error) => {
    const { create, invoke } = await zipLambda();
    expect((await create(files)).status).toBe(201);
    const answer = await invoke();
    expect(answer.all("X-Amz-Function-Error")).toEqual(["Unhandled"]);
    expect(JSON.parse(answer.text)).toMatchObject(error);
  });

  test("may answer by callback", async () => {
    const { create, invoke } = await zipLambda();
    const index = `
      exports.handler = (event, context, callback) =>
        setImmediate(() => (event.fail ? callback(new Error("by callback")) : callback(null, "answered")));`;
    await create({ "index.js": index });
    expect((await invoke()).text).toBe('"answered"');
    expect((await invoke({ fail: true })).text).toContain("by callback");
  });
});

test("a zip with a bootstrap runs, in its own language", async () => {
  const { create, invoke } = await zipLambda();
  const bootstrap = `#!${process.execPath}
    const base = "http://" + process.env.AWS_LAMBDA_RUNTIME_API + "/2018-06-01/runtime/invocation/";
    (async () => {
      for (;;) {
        const next = await fetch(base + "next");
        const id = next.headers.get("lambda-runtime-aws-request-id");
        const body = JSON.stringify([process.env._HANDLER, process.env.MODE, await next.json()]);
        await fetch(base + id + "/response", { method: "POST", body });
      }
    })();`;
  const Environment = { Variables: { MODE: "own" } };
  await create({ bootstrap }, { Runtime: "provided.al2023", Handler: "any.thing", Environment });
  expect((await invoke({ a: 1 })).text).toBe('["any.thing","own",{"a":1}]');
});

describe("what cannot be run is refused, and nothing is left of it", () => {
  const escape = invalid("Could not unzip uploaded file. Please check your file, then try to upload again.");
  test.each<[string, Files, object, object]>([
    ["a file outside", { "../outside.mjs": "" }, {}, escape],
    ["an absolute file", { "/outside.mjs": "" }, {}, escape],
    [
      "another runtime",
      { "index.py": "" },
      { Runtime: "python3.14" },
      invalid("This emulated Lambda runs zips of the runtimes nodejs and provided, not python3.14."),
    ],
    [
      "code in S3",
      {},
      { Code: { S3Bucket: "b", S3Key: "k" } },
      invalid("This emulated Lambda runs zips. Please provide a ZipFile."),
    ],
    ["a file that is the directory", { ".": "" }, {}, escape],
    ["a name that no file can have", { [`${"long".repeat(100)}.mjs`]: "" }, {}, escape],
    ["a file in a file", { "a.mjs": "", "a.mjs/b.mjs": "" }, {}, escape],
    [
      "files that share their bytes",
      {},
      {
        Code: {
          ZipFile: Buffer.from(sharing(zipOf({ "index.mjs": randomBytes(1000).toString("hex") }), 9)).toString(
            "base64",
          ),
        },
      },
      escape,
    ],
    ["half a zip", {}, { Code: { ZipFile: Buffer.from("PK\x03\x04half").toString("base64") } }, escape],
  ])("%s", async (_what, files, changes, refusal) => {
    const { create, lambda, directory, zips } = await zipLambda();
    expect(await create({ "index.mjs": "", ...files }, changes)).toEqual(refusal);
    expect((await answered(lambda, "GET", "/made")).status).toBe(404);
    await zips.close();
    expect(readdirSync(directory)).toEqual([]);
  });
});

test("close ends the processes and removes the files", async () => {
  const { create, invoke, zips, directory } = await zipLambda();
  await create({ "index.mjs": "export const handler = () => process.pid;" });
  const pid = Number((await invoke()).text);
  expect(Number((await invoke()).text)).toBe(pid);
  expect(readdirSync(directory)).toHaveLength(1);
  await zips.close();
  await zips.close();
  expect(readdirSync(directory)).toEqual([]);
  expect(() => process.kill(pid, 0)).toThrow(expect.objectContaining({ code: "ESRCH" }));
});
