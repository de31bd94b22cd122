/**
 * Runs before every test file: dummy AWS settings, so that no test ever reads a real key, and a guard that fails any
 * connection that would leave the machine.
 *
 * A worker runs one file after the other (`isolate: false`). Packages from node_modules stay loaded, which saves most
 * of the time that tests took before; modules of this repository are new for every file. A file that leaves the process
 * other than it was fails, because the next one could not be trusted.
 */
import process from "node:process";
import { afterAll, vi } from "vitest";
import { allowLoopbackOnly } from "./loopback-only.ts";
import { changesBetween, processState } from "./process-state.ts";

const once = Symbol.for("eventstream-kit: the process of the tests is set up");

if (!(once in globalThis)) {
  Object.defineProperty(globalThis, once, { value: true });
  allowLoopbackOnly();
  process.env["AWS_ACCESS_KEY_ID"] = "AKIDEXAMPLE";
  process.env["AWS_SECRET_ACCESS_KEY"] = "dummy-secret-for-tests";
  process.env["AWS_REGION"] = "us-east-1";
  process.env["AWS_EC2_METADATA_DISABLED"] = "true";
  process.env["AWS_SDK_JS_SUPPRESS_MAINTENANCE_MODE_MESSAGE"] = "1";
  delete process.env["AWS_PROFILE"];
  delete process.env["AWS_SESSION_TOKEN"];
}

vi.resetModules();
const before = processState();

// Hooks after tests run in the reverse order: this is the last.
afterAll(() => {
  const changes = changesBetween(before, processState());
  if (vi.isFakeTimers()) changes.push("the timers");
  if (changes.length > 0) throw new Error(`This file leaves changed: ${changes.join(", ")}`);
});
