import type { Socket } from "node:net";

// The first line of the connection preface of HTTP/2 (RFC 9113, 3.4). No HTTP/1.1 request starts like this.
const preface = Buffer.from("PRI * HTTP/2.0\r\n", "latin1");

/**
 * Looks at the first bytes of a connection and puts them back. Calls `found` once with the protocol, or never when
 * the connection ends before it can be told.
 */
export function sniff(socket: Socket, found: (protocol: "http/1.1" | "h2c") => void): void {
  const look = () => {
    const seen = socket.read() as Buffer | null;
    if (seen === null) return; // The end: nothing came at all.
    const length = Math.min(seen.length, preface.length);
    const matches = seen.subarray(0, length).equals(preface.subarray(0, length));
    socket.unshift(seen);
    // Too little to tell: look again when more has come.
    if (matches && length < preface.length) return;
    socket.removeListener("readable", look);
    found(matches ? "h2c" : "http/1.1");
  };
  socket.on("readable", look);
}
