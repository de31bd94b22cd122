import { isIPv4 } from "node:net";

/**
 * Whether a request's host names this machine, or an AWS function URL that a client has pointed at it.
 *
 * A page of any website can make a browser send requests to a loopback port, under a name of its own that it resolves to
 * 127.0.0.1 (DNS rebinding). The Host line then carries that name, so only names which nobody else can
 * resolve are let in: loopback ones, and `<id>.lambda-url.<region>.on.aws`, whose zone is AWS's.
 *
 * @param host lower case, without the port, an IPv6 address in its brackets.
 */
export function isLocalHost(host: string): boolean {
  // Most requests are for the same host as the one before: the code of the pattern below is cold when they come.
  if (host === lastLocal) return true;
  const local =
    host === "localhost" ||
    host.endsWith(".localhost") ||
    host === "[::1]" ||
    (isIPv4(host) && host.startsWith("127.")) ||
    /^[a-z0-9-]+\.lambda-url\.[a-z0-9-]+\.on\.aws$/.test(host);
  if (local) lastLocal = host;
  return local;
}

let lastLocal = "localhost";

let last = { authority: "", host: "" };

/** The host of an authority (`host`, `host:port`, `[v6]:port`) in lower case, without a final dot. */
export function hostOf(authority: string): string {
  // Most requests are for the same host as the one before.
  if (authority !== last.authority) {
    last = { authority, host: authority.toLowerCase().replace(/:\d*$/, "").replace(/\.$/, "") };
  }
  return last.host;
}
