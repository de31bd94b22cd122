import type { HeaderLine } from "@eventstream-kit/service";
import { headerValue } from "@eventstream-kit/service";

/** How a request proved who it is from. */
export type AuthKind = "sigv4" | "sigv4a" | "sigv4-query" | "bearer" | "other" | "none";

export function authKind(target: string, headers: readonly HeaderLine[]): AuthKind {
  const authorization = headerValue(headers, "authorization");
  if (authorization === undefined) return /[?&]x-amz-signature=/i.test(target) ? "sigv4-query" : "none";
  if (/^AWS4-HMAC-SHA256\b/.test(authorization)) return "sigv4";
  if (/^AWS4-ECDSA-P256-SHA256\b/.test(authorization)) return "sigv4a";
  return /^bearer\b/i.test(authorization) ? "bearer" : "other";
}
