import { CreateFunctionCommand } from "@aws-sdk/client-lambda";
import type { CreateFunctionCommandInput } from "@aws-sdk/client-lambda";
import type { EmulatedLambda, LambdaOptions } from "../src/index.ts";
import { createLambda } from "../src/index.ts";
import { call } from "./function-url-client.ts";

/** Looks like a zip to whoever only looks at its beginning. */
export const zip = Buffer.from("PK\x03\x04 and so on", "latin1");
export const role = "arn:aws:iam::123456789012:role/test";
export const functionsPath = "/2015-03-31/functions";
export const arnOf = (name: string) => `arn:aws:lambda:us-east-1:123456789012:function:${name}`;

/** What CreateFunction needs. */
export const minimal: Record<string, unknown> = {
  FunctionName: "made",
  Role: role,
  Runtime: "nodejs22.x",
  Handler: "index.handler",
  Code: { ZipFile: zip.toString("base64") },
};

/** CreateFunction of the SDK, for a function that needs no more. */
export function creation(FunctionName: string, more: Partial<CreateFunctionCommandInput> = {}): CreateFunctionCommand {
  const Runtime = "nodejs22.x";
  return new CreateFunctionCommand({
    FunctionName,
    Role: role,
    Runtime,
    Handler: "index.handler",
    Code: { ZipFile: zip },
    ...more,
  });
}

/** An emulated Lambda where nothing has to be waited for. */
export function quickLambda(options: Partial<LambdaOptions> = {}): EmulatedLambda {
  return createLambda({ functions: {}, ...options, limits: { functionPendingMs: 0, ...options.limits } });
}

/** An operation's status, error type and JSON. */
export async function answered(lambda: EmulatedLambda, method: string, path: string, body?: unknown) {
  const { answer, json } = await call(lambda, method, functionsPath + path, body);
  const [type] = answer.all("x-amzn-ErrorType");
  return { status: answer.status, ...(type !== undefined && { type }), json };
}

/** An error of the caller: most carry their message under `Message` or `message`, and a `Type`. */
export const notFound = (Message: string) => ({
  status: 404,
  type: "ResourceNotFoundException",
  json: { Type: "User", Message },
});
export const invalid = (message: string) => ({
  status: 400,
  type: "InvalidParameterValueException",
  json: { Type: "User", message },
});
export const conflict = (message: string) => ({
  status: 409,
  type: "ResourceConflictException",
  json: { Type: "User", message },
});
export const violation = (message: string) => ({
  status: 400,
  type: "ValidationException",
  json: { message: `1 validation error detected: ${message}` },
});
