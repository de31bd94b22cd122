import { spawnSync } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import type { Target } from "./contest.ts";
import { median } from "./contest.ts";
import { dripTimes } from "./drip.ts";
import type { Finding } from "./table.ts";

/** Something to find out that is no contest of speed. */
export interface Inquiry {
  readonly name: string;
  ask(): Promise<Finding[]>;
}

const source = "--conditions=@eventstream-kit/source";

/** Runs a module in a process of its own, which writes one number. */
function child(script: string, args: readonly string[], flags: readonly string[] = []): number {
  const file = fileURLToPath(new URL(script, import.meta.url));
  const { status, stdout, stderr } = spawnSync(process.execPath, [...flags, source, file, ...args], {
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(`${script} ${args.join(" ")} ended with ${status}:\n${stderr}`);
  return Number(stdout);
}

const drip: Inquiry = {
  name: "drip",
  async ask() {
    const { ours, smithy } = await dripTimes();
    return [
      {
        name: "one message in 1 KB chunks",
        form: "time(16 MB) / time(4 MB)",
        value: ours,
        unit: "",
        others: { "@smithy/core": smithy },
        target: { goal: 5, floor: 8 },
      },
    ];
  },
};

/** Bytes of garbage, by one process for each way. */
const heap: Inquiry = {
  name: "heap",
  async ask() {
    const rows: readonly (readonly [workload: string, form: string, target?: Target])[] = [
      ["stream token, 3 headers, 120 bytes in 64 KB chunks", "push, view", { goal: 200, floor: 400 }],
      ["stream token, 3 headers, 120 bytes in 64 KB chunks", "push"],
      ["stream token, 3 headers, 120 bytes in 64 KB chunks", "for await, view"],
      ["decode token, 3 headers, 120 bytes", "payload: view"],
      ["encode token, 3 headers, 120 bytes", "encodeMessage"],
    ];
    const flags = ["--expose-gc", "--max-semi-space-size=64", "--min-semi-space-size=64"];
    return rows.map(([workload, form, target]) => {
      const value = child("heap-child.ts", [workload, form], flags);
      const others = { "@smithy/core": child("heap-child.ts", [workload, "@smithy/core"], flags) };
      return { name: `garbage of ${workload}`, form, value, unit: "B", others, target };
    });
  },
};

const rss: Inquiry = {
  name: "rss",
  async ask() {
    const findings: Finding[] = [];
    for (const [frames, chunkBytes, goal] of [
      ["token", 65_536, 100],
      ["16 KB", 65_536, undefined],
      ["1 MB", 65_536, undefined],
    ] as const) {
      const peak = (side: string) => child("rss-child.ts", [side, frames, String(chunkBytes)]);
      const [theirs, alone] = [peak("smithy"), peak("nothing")];
      for (const [form, side] of [
        ["push", "push"],
        ["push, view", "push-view"],
        ["for await", "await"],
      ] as const) {
        findings.push({
          name: `peak memory, 1 GB of ${frames} in ${chunkBytes / 1024} KB chunks`,
          form,
          value: peak(side),
          unit: "MB",
          others: { "@smithy/core": theirs, "source alone": alone },
          target: { goal: Math.min(theirs * 1.1, goal ?? Number.POSITIVE_INFINITY), floor: theirs * 1.25 },
        });
      }
    }
    return findings;
  },
};

function importTime(module: string): number {
  return median(Array.from({ length: 9 }, () => child("import-child.ts", [module])));
}

/** Times `import`, of what is published: built here, so that the bench needs nobody to have built anything. */
const coldImport: Inquiry = {
  name: "import",
  async ask() {
    const codec = path.resolve(import.meta.dirname, "..");
    const out = fs.mkdtempSync(path.join(os.tmpdir(), "codec-import-"));
    fs.writeFileSync(path.join(out, "package.json"), '{ "type": "module" }');
    const built = spawnSync("tsc", ["-p", path.join(codec, "tsconfig.build.json"), "--outDir", out], {
      encoding: "utf8",
    });
    if (built.status !== 0) throw new Error(`tsc ended with ${built.status}:\n${built.stdout}`);
    const value = importTime(path.join(out, "index.js"));
    const others = {
      "@smithy/core": importTime("@smithy/core/event-streams"),
      "old Smithy": importTime("smithy-eventstream-codec-4-2"),
    };
    fs.rmSync(out, { recursive: true });
    return [{ name: "cold import", form: "built by tsc", value, unit: "ms", others }];
  },
};

export const inquiries: readonly Inquiry[] = [drip, heap, rss, coldImport];
