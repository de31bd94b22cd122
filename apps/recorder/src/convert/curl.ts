import type { Exchange } from "@eventstream-kit/cassette";
import type { Place } from "./place.ts";

/**
 * A shell command that makes a recorded call again, with curl 7.75 or newer, which signs it. Keys come from the environment:
 * neither they nor a signature are in the text.
 */
export function curlCommand({ request }: Exchange, { origin, region, service }: Place): string {
  const { method, path, headers, body } = request;
  const text = shellText(body);
  const lines = [
    // The path as it is: braces are no lists, and dots no way up.
    `curl --no-buffer --silent --show-error --globoff --path-as-is --request ${quoted(method)}`,
    `--url ${quoted(origin + path)}`,
    `--aws-sigv4 "aws:amz:${region}:${service}"`,
    `--user "$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY"`,
    // One word or none, in zsh too: curl would sign an empty header, and then leave it out.
    `\${AWS_SESSION_TOKEN:+"-Hx-amz-security-token:$AWS_SESSION_TOKEN"}`,
    // Without one, curl says it is a form.
    ...(headers.some(([name]) => name === "content-type") ? [] : [`--header 'content-type: application/octet-stream'`]),
    ...headers.map(([name, value]) => `--header ${quoted(`${name}: ${value}`)}`),
    ...(body.length === 0 ? [] : [text === undefined ? "--data-binary @-" : `--data-binary ${quoted(text)}`]),
  ];
  const input = text === undefined ? `printf %s ${quoted(Buffer.from(body).toString("base64"))} | base64 -d | ` : "";
  return `${input}${lines.join(" \\\n  ")} |\n  eventstream decode\n`;
}

/** Linux starts no program with an argument of 128 KiB. The shell's own `printf` is none. */
const longestArgument = 100_000;

/** The body as an argument, which can hold neither NUL nor what is no text, and begins with `@` for a file. */
function shellText(body: Uint8Array): string | undefined {
  if (body.length > longestArgument) return undefined;
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(body);
    return text.includes("\0") || text.startsWith("@") ? undefined : text;
  } catch {
    return undefined;
  }
}

/** One word of a POSIX shell, whatever is in it. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
