import net from "node:net";
import { encodeEvent } from "@eventstream-kit/codec";
import type { Body, HeaderLine, Reply, Service, ServiceRequest, Step } from "@eventstream-kit/service";

const encoder = new TextEncoder();

export function utf8(value: string): Uint8Array {
  return encoder.encode(value);
}

export function text(bytes: Uint8Array | readonly Uint8Array[]): string {
  return Buffer.concat(bytes instanceof Uint8Array ? [bytes] : bytes).toString("latin1");
}

export function replyOf(body: Body, headers: readonly HeaderLine[] = [], status = 200): Reply {
  return { status, headers, body };
}

/** A service that gives every request the same reply, or what a function makes of it. */
export function always(reply: Reply | ((request: ServiceRequest) => Reply | Promise<Reply> | undefined)): Service {
  return {
    async handle(request) {
      return typeof reply === "function" ? reply(request) : reply;
    },
  };
}

/** A promise to be settled from outside. */
export class Gate<T = void> {
  readonly promise: Promise<T>;
  #resolve!: (value: T) => void;
  constructor() {
    this.promise = new Promise((resolve) => {
      this.#resolve = resolve;
    });
  }
  open(value: T): void {
    this.#resolve(value);
  }
}

/** All steps of a body; a thrown error comes last. */
export async function stepsOf(body: Body): Promise<(Step | Error)[]> {
  const steps: (Step | Error)[] = [];
  try {
    for await (const step of body) steps.push(step);
  } catch (error) {
    steps.push(error as Error);
  }
  return steps;
}

/** A small event stream: three chunks of "one", "two", "three", and Lambda's last word. */
export const frames: readonly Uint8Array[] = [
  encodeEvent({ event: "PayloadChunk", payload: utf8("one") }),
  encodeEvent({ event: "PayloadChunk", payload: utf8("two") }),
  encodeEvent({ event: "PayloadChunk", payload: utf8("three") }),
  encodeEvent({ event: "InvokeComplete", json: {} }),
];

export const eventStreamLine: HeaderLine = ["Content-Type", "application/vnd.amazon.eventstream"];

/** Everything a server sends on one connection, byte by byte, and how the connection ended. */
export async function rawExchange(port: number, request: string): Promise<{ text: string; end: string }> {
  const socket = net.connect(port, "127.0.0.1");
  socket.setNoDelay(true);
  socket.write(request, "latin1");
  const chunks: Buffer[] = [];
  let end = "closed";
  socket.on("data", (chunk) => chunks.push(chunk));
  socket.on("end", () => (end = "FIN"));
  socket.on("error", (error: NodeJS.ErrnoException) => (end = error.code ?? error.message));
  await new Promise((resolve) => socket.on("close", resolve));
  return { text: text(chunks), end };
}
