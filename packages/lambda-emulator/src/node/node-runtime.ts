import http from "node:http";
import type { ClientRequest, IncomingMessage } from "node:http";
import process from "node:process";
import { installAwslambda } from "../awslambda.ts";
import { callHandler } from "../call-handler.ts";
import type { OrdinaryHandler } from "../call-handler.ts";
import { failureJson, loggedJson, thrown } from "../function-error.ts";
import { lambdaContext } from "../lambda-context.ts";
import type { LambdaContext } from "../lambda-context.ts";
import { ResponseStream } from "../response-stream.ts";
import { resultBytes } from "../result-bytes.ts";
import { UncaughtError, highWaterMarkOf, isStreamingHandler, runStreamingHandler } from "../streamify.ts";
import type { StreamingHandler } from "../streamify.ts";
import { loadHandler } from "./node-handler.ts";
import { beginLogOf, installConsole, logLine } from "./runtime-console.ts";

/** The address of this module, for a process that is to import it. */
export const nodeRuntimeModule: string = import.meta.url;

const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });

/**
 * A client of the Lambda Runtime API for Node.js: what a process does that serves a zip. Reads its environment, and ends
 * with its process.
 */
export async function runNodeRuntime(): Promise<void> {
  const { _HANDLER: name = "", LAMBDA_TASK_ROOT: root = "." } = process.env;
  installAwslambda();
  installConsole();
  let handler: OrdinaryHandler;
  try {
    handler = await loadHandler(root, name);
  } catch (error) {
    await report("init/error", error, "");
    process.exit(1);
  }
  for (;;) await serve(handler, await next());
}

/** An invocation as the Runtime API gives it. */
interface Task {
  readonly id: string;
  readonly event: unknown;
  readonly context: LambdaContext;
}

async function next(): Promise<Task> {
  const request = http.request(address("invocation/next"), { agent });
  request.end();
  const { headers, body } = await answerTo(request);
  const of = (name: string) => String(headers[`lambda-runtime-${name}`] ?? "");
  const {
    AWS_LAMBDA_FUNCTION_NAME = "",
    AWS_LAMBDA_FUNCTION_VERSION = "",
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
  } = process.env;
  process.env["_X_AMZN_TRACE_ID"] = of("trace-id");
  const id = of("aws-request-id");
  beginLogOf(id);
  const event: unknown = JSON.parse(body);
  const context = lambdaContext(
    {
      requestId: id,
      functionName: AWS_LAMBDA_FUNCTION_NAME,
      version: AWS_LAMBDA_FUNCTION_VERSION,
      invokedFunctionArn: of("invoked-function-arn"),
      event,
      ...(of("client-context") && { clientContext: JSON.parse(of("client-context")) as unknown }),
      ...(of("aws-tenant-id") && { tenantId: of("aws-tenant-id") }),
    },
    {
      memorySize: Number(AWS_LAMBDA_FUNCTION_MEMORY_SIZE),
      startedAt: Date.now(),
      remaining: () => Math.max(0, Number(of("deadline-ms")) - Date.now()),
      log: (text) => console.log(text),
    },
  );
  const logStreamName = process.env["AWS_LAMBDA_LOG_STREAM_NAME"] ?? context.logStreamName;
  return { id, event, context: { ...context, logStreamName } };
}

async function serve(handler: OrdinaryHandler, task: Task): Promise<void> {
  if (isStreamingHandler(handler)) {
    await serveStream(handler, task);
    return;
  }
  let bytes: Uint8Array;
  try {
    bytes = resultBytes(await callHandler(handler, task.event, task.context));
  } catch (error) {
    await report(`invocation/${task.id}/error`, error, task.id);
    return;
  }
  const request = post(`invocation/${task.id}/response`, { "Content-Type": "application/json" });
  request.end(bytes);
  await answerTo(request);
}

/** The response begins with the first write, when its content type is known; an error travels in its trailers. */
async function serveStream(handler: StreamingHandler, { id, event, context }: Task): Promise<void> {
  let request: ClientRequest | undefined;
  let answer: Promise<unknown> | undefined;
  const begin = (): ClientRequest => {
    if (request !== undefined) return request;
    request = post(`invocation/${id}/response`, {
      "Content-Type": stream.contentType,
      "Lambda-Runtime-Function-Response-Mode": "streaming",
      "Transfer-Encoding": "chunked",
      Trailer: "Lambda-Runtime-Function-Error-Type, Lambda-Runtime-Function-Error-Body",
    });
    answer = answerTo(request);
    return request;
  };
  const size = highWaterMarkOf(handler);
  const stream: ResponseStream = new ResponseStream({
    write: (bytes) =>
      new Promise((resolve, reject) => {
        begin().write(bytes, (error) => (error ? reject(error) : resolve()));
      }),
    ...(size === undefined ? {} : { highWaterMark: size }),
  });
  try {
    await runStreamingHandler(handler, event, stream, context, () => undefined);
  } catch (error) {
    if (error instanceof UncaughtError) throw error; // It ends this process.
    const failure = thrown(error);
    logLine("ERROR", `Invoke Error \t${loggedJson(failure)}`);
    begin().addTrailers({
      "Lambda-Runtime-Function-Error-Type": failure.errorType,
      "Lambda-Runtime-Function-Error-Body": Buffer.from(failureJson(failure, id)).toString("base64"),
    });
  }
  begin().end();
  await answer;
}

async function report(path: string, error: unknown, id: string): Promise<void> {
  const failure = thrown(error);
  logLine("ERROR", `${id === "" ? "Uncaught Exception" : "Invoke Error"} \t${loggedJson(failure)}`);
  const request = post(path, {
    "Content-Type": "application/json",
    "Lambda-Runtime-Function-Error-Type": failure.errorType,
  });
  request.end(failureJson(failure, id));
  await answerTo(request);
}

function post(path: string, headers: Readonly<Record<string, string>>): ClientRequest {
  return http.request(address(path), { method: "POST", agent, headers });
}

function address(path: string): string {
  return `http://${process.env["AWS_LAMBDA_RUNTIME_API"] ?? ""}/2018-06-01/runtime/${path}`;
}

/** A Runtime API that is gone leaves nothing to do: the rejection ends the process. */
function answerTo(
  request: ClientRequest,
): Promise<{ readonly headers: IncomingMessage["headers"]; readonly body: string }> {
  return new Promise((resolve, reject) => {
    request.on("error", reject);
    request.on("response", (response: IncomingMessage) => {
      let body = "";
      response.setEncoding("utf8");
      response.on("data", (text: string) => (body += text));
      response.on("end", () => resolve({ headers: response.headers, body }));
      response.on("error", reject);
    });
  });
}
