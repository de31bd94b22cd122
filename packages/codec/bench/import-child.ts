/** Writes how many milliseconds of the processor it takes to import a module into a fresh process. */
import process from "node:process";

const started = process.cpuUsage();
await import(process.argv[2]!);
const { user, system } = process.cpuUsage(started);
console.log((user + system) / 1000);
