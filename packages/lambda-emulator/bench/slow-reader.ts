import net from "node:net";
import { setTimeout } from "node:timers/promises";
import type { MeasuredServer } from "./measured-server.ts";
import { targetOf } from "./workload.ts";
import type { Workload } from "./workload.ts";

/** What a server did for a reader that is much slower than it. */
export interface SlowReading {
  /** The most resident memory above that before the request, in bytes. */
  readonly rssGrowth: number;
  /** How far ahead of its reader the server ever was: bytes asked of its source, less those that arrived. */
  readonly ahead: number;
  readonly received: number;
}

const pieceBytes = 2 * 1024 * 1024;

/** Reads a workload piece by piece, with a pause after each. */
export async function readSlowly(server: MeasuredServer, workload: Workload): Promise<SlowReading> {
  const base = (await server.collect()).rss;
  const chunkBytes = workload.bytes / workload.chunks;
  const socket = net.connect({ port: server.port, host: "127.0.0.1" });
  socket.write(
    `POST ${targetOf(workload)} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}`,
  );
  let received = 0;
  let ahead = 0;
  let paused = pieceBytes;
  for await (const bytes of socket) {
    received += (bytes as Buffer).length;
    if (received < paused) continue;
    paused += pieceBytes;
    // So long does nobody read: what the server has not stopped for by then, it does not stop for.
    await setTimeout(20);
    const { produced } = await server.usage();
    ahead = Math.max(ahead, produced * chunkBytes - received);
  }
  const { peak } = await server.usage();
  return { rssGrowth: peak - base, ahead, received };
}
