/** The least a proxy in Node can be: two pipes. It signs, checks, records and bounds nothing. */
import http from "node:http";
import type { AddressInfo } from "node:net";

const upstream = process.argv[2]!;
const server = http.createServer((request, response) => {
  const outgoing = http.request(
    upstream + request.url!,
    { method: request.method!, headers: request.headers },
    (incoming) => {
      response.writeHead(incoming.statusCode!, incoming.headers);
      response.flushHeaders();
      incoming.pipe(response);
    },
  );
  request.pipe(outgoing);
});

server.listen(0, "127.0.0.1", () => {
  console.log(JSON.stringify({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }));
});
process.once("SIGINT", () => process.exit());
