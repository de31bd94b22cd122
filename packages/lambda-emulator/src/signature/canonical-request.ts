import type { HeaderLine, ServiceRequest } from "@eventstream-kit/service";

/*
 * The canonical form of a request, as Signature Version 4 signs it
 * (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html):
 *
 *     method
 *     path, normalised and escaped once more
 *     query, escaped and sorted, without the signature itself
 *     name:value            of every signed header, sorted
 *                           (an empty line)
 *     names of the signed headers, with semicolons
 *     hash of the body, hexadecimal
 */

const encoder = new TextEncoder();

/** Of a header or of a list of lines with one name: trimmed, inner blanks folded, joined with a comma. */
export function signedValue(headers: readonly HeaderLine[], name: string): string | undefined {
  const values = headers.filter(([line]) => line.toLowerCase() === name).map(([, value]) => value);
  return values.length === 0 ? undefined : values.map((value) => value.trim().replace(/\s+/g, " ")).join(",");
}

/** @param names lower case, in the order in which they were signed */
export function canonicalRequest(
  { method, target, headers }: ServiceRequest,
  names: readonly string[],
  bodyHash: string,
): string {
  const [path = "", query = ""] = target.split(/\?(.*)/s, 2);
  return [
    method,
    canonicalPath(path),
    canonicalQuery(query),
    ...names.map((name) => `${name}:${signedValue(headers, name) ?? ""}`),
    "",
    names.join(";"),
    bodyHash,
  ].join("\n");
}

function canonicalPath(path: string): string {
  const segments: string[] = [];
  for (const segment of path.split("/")) {
    if (segment === "..") segments.pop();
    else if (segment !== "" && segment !== ".") segments.push(escaped(segment));
  }
  return `/${segments.join("/")}${segments.length > 0 && path.endsWith("/") ? "/" : ""}`;
}

function canonicalQuery(query: string): string {
  return query
    .split("&")
    .filter((pair) => pair !== "")
    .map((pair) => {
      const [name = "", value = ""] = pair.split(/=(.*)/s, 2);
      return [escaped(unescaped(name)), escaped(unescaped(value))] as const;
    })
    .filter(([name]) => name !== "X-Amz-Signature")
    .sort(([a, x], [b, y]) => compare(a, b) || compare(x, y))
    .map(([name, value]) => `${name}=${value}`)
    .join("&");
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

/** A damaged encoding stays as it is: whatever it was signed as, the signature decides. */
function unescaped(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Everything but RFC 3986's unreserved characters, as upper-case escapes of UTF-8. */
function escaped(text: string): string {
  return text.replaceAll(/[^A-Za-z0-9_.~-]+/g, (part) =>
    Array.from(encoder.encode(part), (byte) => `%${byte.toString(16).toUpperCase().padStart(2, "0")}`).join(""),
  );
}
