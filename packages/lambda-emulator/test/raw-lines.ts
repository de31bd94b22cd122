import { once } from "node:events";
import net from "node:net";

/** Sends a raw HTTP/1.1 head to a local port and gives the lines of the answer's head. */
export async function rawLines(port: number, head: string): Promise<readonly string[]> {
  const socket = net.connect(port, "127.0.0.1");
  socket.write(`${head}\r\nConnection: close\r\n\r\n`);
  let text = "";
  socket.setEncoding("latin1");
  socket.on("data", (data: string) => (text += data));
  await once(socket, "close");
  return text.split("\r\n\r\n", 1)[0]!.split("\r\n");
}
