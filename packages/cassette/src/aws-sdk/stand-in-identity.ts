import type { SdkConfig } from "./sdk-client.ts";

type Provider = (...given: readonly unknown[]) => Promise<unknown>;

/**
 * Gives a client credentials that are none, so that it signs without looking for real ones, of which a build machine has
 * none. A client without region gets one; hosts and regions do not matter to a replay.
 *
 * @returns what gives back what was there.
 */
export function standInIdentity(config: SdkConfig): () => void {
  const before = new Map<string, PropertyDescriptor>();
  // Not by assignment: what is assigned to `credentials` goes through a setter that keeps a trace of it.
  const replace = (name: string, value: (own: unknown) => unknown) => {
    const descriptor = Object.getOwnPropertyDescriptor(config, name);
    if (!descriptor) return;
    before.set(name, descriptor);
    const own: unknown = Reflect.get(config, name);
    Object.defineProperty(config, name, { ...flags, value: value(own) });
  };
  replace("credentials", () => always({ accessKeyId: "REPLAYEDREPLAYEDREPL", secretAccessKey: "replayed" }));
  replace("token", () => always({ token: "replayed" }));
  replace("region", (own) => orElse(own, "us-east-1"));
  // It depends on the region, and asks for it by itself.
  replace("useFipsEndpoint", (own) => orElse(own, false));
  return () => {
    for (const [name, descriptor] of before) Object.defineProperty(config, name, descriptor);
  };
}

const flags = { configurable: true, enumerable: true, writable: true };

const always =
  (value: unknown): Provider =>
  () =>
    Promise.resolve(value);

/** What a provider gives; when it fails, something else. */
function orElse(own: unknown, otherwise: unknown): unknown {
  if (typeof own !== "function") return own;
  return async (...given: readonly unknown[]) => {
    try {
      return await (own as Provider)(...given);
    } catch {
      return otherwise;
    }
  };
}
