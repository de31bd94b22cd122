import type { HeaderLine, Reply, Service, Step } from "@eventstream-kit/service";
import { expect } from "vitest";

/** A reply that has been read to its end. */
export interface Answer {
  readonly status: number;
  readonly headers: readonly HeaderLine[];
  /** The body's steps, one an item: a write as text, a wait as it is. */
  readonly steps: readonly (string | Step)[];
  readonly text: string;
  readonly bytes: Uint8Array;
  /** All values of a name, in any letter case. */
  all(name: string): readonly string[];
}

export interface SendOptions {
  readonly headers?: readonly HeaderLine[];
  readonly body?: string | Uint8Array;
  /** Aborted when the client leaves. */
  readonly signal?: AbortSignal;
}

/** Sends a request as data to a service and leaves its body unread. */
export async function request(
  service: Service,
  method: string,
  target: string,
  { headers = [], body = "", signal }: SendOptions = {},
): Promise<Reply> {
  const bytes = typeof body === "string" ? Buffer.from(body) : body;
  const reply = await service.handle({ method, target, headers, body: bytes, ...(signal && { signal }) });
  if (reply === undefined) throw new Error(`Nobody answers ${method} ${target}`);
  return reply;
}

/** Sends a request as data to a service and reads the whole answer. */
export async function send(
  service: Service,
  method: string,
  target: string,
  options: SendOptions = {},
): Promise<Answer> {
  const { status, headers, body } = await request(service, method, target, options);
  const steps: (string | Step)[] = [];
  const bytes: Uint8Array[] = [];
  for await (const step of body) {
    if (step instanceof Uint8Array) bytes.push(step);
    steps.push(step instanceof Uint8Array ? Buffer.from(step).toString() : step);
  }
  const whole = Buffer.concat(bytes);
  return {
    status,
    headers,
    steps,
    text: whole.toString(),
    bytes: whole,
    all: (name) => headers.filter(([other]) => other.toLowerCase() === name.toLowerCase()).map(([, value]) => value),
  };
}

/** An operation of the Lambda API: the answer and its JSON. */
export async function call(
  service: Service,
  method: string,
  target: string,
  body?: unknown,
): Promise<{ readonly answer: Answer; readonly json: Record<string, unknown> }> {
  const answer = await send(service, method, target, body === undefined ? {} : { body: JSON.stringify(body) });
  return { answer, json: answer.text === "" ? {} : (JSON.parse(answer.text) as Record<string, unknown>) };
}

/** Where a function URL is. */
export interface TestUrl {
  readonly id: string;
  readonly host: HeaderLine;
  /** `/lambda-url/<url-id>` */
  readonly path: string;
}

/** Creates a function URL. */
export async function createUrl(
  service: Service,
  functionName: string,
  settings: Record<string, unknown> = {},
  qualifier?: string,
): Promise<TestUrl> {
  const query = qualifier === undefined ? "" : `?Qualifier=${qualifier}`;
  const target = `/2021-10-31/functions/${functionName}/url${query}`;
  const { answer, json } = await call(service, "POST", target, { AuthType: "NONE", ...settings });
  expect(answer.status).toBe(201);
  const { host } = new URL(json["FunctionUrl"] as string);
  const [id = ""] = host.split(".");
  return { id, host: ["Host", host], path: `/lambda-url/${id}` };
}

/** Something that happens once and can be waited for. */
export class Signal {
  readonly happened: Promise<void>;
  happen!: () => void;

  constructor() {
    this.happened = new Promise((resolve) => (this.happen = resolve));
  }
}
