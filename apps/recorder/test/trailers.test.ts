import { once } from "node:events";
import { readFileSync } from "node:fs";
import http from "node:http";
import http2 from "node:http2";
import { join } from "node:path";
import { encodeEvent } from "@eventstream-kit/codec";
import type { HeaderLine, Reply } from "@eventstream-kit/service";
import { serve } from "@eventstream-kit/service/node";
import { describe, expect, test } from "vitest";
import { eventstream, start, tempDir, urlOf } from "./eventstream.ts";
import { cassetteIn, recording, reportFile } from "./recording.ts";
import { authorization, servedProxy, target } from "./served-proxy.ts";
import { ownEnvironment } from "./upstream-lambda.ts";

const frame = encodeEvent({ event: "PayloadChunk", text: "part", contentType: "application/octet-stream" });
const trailers: readonly HeaderLine[] = [
  ["X-Amzn-Remapped-Sum", "1"],
  ["X-Unknown", "2"],
];

/** An upstream whose answers have trailers. */
function upstream() {
  const reply: Reply = {
    status: 200,
    headers: [["content-type", "application/vnd.amazon.eventstream"]],
    body: [frame],
    trailers: [...trailers, ["Connection", "x-named"], ["X-Named", "of one connection only"]],
  };
  return serve({ handle: () => Promise.resolve(reply) });
}

async function ask(url: string): Promise<readonly string[]> {
  const request = http.request(url + target, { method: "POST", headers: { authorization } });
  request.end('{"id":7}');
  const [response] = (await once(request, "response")) as [http.IncomingMessage];
  response.resume();
  await once(response, "end");
  return response.rawTrailers;
}

async function askHttp2(url: string) {
  const session = http2.connect(url);
  const stream = session.request({ ":method": "POST", ":path": target, authorization });
  stream.end("{}");
  stream.resume();
  const [received] = (await once(stream, "trailers")) as [http2.IncomingHttpHeaders];
  await once(stream, "close");
  session.destroy();
  return Object.fromEntries(Object.entries(received));
}

describe("The upstream's trailers", () => {
  test("reach the client, but those of one connection; what matters of them is recorded", async () => {
    await using server = await upstream();
    const { url, exchanges } = await servedProxy(server.url);
    expect(await ask(url)).toEqual(trailers.flat());
    expect(await askHttp2(url)).toEqual({ "x-amzn-remapped-sum": "1", "x-unknown": "2" });
    expect(exchanges.map((exchange) => exchange.trailers)).toEqual([
      [["x-amzn-remapped-sum", "1"]],
      [["x-amzn-remapped-sum", "1"]],
    ]);
  });

  test("are recorded by the command, shown, compared and replayed", async () => {
    await using server = await upstream();
    const cwd = tempDir();
    await recording(["--upstream", server.url], cwd, async (url) => {
      expect(await ask(url)).toEqual(trailers.flat());
    });
    const folder = join(cwd, "cassettes");
    expect(cassetteIn(folder, reportFile).exchanges[0]!.trailers).toEqual([["x-amzn-remapped-sum", "1"]]);
    const file = join(folder, reportFile);

    expect((await eventstream(["inspect", file])).stdout).toContain("\ntrailers  x-amzn-remapped-sum: 1\n");
    const { streams } = JSON.parse((await eventstream(["inspect", "--json", file])).stdout) as { streams: unknown[] };
    expect(streams).toMatchObject([{ trailers: [["x-amzn-remapped-sum", "1"]] }]);

    const other = (await eventstream(["fmt", "-"], formatted(file, '"1"]]', '"2"]]'))).stdout;
    const diff = await eventstream(["diff", file, "-"], other);
    expect(diff.code).toBe(3);
    expect(diff.stdout).toContain("trailers/x-amzn-remapped-sum");

    const player = start(["replay", "--json", file], { env: ownEnvironment });
    const url = await urlOf(player);
    expect(await ask(url)).toEqual(["x-amzn-remapped-sum", "1"]);
  });
});

function formatted(file: string, from: string, to: string): string {
  return readFileSync(file, "utf8").replace(from, to);
}
