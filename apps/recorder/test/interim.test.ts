import { once } from "node:events";
import type http from "node:http";
import http2 from "node:http2";
import { BedrockRuntimeClient, ConverseStreamCommand } from "@aws-sdk/client-bedrock-runtime";
import { encodeEvent } from "@eventstream-kit/codec";
import type { Service } from "@eventstream-kit/service";
import { serve } from "@eventstream-kit/service/node";
import { expect, test } from "vitest";
import { call, frame, head, heldUpstream, until } from "./held-upstream.ts";
import { collect, invoke, lambdaAt } from "./recording.ts";
import { authorization, servedProxy, target } from "./served-proxy.ts";

const hints = [
  "HTTP/1.1 103 Early Hints",
  "Link: </a.css>; rel=preload",
  "X-Between: 1",
  "link: </b.css>; rel=preload",
  "Connection: x-named",
  "X-Named: of one connection only",
  "\r\n",
].join("\r\n");
const unnamed = "HTTP/1.1 199 Anything\r\nX-Step: 2\r\n\r\n";

test("Interim responses of the upstream reach a client the moment they come, but for those of one connection", async () => {
  const { url, called } = await heldUpstream();
  const proxy = await servedProxy(url);
  const request = call(proxy.url);
  const received: [number, string[]][] = [];
  request.on("information", ({ statusCode, rawHeaders }) => received.push([statusCode, rawHeaders]));
  const socket = await called();
  socket.write(`HTTP/1.1 100 Continue\r\n\r\n${hints}`);
  // The head is not sent before the client has had the hints.
  await until(() => received.length === 1);
  socket.write(`HTTP/1.1 102 Processing\r\n\r\n${unnamed}`);
  await until(() => received.length === 3);
  socket.end(Buffer.concat([Buffer.from(head), frame]));
  const [response] = (await once(request, "response")) as [http.IncomingMessage];
  response.resume();
  await once(response, "end");
  expect(received).toEqual([
    [103, ["Link", "</a.css>; rel=preload", "X-Between", "1", "link", "</b.css>; rel=preload"]],
    [102, []],
    [199, ["X-Step", "2"]],
  ]);
  await until(() => proxy.exchanges.length === 1);
  expect(JSON.stringify(proxy.exchanges)).not.toMatch(/a\.css|x-step/i);
});

test("Interim responses reach a client over HTTP/2, if HTTP/2 can carry them", async () => {
  const { url, called } = await heldUpstream();
  const proxy = await servedProxy(url);
  const session = http2.connect(proxy.url);
  const stream = session.request({ ":method": "POST", ":path": target, authorization });
  stream.end("{}");
  const received: Record<string, unknown>[] = [];
  stream.on("headers", (headers) => received.push(Object.fromEntries(Object.entries(headers))));
  const socket = await called();
  socket.write(hints);
  await until(() => received.length === 1);
  socket.write(unnamed);
  await until(() => received.length === 2);
  socket.end(Buffer.concat([Buffer.from(head), frame]));
  const [answer] = (await once(stream, "response")) as [http2.IncomingHttpHeaders];
  expect(answer[":status"]).toBe(200);
  expect(received).toEqual([
    { ":status": 103, link: "</a.css>; rel=preload, </b.css>; rel=preload", "x-between": "1" },
    { ":status": 199, "x-step": "2" },
  ]);
  session.destroy();
});

test("AWS's own clients get their answers all the same, over HTTP/1.1 and HTTP/2", async () => {
  const hinting: Service = {
    handle(request) {
      request.sendInterim!(102, []);
      request.sendInterim!(103, [["link", "</a.css>"]]);
      const start = encodeEvent({ event: "messageStart", json: { role: "assistant" } });
      return Promise.resolve({
        status: 200,
        headers: [["content-type", "application/vnd.amazon.eventstream"]],
        body: request.target.startsWith("/model/") ? [start] : [frame],
      });
    },
  };
  await using upstream = await serve(hinting);
  const { url, failures } = await servedProxy(upstream.url);
  expect(await collect(invoke(lambdaAt(url), "report"))).toEqual(["part"]);
  const client = new BedrockRuntimeClient({ endpoint: url, region: "us-east-1" });
  const { stream } = await client.send(new ConverseStreamCommand({ modelId: "m", messages: [] }));
  for await (const event of stream!) expect(Object.keys(event)).toEqual(["messageStart"]);
  client.destroy();
  expect(failures).toEqual([]);
});
