import { execFileSync } from "node:child_process";
import { delimiter } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const bin = fileURLToPath(new URL("../../../node_modules/.bin", import.meta.url));

/**
 * Builds `dist/bin.js` and what it imports, once before the tests: they run the command as users get it. Nothing is
 * done when nothing has changed since the last build.
 */
export default function buildBinary(): void {
  execFileSync("turbo", ["run", "build", "--filter=@eventstream-kit/recorder...", "--output-logs=errors-only"], {
    cwd: root,
    env: { ...process.env, PATH: `${bin}${delimiter}${process.env["PATH"] ?? ""}`, TURBO_TELEMETRY_DISABLED: "1" },
    // What a build complains about belongs beside the tests, not into their report.
    stdio: ["ignore", 2, 2],
    shell: process.platform === "win32",
  });
}
