import { access, constants } from "node:fs/promises";
import { createRequire } from "node:module";
import { createServer } from "node:net";
import { dirname, join, resolve } from "node:path";
import { configuredRegion } from "../credentials.ts";
import { messageOf } from "../errors.ts";
import type { Environment } from "../terminal.ts";
import { clockDiagnosis } from "./clock.ts";
import { credentialsSource } from "./credentials-source.ts";
import type { Diagnosis } from "./diagnosis.ts";

export interface DiagnoseOptions {
  /** The folder of cassettes, or one file. */
  readonly out: string;
  readonly port: number;
  readonly profile: string | undefined;
  /** A server whose clock is asked for. */
  readonly clock: string | undefined;
  readonly env: Environment;
  readonly cwd: string;
}

/** Looks at everything, whatever is found. */
export async function diagnose(options: DiagnoseOptions): Promise<readonly Diagnosis[]> {
  const { env, profile, clock, out, cwd, port } = options;
  return [
    { name: "node", status: "ok", message: `Node ${process.versions.node}` },
    await credentialsDiagnosis(env, profile),
    await regionDiagnosis(env, profile),
    await clockDiagnosis(clock),
    endpointsDiagnosis(env),
    await folderDiagnosis(resolve(cwd, out), out),
    await portDiagnosis(port),
    http2Diagnosis(cwd),
  ];
}

async function credentialsDiagnosis(env: Environment, profile: string | undefined): Promise<Diagnosis> {
  const source = await credentialsSource(env, profile);
  if (source !== undefined) return { name: "credentials", status: "ok", message: `from ${source}` };
  const named = profile || env["AWS_PROFILE"];
  const [where, advice] = named
    ? [`a profile '${named}'`, "'aws configure list-profiles' shows those there are"]
    : ["environment and shared files", "for record set AWS_PROFILE, or run 'aws sso login'"];
  return {
    name: "credentials",
    status: "hint",
    message: `none in ${where}; only a container or an instance could give some`,
    advice: `replay and serve need none; ${advice}`,
  };
}

async function regionDiagnosis(env: Environment, profile: string | undefined): Promise<Diagnosis> {
  const region = await configuredRegion(env, profile);
  if (region !== undefined) return { name: "region", status: "ok", message: region };
  const message = "none in environment and profile";
  return { name: "region", status: "hint", message, advice: "clients must name theirs; invoke needs --region" };
}

/** An inherited endpoint is overlooked by the recorder and obeyed by everything else. */
function endpointsDiagnosis(env: Environment): Diagnosis {
  const found = Object.entries(env).filter(([name, value]) => /^AWS_ENDPOINT_URL(_|$)/.test(name) && value);
  if (found.length === 0) return { name: "endpoints", status: "ok", message: "no AWS_ENDPOINT_URL is set" };
  // A URL can hold a password.
  const shown = found.map(([name, value]) => `${name} (${URL.parse(value!)?.host ?? "no URL"})`).join(", ");
  return {
    name: "endpoints",
    status: "hint",
    message: `set: ${shown}`,
    advice: "record does not call them; a command that it starts gets its endpoint in their place",
  };
}

async function folderDiagnosis(path: string, shown: string): Promise<Diagnosis> {
  const folder = path.endsWith(".jsonl") ? dirname(path) : path;
  for (let existing = folder; ; existing = dirname(existing)) {
    try {
      await access(existing, constants.W_OK);
      const message = existing === folder ? `${shown} can be written` : `${shown} can be made`;
      return { name: "folder", status: "ok", message };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT" && dirname(existing) !== existing) continue;
      const message = `${shown} cannot be written: ${messageOf(error)}`;
      return { name: "folder", status: "problem", message, advice: "name another with --out or EVENTSTREAM_DIR" };
    }
  }
}

async function portDiagnosis(port: number): Promise<Diagnosis> {
  if (port === 0) return { name: "port", status: "ok", message: "any free one" };
  const server = createServer();
  try {
    await new Promise<void>((listening, failed) => {
      server.once("error", failed);
      server.listen({ port, host: "127.0.0.1", exclusive: true }, listening);
    });
    return { name: "port", status: "ok", message: `${port} is free` };
  } catch (error) {
    const message = `${port} cannot be used: ${(error as NodeJS.ErrnoException).code ?? messageOf(error)}`;
    return { name: "port", status: "problem", message, advice: "--port 0 takes a free one" };
  } finally {
    server.close();
  }
}

/** Clients of SDK for JavaScript v3 that speak HTTP/2 unless told otherwise. */
const http2Clients = ["bedrock-runtime", "kinesis", "lex-runtime-v2", "qbusiness", "transcribe-streaming"];

function http2Diagnosis(cwd: string): Diagnosis {
  const { resolve: find } = createRequire(join(cwd, "package.json"));
  const installed = http2Clients.filter((client) => {
    try {
      return find(`@aws-sdk/client-${client}/package.json`) !== "";
    } catch {
      return false;
    }
  });
  if (installed.length === 0) return { name: "http2", status: "ok", message: "no SDK client here speaks HTTP/2" };
  return {
    name: "http2",
    status: "hint",
    message: `speaking HTTP/2: ${installed.map((client) => `@aws-sdk/client-${client}`).join(", ")}`,
    advice: "record and replay take both; msw sees no HTTP/2: requestHandlerFor of @eventstream-kit/mock-handlers",
  };
}
