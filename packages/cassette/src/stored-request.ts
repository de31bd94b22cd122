import type { ServiceRequest } from "@eventstream-kit/service";
import type { RecordedRequest } from "./cassette.ts";
import type { RedactionCounts, Redactor } from "./redaction/redactor.ts";
import { storedRequestHeaders } from "./stored-headers.ts";
import { storedPath } from "./stored-path.ts";

/** What a cassette may hold of a request. */
export function storedRequest(
  { method, target, headers: given, body }: Pick<ServiceRequest, "method" | "target" | "headers" | "body">,
  redactor: Redactor | undefined,
  counts: RedactionCounts,
): RecordedRequest {
  const { path, redacted: parameters, masked } = storedPath(target);
  const { headers, redacted } = storedRequestHeaders(given);
  counted(counts, "headers", redacted);
  if (parameters > 0) counted(counts, "query", parameters);
  if (masked > 0) counted(counts, "user-info", masked);
  const request = { method, path, headers, body: Uint8Array.from(body) };
  return redactor?.request(request, counts) ?? request;
}

export function counted(counts: RedactionCounts, name: string, more: number): void {
  counts.set(name, (counts.get(name) ?? 0) + more);
}
