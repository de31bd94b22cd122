/** Writes how many bytes of heap one side of one contest takes for a message. */
import process from "node:process";
import { decodeContests } from "./decode-contests.ts";
import { encodeContests } from "./encode-contests.ts";
import { streamContests } from "./stream-contests.ts";

const [name, sideName] = process.argv.slice(2);
const contest = [...encodeContests, ...decodeContests, ...streamContests].find((one) => one.name === name);
const side = contest && [...contest.forms, ...contest.rivals].find((one) => one.name === sideName);
if (!contest || !side) throw new Error(`No ${sideName} in ${name}`);

const { messages = 1 } = contest;
// So few that what they leave behind fits into the young generation: nothing is collected before it is counted.
const times = Math.ceil(6000 / messages);
for (let i = 0; i < 30; i++) await side.run(times);

const { gc } = globalThis;
if (gc === undefined) throw new Error("Expected --expose-gc");
const taken: number[] = [];
for (let i = 0; i < 5; i++) {
  gc();
  const before = process.memoryUsage().heapUsed;
  await side.run(times);
  taken.push((process.memoryUsage().heapUsed - before) / (times * messages));
}
console.log(taken.toSorted((a, b) => a - b)[2]);
