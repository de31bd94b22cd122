/**
 * `npm run differential`: random messages and frames, seen by this codec and by others. Ends with an error when they
 * differ in a way that `known-differences.ts` does not explain.
 */
import process from "node:process";
import { parseArgs } from "node:util";
import type { Comparison } from "./compare.ts";
import {
  compareDecoding,
  compareEncoding,
  compareExamples,
  compareRefusals,
  randomFrames,
  randomMessages,
} from "./compare.ts";
import type { Peer } from "./peer.ts";
import { botocore, ruby } from "./program-peers.ts";
import { smithyBefore, smithyToday } from "./smithy-peers.ts";

const usage = `Usage: npm run differential -w @eventstream-kit/codec -- [options]

  --messages <n>   how many in each direction (default 10000)
  --seed <n>       where the random numbers begin (default: the time)
  --json           the results as JSON`;

const { values } = parseArgs({
  options: {
    help: { type: "boolean", short: "h" },
    json: { type: "boolean" },
    messages: { type: "string", default: "10000" },
    seed: { type: "string", default: String(Date.now() | 0) },
  },
});
const [count, seed] = [Number(values.messages), Number(values.seed)];
if (values.help || !(count > 0) || !Number.isInteger(seed)) {
  console.log(usage);
  process.exit(values.help ? 0 : 2);
}

interface Row {
  readonly peer: string;
  readonly direction: string;
  compared: number;
  same: number;
  readonly known: Record<string, number>;
  readonly differences: object[];
}

const batch = 500;
const directions = {
  "we encode, it decodes": (peer: Peer, from: number, size: number) =>
    compareDecoding(peer, randomMessages(from, size)),
  "it encodes, we decode": (peer: Peer, from: number, size: number) =>
    peer.encode && compareEncoding(peer, randomMessages(from, size)),
  "both decode mutated frames": (peer: Peer, from: number, size: number) =>
    compareRefusals(peer, randomFrames(from, size)),
};

async function compareAll(peer: Peer): Promise<Row[]> {
  const rows: Row[] = [];
  for (const [direction, compare] of Object.entries(directions)) {
    const row: Row = {
      peer: `${peer.name} ${peer.version}`,
      direction,
      compared: 0,
      same: 0,
      known: {},
      differences: [],
    };
    for (let done = 0; done < count; done += batch) {
      const result = await compare(peer, (seed + done) | 0, Math.min(batch, count - done));
      if (result === undefined) break;
      add(row, result);
    }
    if (row.compared > 0) rows.push(row);
    if (row.compared > 0 && !values.json) print(row);
  }
  const examples = emptyRow(peer, "examples of known differences");
  add(examples, await compareExamples(peer));
  if (!values.json) print(examples);
  return [...rows, examples];
}

function emptyRow({ name, version }: Peer, direction: string): Row {
  return { peer: `${name} ${version}`, direction, compared: 0, same: 0, known: {}, differences: [] };
}

function add(row: Row, { compared, same, known, differences }: Comparison): void {
  row.compared += compared;
  row.same += same;
  for (const [what, times] of known) row.known[what] = (row.known[what] ?? 0) + times;
  row.differences.push(...differences.slice(0, 5));
}

function print({ peer, direction, compared, same, known, differences }: Row): void {
  console.log(`${peer}: ${direction}: ${compared} compared, ${same} the same`);
  for (const [what, times] of Object.entries(known)) console.log(`    known: ${what}: ${times}`);
  for (const difference of differences.slice(0, 5)) console.log("    DIFFERENT:", JSON.stringify(difference));
}

if (!values.json) console.log(`Seed ${seed}, ${count} messages in each direction`);
const rows: Row[] = [];
const skipped: string[] = [];
for (const open of [smithyToday, smithyBefore, botocore, ruby]) {
  const peer = await open();
  if (typeof peer === "string") {
    skipped.push(peer);
    if (!values.json) console.log(`Skipped: ${peer}`);
    continue;
  }
  rows.push(...(await compareAll(peer)));
  peer.close();
}
if (values.json) console.log(JSON.stringify({ seed, messages: count, skipped, rows }, undefined, 2));
if (rows.some(({ differences }) => differences.length > 0)) {
  console.error(`\nNot all the same. Repeat it with --seed ${seed} --messages ${count}`);
  process.exitCode = 1;
}
