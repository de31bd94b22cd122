import type { Socket } from "node:net";

// The first line of the connection preface of HTTP/2 (RFC 9113, 3.4). No HTTP/1.1 request starts like this.
const preface = Buffer.from("PRI * HTTP/2.0\r\n", "latin1");

/**
 * Looks at the first bytes of a connection and puts them back. Calls `found` once with the protocol, or never when
 * the connection ends before it can be told.
 */
export function sniff(socket: Socket, found: (protocol: "http/1.1" | "h2c") => void): void {
  let seen: Buffer = Buffer.alloc(0);
  const look = () => {
    const more = socket.read() as Buffer | null;
    if (more === null) return; // The end.
    seen = Buffer.concat([seen, more]);
    const length = Math.min(seen.length, preface.length);
    const matches = seen.subarray(0, length).equals(preface.subarray(0, length));
    if (matches && length < preface.length) return; // Too little to tell.
    socket.removeListener("readable", look);
    socket.unshift(seen);
    found(matches ? "h2c" : "http/1.1");
  };
  socket.on("readable", look);
}
