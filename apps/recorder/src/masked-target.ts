import { createRecorder, type RedactionOptions } from "@eventstream-kit/cassette";
import type { ServiceRequest } from "@eventstream-kit/service";

export type MaskTarget = (request: Pick<ServiceRequest, "method" | "target">) => string;

/**
 * Masks the target of a request as its cassette has it, for what a call is called in names of files and on the terminal. Undefined
 * where nobody has rules of their own: by the built-in ones, names are masked anyway.
 */
export function targetMask(redact: RedactionOptions | false): MaskTarget | undefined {
  if (redact === false || (redact.find === undefined && redact.regex === undefined)) return undefined;
  const recorder = createRecorder({ redact });
  return ({ method, target }) => {
    const recording = recorder.start({ method, target, headers: [], body: new Uint8Array() });
    recording.head({ status: 200, headers: [] });
    return recording.end().request.path;
  };
}
