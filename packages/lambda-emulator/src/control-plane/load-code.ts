import type { FunctionCode } from "../functions.ts";
import { invalidParameterValue } from "../lambda-error.ts";
import { RuntimeError } from "../response-stream.ts";
import type { CodeArtifact } from "./code-artifact.ts";
import type { FunctionSettings } from "./function-settings.ts";

/** A function that CreateFunction has made, as whoever makes it runnable sees it. */
export interface FunctionPackage {
  readonly functionName: string;
  /** The zip's bytes. Its first bytes are those of a zip; nothing else is known of them. */
  readonly zip?: Uint8Array;
  readonly s3?: { readonly bucket: string; readonly key: string; readonly objectVersion?: string };
  readonly imageUri?: string;
  /** Such as `nodejs22.x`; a function of `PackageType` `Image` has none. */
  readonly runtime?: string;
  /** Such as `index.handler`. */
  readonly handler?: string;
  /** The function's own variables. */
  readonly environment: Readonly<Record<string, string>>;
  /** In seconds. */
  readonly timeout: number;
  /** In MB. */
  readonly memorySize: number;
}

/**
 * Makes code of what CreateFunction, UpdateFunctionCode and UpdateFunctionConfiguration were given. It is asked again when
 * runtime, handler or environment change. A rejection refuses the operation: 400 `InvalidParameterValueException` with the
 * error's message.
 */
export type LoadCode = (code: FunctionPackage) => Promise<FunctionCode> | FunctionCode;

/** @throws {LambdaError} `InvalidParameterValueException` when there is no code in it */
export async function codeOf(
  load: LoadCode | undefined,
  functionName: string,
  { zip, s3, imageUri }: CodeArtifact,
  { runtime, handler, environment = {}, timeout, memorySize }: FunctionSettings,
): Promise<FunctionCode> {
  if (load === undefined) return notLoaded(functionName);
  try {
    return await load({
      functionName,
      ...(zip && { zip }),
      ...(s3 && { s3 }),
      ...(imageUri !== undefined && { imageUri }),
      ...(runtime !== undefined && { runtime }),
      ...(handler !== undefined && { handler }),
      environment,
      timeout,
      memorySize,
    });
  } catch (error) {
    throw invalidParameterValue(error instanceof Error ? error.message : String(error));
  }
}

/** Can be configured, published and deleted; whoever invokes it hears why it does not run. */
function notLoaded(functionName: string): FunctionCode {
  return () => {
    throw new RuntimeError(
      "Runtime.CodeNotLoaded",
      `The function ${functionName} was created through the API, and this emulated Lambda has no loadCode that makes its code run`,
    );
  };
}
