import type { Environment } from "./terminal.ts";

const names = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_BEARER_TOKEN_BEDROCK"];

/** The credentials in an environment: what must be in nothing that is written under it. */
export function environmentSecrets(env: Environment): readonly string[] {
  return names.flatMap((name) => env[name] || []);
}
