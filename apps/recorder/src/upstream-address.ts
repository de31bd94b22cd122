import dns from "node:dns";
import net, { type LookupFunction } from "node:net";
import { RecorderError } from "./errors.ts";
import type { SigningScope } from "./signing-scope.ts";
import { tunnelledAddresses } from "./tunnelled-address.ts";

/** Where calls go when `--upstream` does not say. */
export interface AddressOptions {
  /** Origin and optional path prefix of the real endpoint. Unset: AWS's own, from service and region. */
  readonly upstream?: string | URL;
  /** Host names that are allowed besides AWS's. A leading dot or `*.` allows the names below. */
  readonly allowHosts?: readonly string[];
}

const awsHosts = ["*.amazonaws.com", "*.amazonaws.com.cn", "*.api.aws"];

/**
 * The endpoint for a request: `upstream`, else AWS's own. It has been checked: https to a host of AWS or an allowed
 * one, or anything on loopback. Throws `upstream_refused` otherwise.
 */
export function upstreamFor(scope: SigningScope, target: string, options: AddressOptions = {}): URL {
  return checkUpstream(options.upstream ?? `https://${awsHost(scope, target)}`, options.allowHosts);
}

/** Parses and checks a base URL. Names are checked again once they are resolved: see {@link guardedLookup}. */
export function checkUpstream(address: string | URL, allowHosts: readonly string[] = []): URL {
  const url = URL.parse(String(address));
  if (url === null || (url.protocol !== "https:" && url.protocol !== "http:")) {
    // Not shown: who mistypes a URL may have put a password into it.
    throw refused(
      "The upstream is not an http or https URL; expected one such as https://lambda.us-east-1.amazonaws.com",
    );
  }
  if (url.username !== "" || url.password !== "" || url.search !== "" || url.hash !== "") {
    throw refused("The upstream URL has a user, query or fragment; expected an origin with an optional path");
  }
  const host = hostnameOf(url);
  if (net.isIP(host) !== 0 && isForbidden(host)) {
    throw refused(`The upstream ${host} is a link-local or metadata address`);
  }
  if (isLoopbackName(host)) return url;
  if (url.protocol === "http:") {
    throw refused(`The upstream ${url.origin} is plain http; that is for loopback addresses only`);
  }
  if (![...awsHosts, ...allowHosts].some((pattern) => matches(host, pattern))) {
    throw refused(
      `The upstream host ${host} is not one of AWS's (${awsHosts.join(", ")})`,
      `Say --allow-host ${host} if it may be called with your credentials`,
    );
  }
  return url;
}

function refused(message: string, hint?: string): RecorderError {
  return new RecorderError("upstream_refused", message, hint === undefined ? {} : { hint });
}

function matches(host: string, pattern: string): boolean {
  const name = pattern.toLowerCase().replace(/^\*(?=\.)/, "");
  return name.startsWith(".") ? host.endsWith(name) : host === name;
}

/** Such as `us-gov-west-1`. Other words make names of what is not AWS's own: `lambda.s3.amazonaws.com` is somebody's bucket. */
const regionName = /^[a-z]+(?:-[a-z]+)+-\d+$/;

function awsHost({ service, region }: SigningScope, target: string): string {
  if (!regionName.test(region)) throw refused(`The request is signed for '${region}', which is no region of AWS`);
  const suffix = region.startsWith("cn-") ? "amazonaws.com.cn" : "amazonaws.com";
  if (service === "lambda") return `lambda.${region}.${suffix}`;
  // Several endpoints share the signing name; the path tells them apart.
  if (service === "bedrock" && target.startsWith("/model/")) return `bedrock-runtime.${region}.${suffix}`;
  throw new RecorderError("upstream_refused", `Which endpoint serves a '${service}' request is not known`, {
    hint: "Name it with --upstream https://<host>",
  });
}

/** Host name without the brackets a URL puts around IPv6. */
export function hostnameOf(url: URL): string {
  return url.hostname.replace(/^\[|\]$/g, "").toLowerCase();
}

const loopback = new net.BlockList();
loopback.addSubnet("127.0.0.0", 8, "ipv4");
loopback.addAddress("::1", "ipv6");

/** Never called: what a cloud machine's secrets are behind, and "this host" by its other names. */
const forbidden = new net.BlockList();
forbidden.addSubnet("169.254.0.0", 16, "ipv4");
forbidden.addSubnet("0.0.0.0", 8, "ipv4");
forbidden.addSubnet("fe80::", 10, "ipv6");
forbidden.addAddress("::", "ipv6");
// The same of IPv4 inside of IPv6, where a gateway or tunnel may take them out: NAT64 (RFC 6052, RFC 8215), 6to4 (RFC 3056), translated
// and compatible addresses. Mapped ones (`::ffff:169.254.0.0`) are taken for those of IPv4.
for (const prefix of ["64:ff9b::", "64:ff9b:1::", "::ffff:0:"]) {
  forbidden.addSubnet(`${prefix}169.254.0.0`, 112, "ipv6");
  forbidden.addSubnet(`${prefix}0.0.0.0`, 104, "ipv6");
}
// The local prefix of NAT64 may end in front of the address (RFC 6052, 2.2).
forbidden.addSubnet("64:ff9b:1:a9fe::", 64, "ipv6");
forbidden.addSubnet("2002:a9fe::", 32, "ipv6");
forbidden.addSubnet("2002::", 24, "ipv6");
forbidden.addSubnet("::169.254.0.0", 112, "ipv6");
// The metadata service of EC2 and of EKS Pod Identity, over IPv6.
forbidden.addAddress("fd00:ec2::254", "ipv6");
forbidden.addAddress("fd00:ec2::23", "ipv6");

function isIn(list: net.BlockList, address: string): boolean {
  return list.check(address, net.isIPv6(address) ? "ipv6" : "ipv4");
}

export function isForbidden(address: string): boolean {
  return isIn(forbidden, address) || tunnelledAddresses(address).some((inside) => isIn(forbidden, inside));
}

/** True for `localhost`, names below it, and loopback addresses. */
export function isLoopbackName(host: string): boolean {
  if (net.isIP(host) !== 0) return isIn(loopback, host);
  return host === "localhost" || host.endsWith(".localhost");
}

/** `dns.lookup` with all addresses. */
export type Resolve = (
  hostname: string,
  options: dns.LookupAllOptions,
  callback: (error: NodeJS.ErrnoException | null, addresses: dns.LookupAddress[]) => void,
) => void;

/**
 * A name lookup for connections: a name of AWS or an allowed one that resolves to a link-local or metadata address is
 * refused before anything connects, and so is a loopback name that resolves to anything but loopback.
 */
export const guardedLookup =
  (resolve: Resolve = dns.lookup): LookupFunction =>
  (hostname, options, callback) => {
    resolve(hostname, { ...options, all: true }, (error, addresses) => {
      if (error) return callback(error, "", 0);
      const bad = addresses.find(({ address }) =>
        isLoopbackName(hostname) ? !isIn(loopback, address) : isForbidden(address),
      );
      if (bad) {
        const message = `The upstream ${hostname} resolves to ${bad.address}, which is never called`;
        return callback(new RecorderError("upstream_refused", message), "", 0);
      }
      if (options.all) return callback(null, addresses);
      const [first] = addresses;
      return callback(null, first!.address, first!.family);
    });
  };
