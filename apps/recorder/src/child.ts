import { spawn } from "node:child_process";
import { constants } from "node:os";
import { RecorderError } from "./errors.ts";
import type { Interrupts } from "./interrupts.ts";
import type { Environment } from "./terminal.ts";

/** Names a service in `--service`, as AWS names it in its variables: `lambda`, `bedrock-runtime`. */
const serviceName = /^[a-z0-9]+(?:[ _-][a-z0-9]+)*$/i;

/** The variable all AWS SDKs and tools read a service's endpoint from. */
export function endpointVariable(service: string): string {
  if (!serviceName.test(service)) {
    throw new RecorderError("usage", `The service '${service}' is not a name such as lambda or bedrock-runtime`);
  }
  return `AWS_ENDPOINT_URL_${service.toUpperCase().replace(/[ -]/g, "_")}`;
}

export interface ChildEnvironment {
  readonly url: string;
  readonly services: readonly string[];
  /** Set when the environment has none. */
  readonly region: string | undefined;
  /** Leaves keys, profile and bearer token as they are, for a command that also calls services directly. */
  readonly keepCredentials?: boolean;
}

/** Keys that open nothing. What a client signs with is replaced or ignored. */
const dummyKeys = { AWS_ACCESS_KEY_ID: "AKIDEVENTSTREAM", AWS_SECRET_ACCESS_KEY: "not-a-secret" };

const ownCredentials = ["AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_SESSION_TOKEN", "AWS_BEARER_TOKEN_BEDROCK"];

/** The environment in which a command's AWS clients find the endpoint, and need nothing else. */
export function childEnvironment(env: Environment, options: ChildEnvironment): Record<string, string | undefined> {
  const child: Record<string, string | undefined> = { ...env, ...withoutProxyTo("127.0.0.1", env) };
  for (const service of options.services) child[endpointVariable(service)] = options.url;
  // Would make the SDKs overlook the endpoint.
  delete child["AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"];
  if (!options.keepCredentials) {
    // A profile or a token left behind would win over the keys, or be signed with them.
    for (const name of ownCredentials) delete child[name];
    Object.assign(child, dummyKeys);
  }
  if (!child["AWS_REGION"] && options.region !== undefined) child["AWS_REGION"] = options.region;
  return child;
}

/** Clients that heed a proxy, such as Python's, must not ask it for the endpoint. */
function withoutProxyTo(host: string, env: Environment): Record<string, string> {
  if (!Object.keys(env).some((name) => /^(all|http)_proxy$/i.test(name))) return {};
  const hosts = (before: string | undefined) => (before ? `${before},${host}` : host);
  return { NO_PROXY: hosts(env["NO_PROXY"]), no_proxy: hosts(env["no_proxy"]) };
}

/**
 * Runs a command to its end, on the same terminal, and resolves to its exit code; 128 and the signal's number when a
 * signal ended it, as in shells. The first interrupt is passed on, the second kills.
 */
export function runChild(
  command: readonly string[],
  env: Record<string, string | undefined>,
  interrupts: Interrupts,
): Promise<number> {
  const [file, ...args] = command;
  if (file === undefined) {
    return Promise.reject(new RecorderError("usage", "There is no command after --; expected -- command args"));
  }
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, { env, stdio: "inherit", shell: process.platform === "win32" });

    const passOn = () => {
      // A terminal has already sent Ctrl-C to everything in it.
      if (interrupts.name() === "SIGINT" && process.stdin.isTTY) return;
      child.kill(interrupts.name());
    };
    const kill = () => child.kill("SIGKILL");
    interrupts.first.addEventListener("abort", passOn);
    interrupts.second.addEventListener("abort", kill);

    const forget = () => {
      interrupts.first.removeEventListener("abort", passOn);
      interrupts.second.removeEventListener("abort", kill);
    };
    child.once("error", (cause: NodeJS.ErrnoException) => {
      forget();
      const code = cause.code === "EACCES" ? "child_not_executable" : "child_not_found";
      reject(new RecorderError(code, `The command '${file}' cannot be run: ${cause.message}`, { cause }));
    });
    child.once("exit", (code, signal) => {
      forget();
      resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal]));
    });
  });
}
