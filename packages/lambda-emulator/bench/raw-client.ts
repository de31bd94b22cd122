import net from "node:net";
import { targetOf } from "./workload.ts";
import type { Workload } from "./workload.ts";

/**
 * Connections that ask for one workload over and over. They do the least a client can do, so that the server is what is
 * measured: of the first response they learn how many bytes one has, then they count, and look that each ends as it must.
 */
export class RawClient {
  readonly #sockets: net.Socket[] = [];
  readonly #request: Buffer;
  readonly #port: number;
  /** Bytes of one response; all have the same. */
  #responseBytes = 0;

  constructor(port: number, workload: Workload) {
    this.#port = port;
    this.#request = Buffer.from(
      `POST ${targetOf(workload)} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}`,
    );
  }

  async connect(count: number): Promise<void> {
    for (let index = 0; index < count; index++) {
      const socket = net.connect({ port: this.#port, host: "127.0.0.1", noDelay: true });
      this.#sockets.push(socket);
      await new Promise((resolve, reject) => socket.once("connect", resolve).once("error", reject));
    }
    this.#responseBytes = await firstResponse(this.#sockets[0]!, this.#request);
  }

  close(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  /** Keeps every connection busy for so long. Gives the number of responses and the time until the last of them. */
  async load(ms: number): Promise<{ responses: number; ms: number }> {
    let responses = 0;
    const began = performance.now();
    const again = () => {
      responses++;
      return performance.now() - began < ms;
    };
    await Promise.all(this.#sockets.map((socket) => this.#exchange(socket, again)));
    return { responses, ms: performance.now() - began };
  }

  /** One request after the other on the first connection: milliseconds from a request to the first byte of its body. */
  async firstBytes(count: number): Promise<number[]> {
    const times: number[] = [];
    let sent = performance.now();
    const again = () => {
      sent = performance.now();
      return times.length < count;
    };
    await this.#exchange(this.#sockets[0]!, again, () => times.push(performance.now() - sent));
    return times;
  }

  /** Sends a request on a connection, and one more after each response until `again` says no. */
  #exchange(socket: net.Socket, again: () => boolean, onBody?: () => void): Promise<void> {
    return new Promise((resolve, reject) => {
      let received = 0;
      let waitsForBody = true;
      const onClose = () => reject(new Error("The server closed a connection"));
      const onData = (bytes: Buffer) => {
        received += bytes.length;
        if (onBody && waitsForBody && received > headBytes(bytes)) {
          waitsForBody = false;
          onBody();
        }
        if (received < this.#responseBytes) return;
        if (received > this.#responseBytes || !endsChunked(bytes)) {
          reject(new Error(`A response has ${received} bytes or ends wrong; the first had ${this.#responseBytes}`));
        } else if (again()) {
          received = 0;
          waitsForBody = true;
          socket.write(this.#request);
        } else {
          socket.removeListener("data", onData).removeListener("error", reject).removeListener("close", onClose);
          resolve();
        }
      };
      socket.on("data", onData).on("error", reject).on("close", onClose);
      socket.write(this.#request);
    });
  }
}

/** Bytes of the head, while it is all that has come. The servers send it in one piece. */
function headBytes(bytes: Buffer): number {
  const end = bytes.indexOf("\r\n\r\n");
  return end === -1 ? 0 : end + 4;
}

function endsChunked(bytes: Buffer): boolean {
  // The last piece may be shorter than the end.
  const end = "0\r\n\r\n";
  return end.endsWith(bytes.toString("latin1", Math.max(0, bytes.length - end.length)));
}

/** The length of a response that ends with the last chunk of its body. */
function firstResponse(socket: net.Socket, request: Buffer): Promise<number> {
  return new Promise((resolve, reject) => {
    const end = "\r\n0\r\n\r\n";
    let length = 0;
    let tail = "";
    const onData = (bytes: Buffer) => {
      length += bytes.length;
      tail = (tail + bytes.toString("latin1", Math.max(0, bytes.length - end.length))).slice(-end.length);
      if (tail !== end) return;
      socket.removeListener("data", onData).removeListener("error", reject);
      resolve(length);
    };
    socket.on("data", onData).once("error", reject);
    socket.write(request);
  });
}
