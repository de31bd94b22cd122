import { maskedUserInfo, withoutOrigin } from "./user-info.ts";

/** Query parameters of a presigned request: SigV4 in the query string. */
const isSigning = (parameter: string): boolean =>
  /^x-amz-(algorithm|content-sha256|credential|date|expires|security-token|signature|signedheaders)$/i.test(
    nameOf(parameter),
  );

export interface StoredPath {
  readonly path: string;
  /** How many query parameters are left out. */
  readonly redacted: number;
  /** How many users and passwords of URLs are masked. */
  readonly masked: number;
}

/**
 * A request target as stored: path and query as they came, without origin, fragment and signature, and with nobody's password: the
 * user and the password of a URL in it are masked.
 */
export function storedPath(target: string): StoredPath {
  const { path: shown, masked } = maskedUserInfo(withoutOrigin(target));
  const [pathAndQuery = ""] = shown.split("#");
  const [path = "", ...rest] = pathAndQuery.split("?");
  const rooted = path.startsWith("/") ? path : `/${path}`;
  if (rest.length === 0) return { path: rooted, redacted: 0, masked };
  const parameters = rest.join("?").split("&");
  const kept = parameters.filter((parameter) => !isSigning(parameter));
  const query = kept.join("&");
  return { path: query === "" ? rooted : `${rooted}?${query}`, redacted: parameters.length - kept.length, masked };
}

/** The name of `name=value`, its percent-encoding undone where it can be. */
function nameOf(parameter: string): string {
  return decoded(parameter.split("=", 1)[0] ?? "");
}

/** Percent-decoded; as it is when it is not well-formed. */
export function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
