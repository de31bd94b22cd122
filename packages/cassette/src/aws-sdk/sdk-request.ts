import type { HeaderLine, ServiceRequest } from "@eventstream-kit/service";
import { headerValue, isBytes } from "@eventstream-kit/service";
import { concat } from "../bytes.ts";
import { CassetteError } from "../errors.ts";
import type { SdkRequest } from "./sdk-client.ts";

/**
 * A request of an SDK as data. A body that is a stream is read to its end, and the request has its bytes from then on.
 *
 * @throws CassetteError `unsupported` for a request whose body is an event stream: its answer may wait for parts of it.
 */
export async function serviceRequestOf(request: SdkRequest): Promise<ServiceRequest> {
  const headers: HeaderLine[] = [];
  for (const [name, value] of Object.entries(request.headers)) {
    // HTTP/2's own, such as `:authority`, are no header lines.
    if (!name.startsWith(":")) headers.push([name, value]);
  }
  const type = headerValue(headers, "content-type");
  if (type?.startsWith("application/vnd.amazon.eventstream")) {
    throw new CassetteError(
      "unsupported",
      `Reading the request ${request.method} ${request.path}: its body is an event stream; expected one that is sent before the answer comes, because two-way streams are not recorded`,
    );
  }
  const { body = null } = request;
  let bytes = await bytesOf(body);
  if (bytes === undefined) {
    bytes = await collected(body);
    request.body = bytes;
  }
  return { method: request.method, target: targetOf(request), headers, body: bytes };
}

function targetOf({ path, query = {} }: SdkRequest): string {
  const parameters = Object.keys(query)
    .sort()
    .flatMap((name) => {
      const value = query[name] ?? null;
      if (Array.isArray(value)) return value.map((one) => `${escaped(name)}=${escaped(one)}`);
      return value === null ? escaped(name) : `${escaped(name)}=${escaped(value)}`;
    });
  return parameters.length === 0 ? path : `${path}?${parameters.join("&")}`;
}

/** RFC 3986's reserved characters too, as SDKs do. */
function escaped(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
}

/** The bytes of a body that has them all. Undefined for a stream. */
async function bytesOf(body: unknown): Promise<Uint8Array | undefined> {
  if (body === null) return new Uint8Array();
  if (typeof body === "string") return new TextEncoder().encode(body);
  if (isBytes(body)) return body;
  if (ArrayBuffer.isView(body)) return new Uint8Array(body.buffer, body.byteOffset, body.byteLength);
  if (body instanceof ArrayBuffer) return new Uint8Array(body);
  if (body instanceof Blob) return new Uint8Array(await body.arrayBuffer());
  return undefined;
}

async function collected(body: unknown): Promise<Uint8Array> {
  if (typeof body !== "object" || body === null || !(Symbol.asyncIterator in body)) {
    const found = typeof body;
    throw new CassetteError(
      "unsupported",
      `Reading a request: its body is of type ${found}; expected bytes or a stream`,
    );
  }
  const parts: Uint8Array[] = [];
  for await (const part of body as AsyncIterable<Uint8Array | string>) {
    parts.push(typeof part === "string" ? new TextEncoder().encode(part) : part);
  }
  return concat(parts);
}
