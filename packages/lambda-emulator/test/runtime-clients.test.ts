import { readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, test } from "vitest";
import {
  handlerAnswers,
  handlerCalls,
  handlersUrl,
  lambdaOf,
  recordedAnswers,
  titleOf,
} from "./runtimes/handler-calls.ts";
import type { HandlerAnswers } from "./runtimes/handler-calls.ts";
import { startRuntime } from "./runtimes/raw-runtime.ts";

/** The program of AWS's runtime client, as `npm run test:runtime-clients` installs it. */
const client = process.env["EVENTSTREAM_LAMBDA_RIC"] ?? "";
const why = client === "" ? "EVENTSTREAM_LAMBDA_RIC is not set" : "";

/** Set to write down what it answers instead of comparing. */
const recording = process.env["EVENTSTREAM_LAMBDA_RIC_RECORD"] !== undefined;
const recorded = JSON.parse(readFileSync(recordedAnswers, "utf8")) as Record<string, HandlerAnswers>;
const answers: Record<string, HandlerAnswers> = {};

describe.skipIf(why)(`aws-lambda-ric serves a real handler${why && ` (skipped: ${why})`}`, () => {
  test.each(handlerCalls.map((made) => [titleOf(made), made] as const))("%s", async (title, made) => {
    const cwd = dirname(fileURLToPath(handlersUrl));
    const printed: string[] = [];
    const onOutput = (text: string) => void printed.push(text);
    const options = { command: process.execPath, args: [client], cwd, handler: `handlers.${made.handler}`, onOutput };
    const answered = await handlerAnswers(lambdaOf(made.handler, startRuntime(options)), made);
    answers[title] = answered;
    expect(answered, `The client printed:\n${printed.join("")}`).toEqual(recording ? answered : recorded[title]);
  });

  afterAll(() => {
    if (recording) writeFileSync(recordedAnswers, `${JSON.stringify(answers, undefined, 2)}\n`);
  });
});
