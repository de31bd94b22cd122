/** `npm run load`: many streams at once, three times over, and what they leave behind. */
import process from "node:process";
import { parseArgs } from "node:util";
import { runLoad } from "./run-load.ts";

const { values } = parseArgs({
  options: {
    streams: { type: "string", default: "1000" },
    chunks: { type: "string", default: "100" },
    aborts: { type: "string", default: "0.3" },
    seed: { type: "string", default: "20230407" },
    json: { type: "boolean", default: false },
  },
});
const options = {
  streams: Number(values.streams),
  chunks: Number(values.chunks),
  aborts: Number(values.aborts),
};

/** Of memory that stays in use; a first run also loads and compiles what later ones find. */
const mostGrowth = 4 * 2 ** 20;
const runs = [];
for (let run = 0; run < 3; run++) runs.push(await runLoad({ ...options, seed: Number(values.seed) + run }));

const good = runs.every(
  ({ streams, whole, left, wrong, mostOpen, leakedHandles }) =>
    whole + left === streams && wrong.length === 0 && mostOpen === streams && leakedHandles.length === 0,
);
const growth = Math.max(...runs.slice(1).map(({ heapGrowth = 0 }) => heapGrowth));
const kept = growth <= mostGrowth;
if (values.json) console.log(JSON.stringify({ ...options, runs, good: good && kept }, undefined, 2));
else {
  console.log(`${values.streams} streams at once, ${values.chunks} chunks each`);
  for (const { whole, left, wrong, mostOpen, invocations, leakedHandles, heapGrowth } of runs) {
    console.log(`  ${whole} read whole, ${left} left by their client, ${mostOpen} open at one time`);
    console.log(`    chunks lost, mixed up or out of order: ${wrong.length}`, ...wrong.slice(0, 3));
    console.log(`    handles left behind: ${leakedHandles.join(", ") || "none"}`);
    if (heapGrowth !== undefined) console.log(`    memory more than before: ${(heapGrowth / 2 ** 20).toFixed(1)} MiB`);
    console.log(`    invocations: ${JSON.stringify(invocations)}`);
  }
  console.log(good && kept ? "all as it must be" : "NOT as it must be");
}
process.exitCode = good && kept ? 0 : 1;
