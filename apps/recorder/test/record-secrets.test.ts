import { once } from "node:events";
import { mkdirSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import http from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { InvokeWithResponseStreamCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { loadCassettes } from "@eventstream-kit/cassette/node";
import { encodeEvent } from "@eventstream-kit/codec";
import { afterEach, describe, expect, test, vi } from "vitest";
import { start, tempDir, urlOf } from "./eventstream.ts";
import { secretForms, secretsIn } from "./secret-forms.ts";

/** The recorder's own credentials, of the form that AWS gives them: two of them are masked wherever they are seen as such. */
const secrets = [
  "ASIAQX7RKNOWNKEYID4T",
  "kN0wn/5ecret+Key/of+the/Recorder/Itself1",
  `IQoJb3JpZ2luX2VjEJr//////////wEaCXVzLWVhc3QtMSJG${"kn0wn+Session/Token+".repeat(4)}==`,
];
const [accessKeyId, secretAccessKey, sessionToken] = secrets as [string, string, string];

const env = {
  AWS_ACCESS_KEY_ID: accessKeyId,
  AWS_SECRET_ACCESS_KEY: secretAccessKey,
  AWS_SESSION_TOKEN: sessionToken,
};

/** What the upstream says, in frames or otherwise, by the name of the function. */
type Answer = (response: http.ServerResponse, request: http.IncomingMessage) => void;

const event = (payload: string) => encodeEvent({ event: "PayloadChunk", payload: Buffer.from(payload) });

function frames(...payloads: readonly string[]): Answer {
  return (response) => {
    response.writeHead(200, {
      "content-type": "application/vnd.amazon.eventstream",
      "x-amzn-requestid": accessKeyId,
      "x-amzn-trace-id": secretAccessKey,
      "x-amz-security-token": sessionToken,
    });
    for (const payload of payloads) response.write(event(payload));
    response.end(encodeEvent({ event: "InvokeComplete", json: {} }));
  };
}

/** Each secret in each form, whole and cut in two by a frame boundary. */
const planted = secrets.flatMap((secret, index) =>
  secretForms(secret).flatMap(({ sent }, form) => {
    const middle = Math.floor(sent.length / 2);
    return [
      { name: `whole-${String(index)}-${String(form)}`, payloads: [sent] },
      { name: `cut-${String(index)}-${String(form)}`, payloads: [sent.slice(0, middle), sent.slice(middle)] },
    ];
  }),
);

/** As AWS does: with what it has received, signature and token included. */
const quoting: Answer = (response, { rawHeaders }) => {
  response.writeHead(403, { "content-type": "application/json", "x-amzn-errortype": "InvalidSignatureException" });
  response.end(JSON.stringify({ message: `The request was ${rawHeaders.join("\n")}, the key ${secretAccessKey}` }));
};

const failing: Record<string, Answer> = {
  quoting,
  unanswered: (response) => response.socket!.destroy(),
  reset(response) {
    response.writeHead(200, { "content-type": "application/vnd.amazon.eventstream" });
    response.write(event(sessionToken));
    response.write(event(`the key is ${secretAccessKey}`).subarray(0, -1), () => response.socket!.resetAndDestroy());
  },
  refused(response) {
    response.writeHead(400, { "content-type": "application/json", "x-amzn-errortype": "ValidationException" });
    response.end(JSON.stringify({ message: `No ${secrets.join(" and ")}` }));
  },
};

const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

async function upstreamOf(answers: Readonly<Record<string, Answer>>): Promise<string> {
  const server = http.createServer((request, response) => {
    const name = request.url!.split("/")[3]!;
    request.resume().once("end", () => answers[name]!(response, request));
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  closers.push(() => (server.closeAllConnections(), server.close()));
  return `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
}

async function invoke(endpoint: string, name: string, payload = "{}"): Promise<string[]> {
  const client = new LambdaClient({ endpoint, region: "us-east-1", maxAttempts: 1 });
  closers.push(() => client.destroy());
  const command = new InvokeWithResponseStreamCommand({ FunctionName: name, Payload: Buffer.from(payload) });
  const { EventStream } = await client.send(command);
  const payloads: string[] = [];
  for await (const { PayloadChunk } of EventStream!) {
    if (PayloadChunk) payloads.push(Buffer.from(PayloadChunk.Payload!).toString());
  }
  return payloads;
}

/** Every file below a folder, by its path in it. */
function filesIn(folder: string): { path: string; text: string }[] {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return entries.map(({ parentPath, name }) => {
    const path = join(parentPath, name);
    return { path: path.slice(folder.length), text: readFileSync(path, "latin1") };
  });
}

describe("record case 19: key id, secret key and session token of the recorder", () => {
  test("the search finds each of them in each form", () => {
    for (const secret of secrets) {
      for (const { sent, form } of secretForms(secret)) {
        expect(secretsIn(`before ${sent} behind`, [secret])).toContain(`secret 1 ${form}`);
      }
    }
    expect(secretsIn("ASIAXXXXXXXXXXXXXXXX, and nothing else", secrets)).toEqual([]);
  });

  test("are in no file, name of a file, and no output, in whatever form the upstream says them or fails", async () => {
    const clean = ["nothing that is secret"];
    const upstream = await upstreamOf({
      ...Object.fromEntries(planted.map(({ name, payloads }) => [name, frames(...payloads)])),
      ...failing,
      clean: frames(...clean),
      long: frames(`${"-".repeat(70_000)}${secretAccessKey}`),
      sent: frames("thanks"),
    });
    const cwd = tempDir();
    mkdirSync(join(cwd, "tmp"));
    const args = ["record", "--json", "--debug", "--verbose", "--upstream", upstream];
    const recorder = start(args, { cwd, env: { ...env, TMPDIR: join(cwd, "tmp") } });
    const url = await urlOf(recorder);
    const received = await Promise.all(planted.map(({ name }) => invoke(url, name)));
    expect(received).toEqual(planted.map(({ payloads }) => payloads));
    for (const name of Object.keys(failing)) await expect(invoke(url, name)).rejects.toBeInstanceOf(Error);
    expect(await invoke(url, "long")).toHaveLength(1);
    expect(await invoke(url, "sent", JSON.stringify({ secrets }))).toEqual(["thanks"]);
    expect(await invoke(url, "clean")).toEqual(clean);
    recorder.process.kill("SIGINT");
    const { code, stdout, stderr } = await recorder.done;

    expect(code).toBe(5);
    expect(secretsIn(stdout, secrets)).toEqual([]);
    expect(secretsIn(stderr, secrets)).toEqual([]);
    for (const { path, text } of filesIn(cwd)) {
      expect([path, secretsIn(path, secrets), secretsIn(text, secrets)]).toEqual([path, [], []]);
    }
    // Nothing is left there but what Node keeps of the code it has compiled.
    expect(readdirSync(join(cwd, "tmp")).filter((name) => name !== "node-compile-cache")).toEqual([]);

    // Nor do the bytes say them that a replay sends.
    const exchanges = (await loadCassettes(join(cwd, "cassettes"))).flatMap((cassette) => cassette.exchanges);
    for (const { request, items } of exchanges) {
      expect(secretsIn(Buffer.from(request.body).toString("latin1"), secrets)).toEqual([]);
      const carried = items.map((item) => Buffer.from(item.kind === "frame" ? item.message.payload : item.bytes));
      expect([request.path, secretsIn(Buffer.concat(carried).toString("latin1"), secrets)]).toEqual([request.path, []]);
    }
    // What can be masked is, and is recorded; the secret key by itself looks like nothing.
    const recorded = exchanges.map(({ request }) => request.path.split("/")[3]);
    expect(recorded).toEqual(expect.arrayContaining(["clean", "sent", "whole-0-0", "cut-0-0", "whole-2-0", "cut-2-0"]));
    const unseen = planted.map(({ name }) => name).filter((name) => name.includes("-1-"));
    for (const name of [...unseen, "long", "reset", "quoting", "unanswered"]) expect(recorded).not.toContain(name);
  });

  // Files without a name can be read by others through Linux' /proc only.
  test.runIf(process.platform === "linux")(
    "are in no file while a long recording waits for its end, nor after kill -9",
    async () => {
      // More than goes to the recording thread together.
      const payloads = Array.from({ length: 3000 }, (_, part) =>
        `${String(part)} ${secretAccessKey} `.padEnd(1000, "-"),
      );
      const upstream = await upstreamOf({
        endless(response) {
          response.writeHead(200, { "content-type": "application/vnd.amazon.eventstream" });
          for (const payload of payloads) response.write(event(payload));
        },
      });
      const cwd = tempDir();
      const temporary = join(cwd, "tmp");
      mkdirSync(temporary);
      const recorder = start(["record", "--json", "--upstream", upstream], { cwd, env: { ...env, TMPDIR: temporary } });
      const invoking = invoke(await urlOf(recorder), "endless").catch((error: unknown) => error);
      const spooled = await vi.waitUntil(() => openFiles(recorder.process.pid!, temporary), { timeout: 20_000 });
      expect(secretsIn(spooled, secrets)).toEqual([]);
      recorder.process.kill("SIGKILL");
      expect(await invoking).toBeInstanceOf(Error);
      await recorder.done;
      for (const { path, text } of filesIn(cwd)) expect([path, secretsIn(text, secrets)]).toEqual([path, []]);
      expect(readdirSync(temporary).filter((name) => name !== "node-compile-cache")).toEqual([]);
    },
  );
});

/** What a process has in the files of a folder that it has open. */
function openFiles(pid: number, folder: string): string {
  const open = readdirSync(`/proc/${String(pid)}/fd`).map((fd) => `/proc/${String(pid)}/fd/${fd}`);
  return open
    .filter((fd) => {
      try {
        return readlinkSync(fd).startsWith(`${folder}/.eventstream-`);
      } catch {
        return false;
      }
    })
    .map((fd) => readFileSync(fd, "latin1"))
    .join("");
}
