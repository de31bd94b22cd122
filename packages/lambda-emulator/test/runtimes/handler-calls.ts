import { isUtf8 } from "node:buffer";
import { createHash } from "node:crypto";
import { decodeMessage } from "@eventstream-kit/codec";
import { createLambda, functionUrlPath } from "../../src/index.ts";
import type { EmulatedLambda, FunctionCode } from "../../src/index.ts";
import { call } from "../function-url-client.ts";
import { invokeTarget, request, send, streamTarget } from "../invoke-client.ts";

export const handlersUrl = new URL("handlers.mjs", import.meta.url).href;

/** What AWS's own runtime client made of the calls below. Written by `npm run test:runtime-clients -- --record`. */
export const recordedAnswers = new URL("handler-answers.json", import.meta.url);

/** A call of one of the exports of `handlers.mjs`. */
export interface HandlerCall {
  readonly handler: string;
  readonly method?: string;
  /** Path and query. */
  readonly path?: string;
  readonly body?: string;
}

export const handlerCalls: readonly HandlerCall[] = [
  { handler: "hono", path: "/text/Zo%C3%AB?q=1" },
  { handler: "hono", path: "/bytes" },
  { handler: "hono", path: "/events" },
  { handler: "hono", path: "/empty" },
  { handler: "hono", path: "/echo", method: "POST", body: '{"a":"é"}' },
  { handler: "hono", path: "/broken" },
  { handler: "hono", path: "/missing" },
  { handler: "middyStream" },
  { handler: "middyText" },
  { handler: "middyEmpty" },
  { handler: "middyThrows" },
  { handler: "plain" },
  { handler: "plainPipeline" },
  { handler: "plainEmpty" },
  { handler: "plainOnlyEnd" },
  { handler: "plainThrows" },
  { handler: "plainThrowsLate" },
  { handler: "plainLateType" },
  { handler: "plainDestroys" },
  { handler: "plainNothing" },
  { handler: "ordinary" },
  { handler: "ordinaryThrows" },
  { handler: "ordinaryNothing" },
  { handler: "ordinaryNoJson" },
  { handler: "ordinaryThrowsObject" },
];

export function titleOf({ handler, method = "GET", path = "" }: HandlerCall): string {
  return path === "" ? handler : `${handler} ${method} ${path}`;
}

/** What a handler answers to every front: all that does not change from call to call. */
export interface HandlerAnswers {
  readonly invoke: readonly unknown[];
  readonly stream: readonly unknown[];
  readonly streamingUrl: readonly unknown[];
  readonly bufferedUrl: readonly unknown[];
}

export function lambdaOf(name: string, code: FunctionCode): EmulatedLambda {
  return createLambda({ functions: { [name]: { handler: code, timeout: 60 } }, random: () => 0.5 });
}

/** Makes the call by both operations and through URLs of both modes. */
export async function handlerAnswers(lambda: EmulatedLambda, made: HandlerCall): Promise<HandlerAnswers> {
  const { handler, method = "GET", path = "/", body = "" } = made;
  const headers = [["X-Amz-Client-Context", Buffer.from('{"custom":{"a":"ß"}}').toString("base64")]] as const;
  const options = { body: JSON.stringify(urlEvent(made)), headers };
  const invoked = await send(lambda, "POST", invokeTarget(handler), options);
  const streamed = await request(lambda, "POST", streamTarget(handler), options);
  const payloads: Uint8Array[] = [];
  for await (const step of streamed.body) payloads.push(decodeMessage(step as Uint8Array).payload);
  const complete = JSON.parse(Buffer.from(payloads.pop()!).toString()) as Record<string, string>;

  const urls: (readonly unknown[])[] = [];
  for (const InvokeMode of ["RESPONSE_STREAM", "BUFFERED"]) {
    const target = `/2021-10-31/functions/${handler}/url`;
    const { json } = await call(lambda, "POST", target, { AuthType: "NONE", InvokeMode });
    const url = functionUrlPath((json as { FunctionUrl: string }).FunctionUrl);
    const answer = await send(lambda, method, `${url}${path.slice(1)}`, { body });
    await call(lambda, "DELETE", target);
    const lines = answer.headers.filter(([name]) => !/^(x-amz|date)/i.test(name)).map((line) => line.join(": "));
    urls.push([answer.status, lines, shown(answer.bytes)]);
  }
  return {
    invoke: [invoked.status, invoked.all("X-Amz-Function-Error"), invoked.all("Content-Type"), shown(invoked.bytes)],
    stream: [
      streamed.headers.find(([name]) => name === "x-amzn-Remapped-Content-Type")?.[1],
      shown(Buffer.concat(payloads)),
      complete["ErrorCode"] ?? null,
      shown(Buffer.from(complete["ErrorDetails"] ?? "")),
    ],
    streamingUrl: urls[0]!,
    bufferedUrl: urls[1]!,
  };
}

/**
 * Bytes as one can read and compare them: text, hexadecimal, or a digest. An error's trace names files of its runtime, and no
 * two have the same; nor have two calls the same id.
 */
function shown(bytes: Uint8Array): string {
  if (bytes.length > 2000) return `${bytes.length} bytes, SHA-256 ${createHash("sha256").update(bytes).digest("hex")}`;
  const buffer = Buffer.from(bytes);
  if (!isUtf8(buffer)) return `hex ${buffer.toString("hex")}`;
  const text = buffer.toString().replace(/"trace":\[.*\]/s, '"trace":[…]');
  return text.replace(/RequestId: [\da-f-]{36}/g, "RequestId: …");
}

/** What a function URL would send, as far as frameworks look at it. */
function urlEvent({ method = "GET", path = "/", body }: HandlerCall): object {
  const [rawPath, rawQueryString = ""] = path.split("?");
  return {
    version: "2.0",
    rawPath,
    rawQueryString,
    headers: { host: "abc.lambda-url.us-east-1.on.aws" },
    requestContext: { domainName: "abc.lambda-url.us-east-1.on.aws", http: { method, path: rawPath } },
    ...(body === undefined ? {} : { body }),
    isBase64Encoded: false,
  };
}
