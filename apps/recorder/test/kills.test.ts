import { createHash } from "node:crypto";
import { once } from "node:events";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import http from "node:http";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { loadCassette, loadCassettes, saveCassette } from "@eventstream-kit/cassette/node";
import { describe, expect, test } from "vitest";
import { cassetteOf, exchangeOf } from "./cassettes.ts";
import { start, tempDir, urlOf } from "./eventstream.ts";
import { authorization, target } from "./served-proxy.ts";
import { ownEnvironment, upstreamLambda } from "./upstream-lambda.ts";

/** `npm run test:long` kills more often. */
const isLong = process.env["EVENTSTREAM_LONG"] === "1";
/** When they are killed follows from this, as far as machines repeat themselves. */
const seed = process.env["EVENTSTREAM_KILLS_SEED"] ?? "20230407";

const recording = "invoke-with-response-stream-report.cassette.jsonl";

interface Kind {
  readonly what: string;
  readonly kills: number;
  /** What call number `call` streams. */
  readonly parts: (call: number) => readonly string[];
}

const kinds: readonly Kind[] = [
  {
    what: "recording",
    kills: isLong ? 200 : 4,
    parts: () => Array.from({ length: 20 }, (_, part) => `part ${part} of what is streamed\n`),
  },
  {
    what: "recording payload files",
    kills: isLong ? 100 : 2,
    // Of more than 64 KiB. Files are named by their content: each call has another, and one that all share.
    parts: (call) => [`call ${call} `.padEnd(70_000, "."), "shared ".padEnd(66_000, "."), "short"],
  },
];

/** At most 400 ms. */
function whenToKill(kind: Kind, kill: number): number {
  const hash = createHash("sha256").update(`${seed} ${kind.what} ${kill}`).digest();
  return (hash.readUInt32BE() / 2 ** 32) * 400;
}

/** The files in which a cassette has its payloads. What a killed write leaves is not called like one. */
function payloadFiles(cassette: string): string[] {
  if (!existsSync(`${cassette}.d`)) return [];
  const names = readdirSync(`${cassette}.d`).filter((name) => name.endsWith(".bin"));
  return names.map((name) => join(`${cassette}.d`, name));
}

/** The bytes of a cassette and of its payloads. */
function bytesOf(cassette: string): Buffer {
  return Buffer.concat([cassette, ...payloadFiles(cassette)].map((path) => readFileSync(path)));
}

/** Every file says what its name promises, also one that no cassette names any more. */
function expectWhole(files: readonly string[]): void {
  for (const file of files) {
    expect(file).toContain(`/${createHash("sha256").update(readFileSync(file)).digest("hex")}.bin`);
  }
}

/** Invokes the function for as long as there is something to invoke, and tells of each answer. */
async function invokeForEver(url: string, onAnswer: () => void): Promise<void> {
  for (;;) {
    const request = http.request(url + target, { method: "POST", headers: { authorization } });
    request.end('{"id":7}');
    try {
      const [response] = (await once(request, "response")) as [http.IncomingMessage];
      for await (const _ of response) continue;
      onAnswer();
    } catch {
      return;
    }
  }
}

describe("record case 27: after kill -9 at random points every cassette is as it was or whole, and what is left over is in nobody's way", () => {
  test.each(kinds)(
    "$kills times, of $what",
    { timeout: Math.max(...kinds.map(({ kills }) => kills)) * 30_000 },
    async (kind) => {
      const { kills, parts } = kind;
      let calls = 0;
      const upstream = await upstreamLambda({
        report: async function* () {
          yield* parts(++calls);
        },
      });
      const folder = tempDir();
      const file = join(folder, recording);
      const other = join(folder, "other.cassette.jsonl");
      await saveCassette(other, cassetteOf(exchangeOf("other", ...parts(-1))), { secrets: [] });
      await saveCassette(file, cassetteOf(exchangeOf("report", ...parts(0))), { secrets: [] });
      const untouched = bytesOf(other);
      const args = ["record", "--json", "--upstream", upstream.url, "--out", folder];
      let replaced = 0;

      for (let kill = 0; kill < kills; kill++) {
        const before = readFileSync(file, "utf8");
        const recorder = start(args, { env: ownEnvironment });
        const url = await urlOf(recorder);
        const clients: Promise<void>[] = [];
        const answered = new Promise<void>((resolve) => {
          for (let client = 0; client < 3; client++) clients.push(invokeForEver(url, resolve));
        });
        // Every other one is killed while it writes, however long it takes to get there.
        if (kill % 2 === 1) await answered;
        await sleep(whenToKill(kind, kill));
        recorder.process.kill("SIGKILL");
        await Promise.all([...clients, recorder.done]);

        expect(bytesOf(other).equals(untouched)).toBe(true);
        // Whole exchanges, with all their payloads, or it would not load; of this session or of the one before, never of both.
        const { exchanges } = await loadCassette(file);
        expect(exchanges.length).toBeGreaterThan(0);
        expectWhole(payloadFiles(file));
        if (readFileSync(file, "utf8") !== before) replaced++;
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
      expect((await loadCassette(file)).exchanges).toHaveLength(1);
      // And takes away the payloads that were left, whole or not.
      const text = readFileSync(file, "utf8");
      const named = new Set([...text.matchAll(/"file":"([^"]+)"/g)].map(([, name]) => join(folder, name!)));
      expect(named.size).toBe(parts(0).filter(({ length }) => length > 65_536).length);
      const kept = existsSync(`${file}.d`) ? readdirSync(`${file}.d`) : [];
      expect(kept.map((name) => join(`${file}.d`, name)).sort()).toEqual([...named].sort());
      if (isLong) console.log(`${replaced} of ${kills} killed recordings had replaced the file`);
    },
  );
});
