import http from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { setImmediate } from "node:timers/promises";
import type { Delay } from "@eventstream-kit/service";
import type { Outcome } from "../invocation.ts";
import type { RemoteInvocation } from "../remote-code.ts";
import { crashed } from "../function-error.ts";
import { readBody, relayBody } from "./response-body.ts";
import { accept, refuse, refuseSize } from "./runtime-answers.ts";
import { reportedError, trailerError } from "./runtime-error.ts";

/** How an invocation ended: `truncated` when the connection broke in the middle of its response. */
export type Ending = Outcome | "truncated";

/** The invocation at hand. */
interface Task {
  readonly invocation: RemoteInvocation;
  readonly resolve: (ending: Ending) => void;
  /** Offered until the runtime asks for it, taken until it begins to answer, then answering. */
  state: "offered" | "taken" | "answering";
  /** Aborted when it begins to answer. */
  readonly answers: AbortController;
}

/** What a Runtime API needs of its surroundings. */
export interface RuntimeApiOptions {
  /** Milliseconds since the epoch, of the clock that the runtime sees too. */
  readonly now: () => number;
  readonly delay: Delay;
  /** Called when the runtime asks for its first invocation. */
  readonly onReady: () => void;
}

/**
 * Milliseconds in which an answer follows a request for the next invocation that has overtaken it. AWS's client for Node.js asks as soon as
 * it has sent the end of a stream that failed, on another connection.
 */
const answerFollowsMs = 500;

/** Largest response that is not streamed, and largest error report, in bytes. */
const bufferedBytes = 6 * 1024 * 1024 + 100;

const prefix = "/2018-06-01/runtime/";

/**
 * The Lambda Runtime API (version 2018-06-01) for one runtime, on a loopback port of its own:
 *
 *     GET  /runtime/invocation/next             waits for an invocation
 *     POST /runtime/invocation/<id>/response    answers it, at once or streaming
 *     POST /runtime/invocation/<id>/error       or says what went wrong
 *     POST /runtime/init/error                  the runtime cannot start
 */
export class RuntimeApi {
  readonly #server: http.Server;
  readonly #connections = new Set<Socket>();
  #whenSilent: (() => void) | undefined;
  readonly #options: RuntimeApiOptions;
  #address = "";
  #task: Task | undefined;
  /** The runtime's request for the next invocation, while there is none. */
  #waiting: ServerResponse | undefined;
  #ready = false;

  private constructor(options: RuntimeApiOptions) {
    this.#options = options;
    // Trailers count as headers, and an error with its trace is longer than Node's default for them.
    const server = http.createServer({ maxHeaderSize: 1024 * 1024, requestTimeout: 0, keepAliveTimeout: 0 });
    this.#server = server.on("request", (request, response) => this.#answer(request, response));
    server.on("connection", (socket) => {
      this.#connections.add(socket);
      socket.once("close", () => {
        this.#connections.delete(socket);
        if (this.#connections.size === 0) this.#whenSilent?.();
      });
    });
  }

  static async listen(options: RuntimeApiOptions): Promise<RuntimeApi> {
    const api = new RuntimeApi(options);
    await new Promise<void>((resolve, reject) => {
      api.#server.once("error", reject).listen(0, "127.0.0.1", resolve);
    });
    api.#address = `127.0.0.1:${String((api.#server.address() as AddressInfo).port)}`;
    return api;
  }

  /** Host and port. */
  get address(): string {
    return this.#address;
  }

  /** What has become of the invocation at hand. */
  get state(): Task["state"] | undefined {
    return this.#task?.state;
  }

  /** Offers an invocation to the runtime and waits for its end. One at a time. Never rejects. */
  async invoke(invocation: RemoteInvocation): Promise<Ending> {
    const ending = await new Promise<Ending>((resolve) => {
      this.#task = { invocation, resolve, state: "offered", answers: new AbortController() };
      this.#deliver();
    });
    // What the runtime printed before its response has arrived with it: it is heard in this turn.
    await setImmediate();
    this.#task = undefined;
    return ending;
  }

  /** Resolves when no connection is open: everything that a process sent before its end has been read then. */
  async silent(): Promise<void> {
    // One that was made at the last moment is taken in this turn.
    await setImmediate();
    if (this.#connections.size > 0) await new Promise<void>((resolve) => (this.#whenSilent = resolve));
  }

  /** Breaks what is open. */
  async close(): Promise<void> {
    this.#task?.resolve("truncated");
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    await closed;
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    response.on("error", () => undefined);
    const [, id, verb] = /^invocation\/([^/]+)\/(response|error)$/.exec(this.#route(request)) ?? [];
    if (request.headers.host !== this.address) {
      // A page of a website could reach this port under a name of its own.
      refuse(response, 403, "InvalidHost", `Expected the host ${this.address}`);
    } else if (request.headers.origin !== undefined || request.headers["sec-fetch-site"] !== undefined) {
      // Or by its address: no runtime is in a browser, and the next invocation must not be given to one.
      refuse(response, 403, "InvalidOrigin", "The Runtime API is not for web pages");
    } else if (id !== undefined) {
      void this.#end(request, response, id, verb === "response");
    } else if (this.#route(request) === "init/error") {
      void this.#initError(request, response);
    } else if (request.method === "GET" && request.url === `${prefix}invocation/next`) {
      void this.#next(response);
    } else {
      refuse(response, 404, "NotFound", `There is no ${request.method} ${request.url} in the Runtime API`);
    }
  }

  /** What is posted to, without the version. */
  #route({ method, url = "" }: IncomingMessage): string {
    return method === "POST" && url.startsWith(prefix) ? url.slice(prefix.length) : "";
  }

  async #next(response: ServerResponse): Promise<void> {
    if (this.#task?.state === "taken") {
      await this.#options.delay(answerFollowsMs, this.#task.answers.signal).catch(() => "it answers");
    }
    if (this.#task?.state === "taken") {
      refuse(response, 403, "InvalidStateTransition", "The invocation at hand has not been answered");
      return;
    }
    if (response.destroyed) return;
    this.#waiting?.destroy();
    this.#waiting = response;
    // A runtime that asks again, or dies, has stopped to wait.
    response.once("close", () => {
      if (this.#waiting === response) this.#waiting = undefined;
    });
    if (!this.#ready) {
      this.#ready = true;
      this.#options.onReady();
    }
    this.#deliver();
  }

  #deliver(): void {
    const [task, response] = [this.#task, this.#waiting];
    if (task?.state !== "offered" || response === undefined) return;
    this.#waiting = undefined;
    task.state = "taken";
    const { input, begin, remaining } = task.invocation;
    begin();
    const headers: Record<string, string> = {
      "Content-Type": "application/json",
      "Lambda-Runtime-Aws-Request-Id": input.requestId,
      "Lambda-Runtime-Deadline-Ms": String(Math.ceil(this.#options.now() + remaining())),
      "Lambda-Runtime-Invoked-Function-Arn": input.invokedFunctionArn,
    };
    if (input.traceId !== undefined) headers["Lambda-Runtime-Trace-Id"] = input.traceId;
    if (input.clientContext !== undefined) headers["Lambda-Runtime-Client-Context"] = asciiJson(input.clientContext);
    if (input.tenantId !== undefined) headers["Lambda-Runtime-Aws-Tenant-Id"] = input.tenantId;
    const payload = input.payload ?? Buffer.from(JSON.stringify(input.event));
    response.writeHead(200, { ...headers, "Content-Length": payload.length }).end(payload);
  }

  /** The end of the invocation at hand: its response, or an error instead of one. */
  async #end(request: IncomingMessage, response: ServerResponse, id: string, isResponse: boolean): Promise<void> {
    const task = this.#task;
    if (task?.invocation.input.requestId !== id) {
      refuse(response, 400, "InvalidRequestID", "Invalid request ID");
      return;
    }
    if (task.state !== "taken") {
      refuse(response, 403, "InvalidStateTransition", "The invocation has been answered");
      return;
    }
    task.state = "answering";
    task.answers.abort();
    task.resolve(
      isResponse ? await this.#readResponse(request, response, task.invocation) : await readError(request, response),
    );
  }

  async #readResponse(
    request: IncomingMessage,
    response: ServerResponse,
    invocation: RemoteInvocation,
  ): Promise<Ending> {
    const mode = textOf(request.headers["lambda-runtime-function-response-mode"])?.toLowerCase() ?? "buffered";
    if (mode === "streaming") return readStream(request, response, invocation);
    if (mode === "buffered") return readBuffered(request, response, invocation);
    refuse(response, 400, "InvalidFunctionResponseMode", "Invalid function response mode");
    const { requestId } = invocation.input;
    return crashed("Runtime.InvalidResponseModeHeader", `Invalid response mode header: ${mode}`, requestId);
  }

  async #initError(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const task = this.#task;
    if (this.#ready || task?.state !== "offered") {
      refuse(response, 403, "InvalidStateTransition", "The runtime has been initialised");
      return;
    }
    task.state = "answering";
    task.resolve(await readError(request, response));
  }
}

async function readStream(
  request: IncomingMessage,
  response: ServerResponse,
  invocation: RemoteInvocation,
): Promise<Ending> {
  const contentType = request.headers["content-type"] ?? "application/octet-stream";
  invocation.open({ streaming: true, contentType });
  if ((await relayBody(request, invocation.write)) === "truncated") return "truncated";
  accept(response);
  const error = trailerError(
    request.trailers["lambda-runtime-function-error-type"],
    request.trailers["lambda-runtime-function-error-body"],
  );
  if (error !== "malformed") return error ?? { kind: "success" };
  return crashed("Runtime.TruncatedResponse", "The trailers of the response are malformed", invocation.input.requestId);
}

async function readBuffered(
  request: IncomingMessage,
  response: ServerResponse,
  invocation: RemoteInvocation,
): Promise<Ending> {
  const { end, bytes, tooLarge } = await readBody(request, bufferedBytes);
  if (end === "truncated") return "truncated";
  if (tooLarge) return refuseSize(response, bufferedBytes);
  accept(response);
  invocation.open({ streaming: false, contentType: "application/json" });
  // The function is done with it, however long its reader takes.
  if (bytes.length > 0) void invocation.write(bytes);
  return { kind: "success" };
}

async function readError(request: IncomingMessage, response: ServerResponse): Promise<Ending> {
  const { end, bytes, tooLarge } = await readBody(request, bufferedBytes);
  if (end === "truncated") return "truncated";
  if (tooLarge) return refuseSize(response, bufferedBytes);
  accept(response);
  return reportedError(bytes, textOf(request.headers["lambda-runtime-function-error-type"]));
}

function textOf(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value[0] : value;
}

/** JSON that a header can hold. */
function asciiJson(value: unknown): string {
  return JSON.stringify(value).replaceAll(/[\u007f-\uffff]/g, (unit) => {
    return `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
  });
}
