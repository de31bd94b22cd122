import { credentialSource } from "./credential-source.ts";
import { messageOf, RecorderError } from "./errors.ts";
import type { Environment } from "./terminal.ts";

/** AWS credentials: the recorder's own, not the client's. */
export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  /** Where they are from, in words that fit behind "from", for errors. */
  readonly source?: string;
}

/** What the AWS SDK's providers give. */
type Found = Omit<Credentials, "source"> & { readonly expiration?: Date; readonly $source?: object };

/** Gives credentials that are valid now. Called for every request, so it may refresh them. */
export type CredentialProvider = () => Promise<Credentials>;

/**
 * The provider chain every AWS tool uses: environment, shared files, SSO, process, container, instance. Errors are
 * `credentials`, and carry no value.
 */
export function nodeCredentials(profile?: string): CredentialProvider {
  let chain: (() => Promise<Found>) | undefined;
  return async () => {
    const named = profile ?? process.env["AWS_PROFILE"];
    try {
      // Loaded late: it is most of the start-up time, and a request that is refused needs none of it.
      chain ??= (await import("@aws-sdk/credential-providers")).fromNodeProviderChain(
        profile === undefined ? {} : { profile },
      );
      const found = await chain();
      const source = credentialSource(found, named);
      refuseExpired(found.expiration, source);
      return { ...found, ...(source === undefined ? {} : { source }) };
    } catch (cause) {
      if (cause instanceof RecorderError) throw cause;
      const where = named ? `profile ${named}` : "environment, shared files, SSO, container and instance";
      throw new RecorderError("credentials", `No AWS credentials to sign with: ${messageOf(cause)}`, {
        cause,
        hint: `Looked for ${where}; 'aws sts get-caller-identity' shows what the AWS tools find`,
      });
    }
  };
}

/** Some sources tell when their credentials end, and give them all the same. */
function refuseExpired(expiration: Date | undefined, source = "an unknown source"): void {
  if (expiration === undefined || !(expiration.getTime() <= Date.now())) return;
  throw new RecorderError("credentials", `The AWS credentials from ${source} expired at ${expiration.toISOString()}`, {
    hint: "Renew them, and start again",
  });
}

const endpointVariable = /^AWS_ENDPOINT_URL(_|$)/;

/**
 * Takes the endpoint variables out of this process's environment. A recorder started by a recorder (or in a shell
 * set up for one) would otherwise ask itself for credentials. What it runs as a child gets the original environment.
 */
export function ignoreEndpointVariables(env: Record<string, string | undefined>): void {
  for (const name of Object.keys(env)) if (endpointVariable.test(name)) delete env[name];
}

/** The region a child needs: of the environment, else of the profile, as the SDKs find it. */
export async function configuredRegion(env: Environment, profile = env["AWS_PROFILE"]): Promise<string | undefined> {
  const set = env["AWS_REGION"] || env["AWS_DEFAULT_REGION"];
  if (set) return set;
  const { loadSharedConfigFiles } = await import("@smithy/core/config");
  const { configFile, credentialsFile } = await loadSharedConfigFiles();
  const name = profile || "default";
  return configFile[name]?.["region"] ?? credentialsFile[name]?.["region"];
}
