import { once } from "node:events";
import { readFileSync, readdirSync } from "node:fs";
import http from "node:http";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseCassette } from "@eventstream-kit/cassette";
import { loadCassettes } from "@eventstream-kit/cassette/node";
import { describe, expect, test } from "vitest";
import { cassetteFile, cassetteOf, exchangeOf } from "./cassettes.ts";
import { start, tempDir, urlOf } from "./eventstream.ts";
import { authorization, target } from "./served-proxy.ts";
import { ownEnvironment, upstreamLambda } from "./upstream-lambda.ts";

/** `npm run test:long` kills more often. */
const kills = process.env["EVENTSTREAM_LONG"] === "1" ? 200 : 4;

const recording = "invoke-with-response-stream-report.cassette.jsonl";

/** Invokes the function for as long as there is something to invoke. */
async function invokeForEver(url: string): Promise<void> {
  for (;;) {
    const request = http.request(url + target, { method: "POST", headers: { authorization } });
    request.end('{"id":7}');
    try {
      const [response] = (await once(request, "response")) as [http.IncomingMessage];
      for await (const _ of response) continue;
    } catch {
      return;
    }
  }
}

describe(`record case 27: kill -9 at random points of recording, ${kills} times`, () => {
  test(
    "every cassette that was there stays as it was or is whole, and what is left over is in nobody's way",
    {
      timeout: kills * 30_000,
    },
    async () => {
      const upstream = await upstreamLambda({
        report: async function* () {
          for (let part = 0; part < 20; part++) yield `part ${part} of what is streamed\n`;
        },
      });
      const folder = tempDir();
      const other = cassetteFile(cassetteOf(exchangeOf("other", "untouched")), folder, "other");
      const untouched = readFileSync(other);
      cassetteFile(cassetteOf(exchangeOf("report", "before")), folder, recording.replace(".cassette.jsonl", ""));
      const args = ["record", "--json", "--upstream", upstream.url, "--out", folder];
      let replaced = 0;

      for (let kill = 0; kill < kills; kill++) {
        const before = readFileSync(join(folder, recording), "utf8");
        const recorder = start(args, { env: ownEnvironment });
        const url = await urlOf(recorder);
        const clients = [invokeForEver(url), invokeForEver(url), invokeForEver(url)];
        await sleep(Math.random() * 400);
        recorder.process.kill("SIGKILL");
        await Promise.all([...clients, recorder.done]);

        expect(readFileSync(other).equals(untouched)).toBe(true);
        const after = readFileSync(join(folder, recording), "utf8");
        // Whole exchanges, or it would not load; of this session or of the one before, never of both.
        const { exchanges } = parseCassette(after);
        expect(exchanges.length).toBeGreaterThan(0);
        if (after !== before) replaced++;
        // What a killed write leaves has another name than a cassette.
        const names = readdirSync(folder).filter((name) => name.endsWith(".cassette.jsonl"));
        expect(names.sort()).toEqual([recording, "other.cassette.jsonl"]);
        await expect(loadCassettes(folder)).resolves.toHaveLength(2);
      }

      // A run that nobody kills does its work among what the others have left.
      const last = start(args, { env: ownEnvironment });
      const request = http.request((await urlOf(last)) + target, { method: "POST", headers: { authorization } });
      request.end("{}");
      const [response] = (await once(request, "response")) as [http.IncomingMessage];
      for await (const _ of response) continue;
      last.process.kill("SIGINT");
      expect(await last.done).toMatchObject({ code: 130, stderr: expect.stringContaining("updated") as string });
      expect(parseCassette(readFileSync(join(folder, recording), "utf8")).exchanges).toHaveLength(1);
      if (kills > 100) console.log(`${replaced} of ${kills} killed recordings had replaced the file`);
    },
  );
});
