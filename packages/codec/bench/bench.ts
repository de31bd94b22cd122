/**
 * `npm run bench`: how fast this codec is beside those that people use, in one table. Ratios count, not milliseconds:
 * all sides take turns in one process, and each ratio is the median over the rounds.
 */
import os from "node:os";
import process from "node:process";
import { parseArgs } from "node:util";
import type { Contest, Measured } from "./contest.ts";
import { measure } from "./contest.ts";
import { crcContests } from "./crc-contests.ts";
import { decodeContests } from "./decode-contests.ts";
import { encodeContests } from "./encode-contests.ts";
import type { Inquiry } from "./inquiries.ts";
import { inquiries } from "./inquiries.ts";
import { oldSmithy, smithy } from "./smithy.ts";
import { streamContests } from "./stream-contests.ts";
import type { Finding } from "./table.ts";
import { findingTable, speedTable } from "./table.ts";

const { values } = parseArgs({
  options: {
    help: { type: "boolean", short: "h" },
    json: { type: "boolean" },
    only: { type: "string", multiple: true },
    rounds: { type: "string", default: "7" },
  },
});
if (values.help) {
  console.log(`Usage: npm run bench -w @eventstream-kit/codec -- [options]

  --only <text>   workloads whose names begin so, such as "encode" or "stream token"; may be given several times
  --rounds <n>    turns of each side (default 7)
  --json          the figures as JSON`);
  process.exit(0);
}

const wanted = ({ name }: Contest | Inquiry) => values.only?.some((text) => name.startsWith(text)) ?? true;
const contests = [...encodeContests, ...decodeContests, ...streamContests, ...crcContests].filter(wanted);
const questions = inquiries.filter(wanted);
const total = contests.length + questions.length;
if (total === 0) {
  const names = [...encodeContests, ...decodeContests, ...streamContests, ...crcContests, ...inquiries];
  console.error(`No workload begins so. There are:\n${names.map(({ name }) => `  ${name}`).join("\n")}`);
  process.exit(2);
}

let done = 0;
function progress(name: string): void {
  done += 1;
  if (process.stderr.isTTY) process.stderr.write(`\r\u001B[K${done}/${total} ${name}`);
}

const measured: Measured[] = [];
for (const contest of contests) {
  progress(contest.name);
  measured.push(...(await measure(contest, Number(values.rounds))));
}
const findings: Finding[] = [];
for (const question of questions) {
  progress(question.name);
  findings.push(...(await question.ask()));
}
if (process.stderr.isTTY) process.stderr.write("\r\u001B[K");

const machine = {
  cpu: os.cpus()[0]?.model.trim(),
  node: process.version,
  platform: `${process.platform} ${process.arch}`,
  versions: { "@smithy/core": smithy.version, "@smithy/eventstream-codec (old Smithy)": oldSmithy.version },
};
if (values.json) console.log(JSON.stringify({ ...machine, measured, findings }, undefined, 2));
else {
  const versions = Object.entries(machine.versions).map(([name, version]) => `${name} ${version}`);
  console.log(`${machine.cpu}, ${machine.platform}, Node ${machine.node}; ${versions.join(", ")}\n`);
  if (measured.length > 0) console.log(`${speedTable(measured)}\n`);
  if (findings.length > 0) console.log(findingTable(findings));
}
