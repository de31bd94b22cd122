import { X509Certificate } from "node:crypto";
import tls from "node:tls";
import { messageOf, RecorderError } from "./errors.ts";

/**
 * What TLS connections trust: the authorities that Node trusts anyway, and these certificates.
 *
 * @param pem one certificate or several.
 * @throws RecorderError `usage`
 */
export function trusting(pem: string): tls.SecureContext {
  const given = pem.match(/-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----/gs) ?? [];
  // Node passes over what is none, and would then trust nobody new without a word.
  if (given.length === 0) throw new RecorderError("usage", "There is no certificate to trust; expected PEM text");
  try {
    for (const certificate of given) void new X509Certificate(certificate);
  } catch (cause) {
    throw new RecorderError("usage", `A certificate to trust cannot be read: ${messageOf(cause)}`, { cause });
  }
  return tls.createSecureContext({ ca: [...usualAuthorities(), ...given] });
}

/** With those that the system and NODE_EXTRA_CA_CERTS add, where Node can say so (from 22.15 on). */
function usualAuthorities(): readonly string[] {
  const { getCACertificates } = tls as Partial<typeof tls>;
  return getCACertificates?.("default") ?? tls.rootCertificates;
}
