import { createHash } from "node:crypto";
import type { ServiceRequest } from "@eventstream-kit/service";
import type { RecorderError } from "./errors.ts";

type Request = Pick<ServiceRequest, "method" | "target" | "body">;

/** The calls of a session that have got no answer. SDKs and programs try again: then only the end counts. */
export class LostCalls {
  readonly #lost = new Map<string, RecorderError>();

  failed(request: Request, error: RecorderError): void {
    this.#lost.set(keyOf(request), error);
  }

  /** The call has been answered, so what failed before was not the last try. */
  answered(request: Request): void {
    this.#lost.delete(keyOf(request));
  }

  /** The last failure of each. */
  errors(): readonly RecorderError[] {
    return [...this.#lost.values()];
  }
}

/** The same for each try: signatures, dates and attempts are in the headers. */
function keyOf({ method, target, body }: Request): string {
  return createHash("sha256").update(`${method} ${target}\n`).update(body).digest("hex");
}
