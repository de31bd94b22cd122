/** A guard that fails any connection that would leave the machine. */
import dns from "node:dns";
import net from "node:net";
import type { LookupFunction } from "node:net";

const loopback = /^(127(\.\d{1,3}){3}|::1|::ffff:127(\.\d{1,3}){3}|localhost)$/i;

function refuse(host: string): Error {
  return new Error(`A test tried to connect to ${host}. Tests use loopback only`);
}

/** A look-up that fails for an address that is not ours. */
function loopbackOnly(ask: LookupFunction): LookupFunction {
  return (name, options, callback) => {
    ask(name, options, (error, found, family) => {
      const addresses = Array.isArray(found) ? found.map(({ address }) => address) : [found];
      const stray = error ? undefined : addresses.find((address) => !loopback.test(address));
      callback(stray === undefined ? error : refuse(stray), found, family);
    });
  };
}

/**
 * The arguments of a `connect` call, made safe. A connection that brings its own `lookup` is judged by the addresses
 * that gives: msw 3 calls the real `connect` for the real name, with a `lookup` that answers 127.0.0.1, and takes over
 * below. Every other connection is judged by its name.
 */
function guarded(args: readonly unknown[]): readonly unknown[] {
  // Node's own callers pass one array of normalised arguments.
  const normalised = Array.isArray(args[0]) ? (args[0] as unknown[]) : args;
  const [first, second] = normalised;
  if (typeof first !== "object" || first === null) {
    if (typeof second === "string" && !loopback.test(second)) throw refuse(second);
    return args;
  }
  const options = first as Partial<net.TcpSocketConnectOpts>;
  const { host, lookup } = options;
  if (host === undefined || loopback.test(host)) return args;
  if (lookup === undefined || net.isIP(host) !== 0) throw refuse(host);
  return [{ ...options, lookup: loopbackOnly(lookup) }, ...normalised.slice(1)];
}

/** For the whole process, from now on. To be called once. */
export function allowLoopbackOnly(): void {
  // oxlint-disable-next-line typescript/unbound-method -- called below with the socket as `this`
  const { connect } = net.Socket.prototype;
  net.Socket.prototype.connect = function (this: net.Socket, ...args: unknown[]) {
    return Reflect.apply(connect as (...args: unknown[]) => net.Socket, this, guarded(args));
  };

  const { lookup } = dns;
  dns.lookup = function (hostname: string, ...rest: unknown[]) {
    if (!loopback.test(hostname)) throw new Error(`A test tried to resolve ${hostname}. Tests use loopback only`);
    return Reflect.apply(lookup as (...args: unknown[]) => void, dns, [hostname, ...rest]);
  } as typeof lookup;
}
