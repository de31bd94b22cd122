import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import type { FunctionCode } from "../src/index.ts";
import { installAwslambda } from "../src/runtime.ts";
import {
  handlerAnswers,
  handlerCalls,
  handlersUrl,
  lambdaOf,
  recordedAnswers,
  titleOf,
} from "./runtimes/handler-calls.ts";
import type { HandlerAnswers } from "./runtimes/handler-calls.ts";

const recorded = JSON.parse(readFileSync(recordedAnswers, "utf8")) as Record<string, HandlerAnswers>;

let restore: () => void = () => undefined;
let handlers: Record<string, FunctionCode> = {};
beforeAll(async () => {
  restore = installAwslambda();
  handlers = (await import(handlersUrl)) as Record<string, FunctionCode>;
});
afterAll(() => restore());

/*
 * Handlers of hono, of middy and without a framework, unmodified, behind the double of `awslambda`: both operations and both
 * kinds of URL answer what they answered when AWS's own runtime client (aws-lambda-ric 4) served these handlers.
 */
describe("a real handler behind the double answers as in AWS's own client", () => {
  test.each(handlerCalls.map((made) => [titleOf(made), made] as const))("%s", async (title, made) => {
    vi.spyOn(console, "error").mockImplementation(() => undefined);
    const lambda = lambdaOf(made.handler, handlers[made.handler]!);
    expect(await handlerAnswers(lambda, made)).toEqual(recorded[title]);
  });
});
