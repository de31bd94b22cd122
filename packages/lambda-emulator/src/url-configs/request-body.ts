import type { Members } from "../request-members.ts";
import { present, readMembers } from "../request-members.ts";
import type { Cors } from "./url-config.ts";

/** The body of Create and Update, of the right types and not yet checked for its values. */
export interface UrlConfigBody {
  readonly authType?: string;
  /** An empty structure is not the same as an absent one: see the operations. */
  readonly cors?: Cors;
  readonly invokeMode?: string;
}

/**
 * Reads the JSON body of Create and Update. An empty body is `{}`, a `null` member is an absent one, unknown members are
 * ignored.
 *
 * @throws {LambdaError} `SerializationException` (400) when the body is not JSON, or a member has another type.
 */
export function readUrlConfigBody(bytes: Uint8Array): UrlConfigBody {
  const body = readMembers(bytes);
  return present({ authType: body.text("AuthType"), cors: readCors(body), invokeMode: body.text("InvokeMode") });
}

function readCors(body: Members): Cors | undefined {
  const cors = body.structure("Cors");
  return (
    cors &&
    present({
      AllowCredentials: cors.boolean("AllowCredentials"),
      AllowHeaders: cors.texts("AllowHeaders"),
      AllowMethods: cors.texts("AllowMethods"),
      AllowOrigins: cors.texts("AllowOrigins"),
      ExposeHeaders: cors.texts("ExposeHeaders"),
      MaxAge: cors.integer("MaxAge"),
    })
  );
}
