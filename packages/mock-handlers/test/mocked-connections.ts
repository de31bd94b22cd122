/**
 * msw 3 takes a connection over below `net.Socket.connect`: it calls the real one, for the real name, with a `lookup`
 * that answers 127.0.0.1 and never reaches the network. The guard of the test set-up would refuse the name. So a
 * connection that brings its own `lookup` is judged by the addresses it is given; every other one, such as a
 * passed-through one, by its name.
 */
import net from "node:net";
import type { LookupFunction } from "node:net";

// oxlint-disable-next-line typescript/unbound-method -- called below with the socket as `this`
const { connect } = net.Socket.prototype;
net.Socket.prototype.connect = function (this: net.Socket, ...args: unknown[]) {
  const [first, ...rest] = args;
  const options = first as Partial<net.TcpSocketConnectOpts> | null;
  const { host, lookup } = typeof options === "object" && options !== null ? options : {};
  const judged =
    lookup !== undefined && host !== undefined && net.isIP(host) === 0
      ? [{ ...options, host: "localhost", lookup: loopbackOnly(lookup) }, ...rest]
      : args;
  return Reflect.apply(connect as (...args: unknown[]) => net.Socket, this, judged);
};

function loopbackOnly(lookup: LookupFunction): LookupFunction {
  return (name, options, callback) => {
    lookup(name, options, (error, found, family) => {
      const addresses = Array.isArray(found) ? found.map(({ address }) => address) : [found];
      const stray = error ? undefined : addresses.find((address) => address !== "127.0.0.1" && address !== "::1");
      callback(stray === undefined ? error : new Error(`A test tried to connect to ${stray}`), found, family);
    });
  };
}
