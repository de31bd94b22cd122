import { CassetteError } from "./errors.ts";

export function assertNoSecrets(text: string | Uint8Array, secrets: readonly string[]): void {
  const hay = typeof text === "string" ? text : new TextDecoder().decode(text);
  for (const s of secrets) if (s.length >= 8 && hay.includes(s)) throw new CassetteError("secret", "stub");
}
