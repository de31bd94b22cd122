import type { ServerResponse } from "node:http";
import type { Outcome } from "../invocation.ts";
import { tooLargeJson } from "../read-buffered.ts";

/** A response, or a report of an error, that is larger than `most` bytes: what the caller hears of it. */
export function refuseSize(response: ServerResponse, most: number): Outcome {
  const message = `Exceeded maximum allowed payload size (${String(most)} bytes).`;
  refuse(response, 413, "RequestEntityTooLarge", message);
  const errorType = "Function.ResponseSizeTooLarge";
  return { kind: "error", errorType, errorMessage: message, trace: [], json: tooLargeJson(most) };
}

/** The runtime has said what it was asked for. */
export function accept(response: ServerResponse): void {
  send(response, 202, { status: "OK" });
}

/** What it did is against the rules, and changes nothing. */
export function refuse(response: ServerResponse, status: number, errorType: string, errorMessage: string): void {
  send(response, status, { errorMessage, errorType });
}

function send(response: ServerResponse, status: number, body: object): void {
  const bytes = Buffer.from(`${JSON.stringify(body)}\n`);
  response.writeHead(status, { "Content-Type": "application/json", "Content-Length": bytes.length }).end(bytes);
}
