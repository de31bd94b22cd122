import http from "node:http";
import https from "node:https";
import type { HeaderLine, Reply, ServiceRequest, Step } from "@eventstream-kit/service";
import { headerValue } from "@eventstream-kit/service";

/**
 * A request as data, sent by node:http, and its answer as data again: raw header lines, and a step for each chunk as it
 * comes. A connection that breaks is a reset.
 */
export function httpCall(origin: string, request: ServiceRequest): Promise<Reply> {
  const { method, target, headers, body, signal } = request;
  const lines =
    headerValue(headers, "host") === undefined ? [["host", new URL(origin).host] as const, ...headers] : headers;
  return new Promise((resolve, reject) => {
    const { request: call } = origin.startsWith("https:") ? https : http;
    const sent = call(origin, {
      method,
      path: target,
      headers: lines.flat(),
      agent: false,
      ...(signal ? { signal } : {}),
    });
    sent.once("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "ECONNRESET") resolve({ status: 200, headers: [], body: [{ kind: "reset" }] });
      else reject(error);
    });
    sent.once("response", (response) => {
      sent.on("error", () => {}); // The response tells.
      resolve({ status: response.statusCode!, headers: linesOf(response), body: stepsOf(response) });
    });
    sent.end(body);
  });
}

function linesOf({ rawHeaders }: http.IncomingMessage): HeaderLine[] {
  const lines: HeaderLine[] = [];
  for (let at = 0; at < rawHeaders.length; at += 2) lines.push([rawHeaders[at]!, rawHeaders[at + 1]!]);
  return lines;
}

/** By events, because a stream that is iterated joins what has been waiting. */
function stepsOf(response: http.IncomingMessage): AsyncIterable<Step> {
  const state: { readonly steps: Step[]; ended: boolean; wake?: () => void } = { steps: [], ended: false };
  const end = (last: readonly Step[]) => {
    if (!state.ended) state.steps.push(...last);
    state.ended = true;
    state.wake?.();
  };
  response.on("data", (chunk: Buffer) => {
    state.steps.push(new Uint8Array(chunk));
    state.wake?.();
  });
  response.on("end", () => end([]));
  response.on("error", () => end([{ kind: "reset" }]));
  const iterator: AsyncIterator<Step, undefined> = {
    async next() {
      if (state.steps.length === 0 && !state.ended) await new Promise<void>((resolve) => (state.wake = resolve));
      const value = state.steps.shift();
      return value === undefined ? { done: true, value } : { done: false, value };
    },
    return() {
      state.ended = true;
      response.destroy();
      return Promise.resolve({ done: true, value: undefined });
    },
  };
  return { [Symbol.asyncIterator]: () => iterator };
}
