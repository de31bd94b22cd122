import type { Environment } from "../terminal.ts";

/**
 * Where the AWS SDKs would find credentials, in their order; no value is looked at but whether it is there, and nothing is
 * asked of the network. Undefined when only a container's or an instance's own service could give some.
 */
export async function credentialsSource(env: Environment, profile = env["AWS_PROFILE"]): Promise<string | undefined> {
  const { loadSharedConfigFiles } = await import("@smithy/core/config");
  const { configFile, credentialsFile } = await loadSharedConfigFiles();
  if (env["AWS_ACCESS_KEY_ID"] && env["AWS_SECRET_ACCESS_KEY"] && profile === undefined) {
    return `the environment${env["AWS_SESSION_TOKEN"] ? ", with a session token" : ""}`;
  }
  const name = profile || "default";
  const members: Readonly<Record<string, string | undefined>> = { ...configFile[name], ...credentialsFile[name] };
  const how = profileKinds.find(([member]) => members[member] !== undefined);
  if (how) return `the profile '${name}': ${how[1]}`;
  if (env["AWS_WEB_IDENTITY_TOKEN_FILE"] && env["AWS_ROLE_ARN"]) return "a web identity token";
  if (env["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"] || env["AWS_CONTAINER_CREDENTIALS_FULL_URI"])
    return "the container";
  return undefined;
}

/** What a profile can have, the first that counts first. */
const profileKinds: readonly (readonly [member: string, how: string])[] = [
  ["aws_access_key_id", "keys in the shared files"],
  ["role_arn", "an assumed role"],
  ["web_identity_token_file", "a web identity token"],
  ["credential_process", "a process"],
  ["sso_session", "SSO"],
  ["sso_start_url", "SSO"],
  ["login_session", "a login session"],
];
