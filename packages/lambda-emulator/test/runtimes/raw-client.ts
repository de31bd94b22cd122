/**
 * A runtime client without any library, which does what each event says: for the tests of the Runtime API, good manners and
 * bad ones.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import http from "node:http";
import type { ClientRequest, IncomingMessage } from "node:http";
import process from "node:process";

/** What an invocation asks for. */
export interface RawEvent {
  readonly do: keyof typeof manners;
  /** Text of the response, write by write. */
  readonly parts?: readonly string[];
  /** An URL that answers when the next write may happen. */
  readonly gate?: string;
  readonly contentType?: string;
  /** Trailers of a streaming response. */
  readonly trailers?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly log?: string;
  /** Bytes, or an exit code. */
  readonly number?: number;
  readonly signal?: NodeJS.Signals;
}

interface Invocation {
  readonly id: string;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly text: string;
}

const api = process.env["AWS_LAMBDA_RUNTIME_API"]!;
const runtime = "/2018-06-01/runtime";

/** Lives on. Without a timer Node would end. */
const forever = () => new Promise<never>(() => void setInterval(() => undefined, 60_000));

function open(method: string, path: string, headers: Readonly<Record<string, string>> = {}): ClientRequest {
  return http.request(new URL(path, `http://${api}`), { method, headers, agent: false });
}

async function read(request: ClientRequest): Promise<{ response: IncomingMessage; text: string }> {
  const [response] = (await once(request, "response")) as [IncomingMessage];
  const parts: Buffer[] = [];
  for await (const part of response) parts.push(part as Buffer);
  return { response, text: Buffer.concat(parts).toString() };
}

/** Sends a whole request. */
async function send(method: string, path: string, body = "", headers: Readonly<Record<string, string>> = {}) {
  const request = open(method, path, headers);
  request.end(body);
  const { response, text } = await read(request);
  return [response.statusCode, text === "" ? undefined : (JSON.parse(text) as unknown)] as const;
}

const pathOf = (id: string, verb: "response" | "error") => `${runtime}/invocation/${id}/${verb}`;
const respond = (id: string, body: unknown) => send("POST", pathOf(id, "response"), JSON.stringify(body));

function openStream(id: string, { contentType, trailers, headers }: RawEvent): ClientRequest {
  return open("POST", pathOf(id, "response"), {
    "Lambda-Runtime-Function-Response-Mode": "streaming",
    "Transfer-Encoding": "chunked",
    ...(contentType === undefined ? {} : { "Content-Type": contentType }),
    ...(trailers === undefined ? {} : { Trailer: Object.keys(trailers).join(", ") }),
    ...headers,
  });
}

/** Writes all parts, each after the gate, and waits until they have been handed to the socket. */
async function writeParts(stream: ClientRequest, { parts = [], gate }: RawEvent): Promise<void> {
  for (const part of parts) {
    if (gate !== undefined) await fetch(gate);
    await new Promise((resolve) => stream.write(part, resolve));
  }
}

const manners = {
  /** A response at once: what the runtime was given. */
  async echo({ id, headers, text }: Invocation) {
    await respond(id, { pid: process.pid, headers, text, env: process.env });
  },
  async body({ id }: Invocation, { body = "" }: RawEvent) {
    await send("POST", pathOf(id, "response"), body);
  },
  async stream({ id }: Invocation, event: RawEvent) {
    const stream = openStream(id, event);
    await writeParts(stream, event);
    if (event.trailers) stream.addTrailers(event.trailers);
    stream.end();
    await read(stream);
  },
  /** `number` bytes as fast as they are taken, then asks the gate. */
  async flood({ id }: Invocation, event: RawEvent) {
    const stream = openStream(id, event);
    const part = Buffer.alloc(64 * 1024, "x");
    for (let left = event.number!; left > 0; left -= part.length) {
      if (!stream.write(part)) await once(stream, "drain");
    }
    await fetch(event.gate!);
    stream.end();
    await read(stream);
  },
  async error({ id }: Invocation, { body = "", headers }: RawEvent) {
    await send("POST", pathOf(id, "error"), body, headers);
  },
  async large({ id }: Invocation, { number = 0 }: RawEvent) {
    const answer = await send("POST", pathOf(id, "response"), "x".repeat(number));
    console.log(JSON.stringify(answer));
  },
  async largeError({ id }: Invocation, { number = 0 }: RawEvent) {
    const answer = await send("POST", pathOf(id, "error"), "x".repeat(number));
    console.log(JSON.stringify(answer));
  },
  /** Everything that is against the rules, and the answers to it, as the response. */
  async rude({ id }: Invocation) {
    const answers = [
      await send("GET", `${runtime}/invocation/next`),
      await send("POST", `${runtime}/invocation/other/response`, "{}"),
      await send("POST", `${runtime}/init/error`, "{}"),
      await send("GET", `${runtime}/nothing`),
      await send("GET", `${runtime}/invocation/next`, "", { Host: "example.com" }),
      // As a browser does it for a page of any website.
      await send("GET", `${runtime}/invocation/next`, "", { "Sec-Fetch-Site": "cross-site" }),
      await send("POST", pathOf(id, "response"), "{}", { Origin: "https://example.com" }),
    ];
    await respond(id, answers);
    console.log(JSON.stringify(await respond(id, "again")));
  },
  async exit(_invocation: Invocation, { number }: RawEvent) {
    process.exit(number);
  },
  async kill(_invocation: Invocation, { signal }: RawEvent) {
    process.kill(process.pid, signal);
    await forever();
  },
  /** Begins a stream, and ends with it. */
  async die({ id }: Invocation, event: RawEvent) {
    const stream = openStream(id, event);
    await writeParts(stream, event);
    if (event.signal) process.kill(process.pid, event.signal);
    else process.exit(event.number);
    await forever();
  },
  /** Begins a response, breaks the connection and lives on. */
  async cut({ id }: Invocation, event: RawEvent) {
    const stream = openStream(id, event).on("error", () => undefined);
    await writeParts(stream, event);
    stream.destroy();
    await forever();
  },
  async hang() {
    await forever();
  },
  /** Answers, and is gone at the next invocation. */
  async last({ id }: Invocation) {
    await respond(id, process.pid);
    process.exit(0);
  },
  /** Starts a process that would live on, says its number, and hangs. */
  async parent({ id }: Invocation, event: RawEvent) {
    const child = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"], { stdio: "inherit" });
    const stream = openStream(id, event);
    await writeParts(stream, { do: "stream", parts: [JSON.stringify([process.pid, child.pid])] });
    await forever();
  },
};

async function next(): Promise<Invocation> {
  const request = open("GET", `${runtime}/invocation/next`);
  request.end();
  const { response, text } = await read(request);
  const headers = response.headers as Invocation["headers"];
  return { id: headers["lambda-runtime-aws-request-id"]!, headers, text };
}

/** What goes wrong before the first invocation. */
const inits: Record<string, () => Promise<void>> = {
  async error() {
    console.log("cannot start");
    const error = { errorType: "Runtime.ImportModuleError", errorMessage: "no such module", trace: ["a"] };
    await send("POST", `${runtime}/init/error`, JSON.stringify(error), {
      "Lambda-Runtime-Function-Error-Type": "Runtime.ImportModuleError",
    });
    process.exit(1);
  },
  async exit() {
    process.exit(3);
  },
  async hang() {
    console.log("starting");
    await forever();
  },
};

await inits[process.env["RAW_INIT"] ?? ""]?.();
for (;;) {
  const invocation = await next();
  const event = JSON.parse(invocation.text) as RawEvent;
  if (event.log !== undefined) process.stdout.write(event.log);
  await manners[event.do](invocation, event);
}
