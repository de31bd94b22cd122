import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import net, { type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { startScript, startServer, type Server } from "./processes.ts";

/** Something between client and origin. */
export interface Candidate {
  readonly name: string;
  readonly server: Server;
  /** The folder in which it records. */
  readonly folder?: string;
  /** Resolves when so many calls are in their file. */
  readonly saved?: (calls: number) => Promise<void>;
  /** The longest stream it is asked for, in MB. Default: any. */
  readonly longest?: number;
}

const folders: string[] = [];
process.once("exit", () => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

const bin = fileURLToPath(new URL("../dist/bin.js", import.meta.url));

/**
 * The recorder as users run it: the built binary, with a folder of its own, at its defaults but for `--large`, without which it
 * refuses to write files of more than 10 MiB.
 */
export async function startRecorder(origin: Server): Promise<Candidate> {
  const folder = mkdtempSync(join(tmpdir(), "eventstream-bench-"));
  folders.push(folder);
  const env: NodeJS.ProcessEnv = {
    ...process.env,
    AWS_ACCESS_KEY_ID: "AKIDRECORDERBENCH",
    AWS_SECRET_ACCESS_KEY: "a-secret-of-nobody-at-all-0123456789",
    AWS_REGION: "us-east-1",
    AWS_EC2_METADATA_DISABLED: "true",
  };
  for (const name of ["AWS_PROFILE", "AWS_SESSION_TOKEN", "CI"]) delete env[name];
  const args = [bin, "record", "--json", "--large", "--upstream", origin.url, "--out", folder];
  const server = await startServer(process.execPath, args, { env });
  // It says so in a line for each.
  const saved = (calls: number) => server.said((errors) => (errors.match(/^recorded {2}/gm)?.length ?? 0) >= calls);
  return { name: "eventstream record", folder, server, saved };
}

export async function startBareProxy(origin: Server): Promise<Candidate> {
  return { name: "bare node:http proxy", server: await startScript("bare-proxy.ts", origin.url) };
}

/** mitmproxy as it is, and streaming: it then does not keep what it relays. Undefined when it is not installed. */
export function mitmproxyVersion(): string | undefined {
  const { status, stdout } = spawnSync("mitmdump", ["--version"], { encoding: "utf8" });
  return status === 0 ? /Mitmproxy: (\S+)/.exec(stdout)?.[1] : undefined;
}

export async function startMitmdump(origin: Server, streaming: boolean): Promise<Candidate> {
  const port = await freePort();
  const args = ["-q", "--mode", `reverse:${origin.url}`, "--listen-host", "127.0.0.1", "--listen-port", `${port}`];
  if (streaming) args.push("--set", "stream_large_bodies=1");
  const server = await startServer("mitmdump", args, { url: `http://127.0.0.1:${port}` });
  await listening(port);
  // Keeping what it relays, its time grows with the square of the size: 200 MB would take hours.
  return streaming ? { name: "mitmdump, streaming", server } : { name: "mitmdump (4 MB)", server, longest: 4 };
}

async function freePort(): Promise<number> {
  const probe = net.createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => probe.once("listening", resolve));
  const { port } = probe.address() as AddressInfo;
  await new Promise((resolve) => probe.close(resolve));
  return port;
}

async function listening(port: number): Promise<void> {
  for (let attempt = 0; attempt < 600; attempt++) {
    const connected = await new Promise<boolean>((resolve) => {
      const socket = net.connect(port, "127.0.0.1", () => resolve(true));
      socket.once("error", () => resolve(false));
      socket.once("connect", () => socket.destroy());
    });
    if (connected) return;
    await setTimeout(100);
  }
  throw new Error(`Nothing listens on port ${port} after a minute`);
}
