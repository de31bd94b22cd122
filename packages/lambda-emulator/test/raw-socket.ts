import net from "node:net";

/** How a connection went, seen from the client. */
export interface RawAnswer {
  /** All that came, as Latin-1. */
  readonly text: string;
  /** Status of the first response, if one came over HTTP/1.1. */
  readonly status: number | undefined;
}

/**
 * Sends bytes on a connection of their own and waits until the server has closed it.
 *
 * @param half close our side after the bytes, as a client that has no more to say
 */
export async function sendRaw(port: number, bytes: Uint8Array | string, half = true): Promise<RawAnswer> {
  const socket = net.connect({ port, host: "127.0.0.1", allowHalfOpen: true });
  const parts: Buffer[] = [];
  socket.on("data", (part) => parts.push(part));
  // A server that refuses closes while we still send: what came before counts.
  socket.on("error", () => {});
  socket.on("end", () => socket.end());
  const data = typeof bytes === "string" ? Buffer.from(bytes, "latin1") : bytes;
  if (half) socket.end(data);
  else socket.write(data);
  await new Promise((resolve) => socket.once("close", resolve));
  const text = Buffer.concat(parts).toString("latin1");
  const status = /^HTTP\/1\.1 (\d{3}) /.exec(text)?.[1];
  return { text, status: status === undefined ? undefined : Number(status) };
}

const invokePath = "/2021-11-15/functions/f/response-streaming-invocations";

/** A request as it should be, or with other lines and another body. */
export function rawRequest({
  method = "POST",
  target = invokePath,
  lines = [] as readonly string[],
  body = "{}",
  close = true,
} = {}): string {
  const framing = lines.some((line) => /^(content-length|transfer-encoding):/i.test(line))
    ? []
    : [`Content-Length: ${Buffer.byteLength(body, "latin1")}`];
  const head = [`${method} ${target} HTTP/1.1`, "Host: localhost", ...framing, ...lines];
  return `${[...head, ...(close ? ["Connection: close"] : [])].join("\r\n")}\r\n\r\n${body}`;
}
