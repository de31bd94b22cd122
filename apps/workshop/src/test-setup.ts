/**
 * Runs before every test file: dummy AWS settings, so that no test ever reads a real key, and a guard that fails
 * any connection that would leave the machine.
 */
import dns from "node:dns";
import net from "node:net";

process.env["AWS_ACCESS_KEY_ID"] = "AKIDEXAMPLE";
process.env["AWS_SECRET_ACCESS_KEY"] = "dummy-secret-for-tests";
process.env["AWS_REGION"] = "us-east-1";
process.env["AWS_EC2_METADATA_DISABLED"] = "true";
process.env["AWS_SDK_JS_SUPPRESS_MAINTENANCE_MODE_MESSAGE"] = "1";
delete process.env["AWS_PROFILE"];
delete process.env["AWS_SESSION_TOKEN"];

const loopback = /^(127(\.\d{1,3}){3}|::1|::ffff:127(\.\d{1,3}){3}|localhost)$/i;

/** The host that a `connect` call names, or undefined for a local pipe and for the default (localhost). */
function hostOf(args: readonly unknown[]): string | undefined {
  // Node's own callers pass one array of normalised arguments.
  const [first, second] = Array.isArray(args[0]) ? (args[0] as unknown[]) : args;
  if (typeof first === "object" && first !== null) return (first as { host?: string }).host;
  return typeof second === "string" ? second : undefined;
}

// An interceptor such as msw replaces `connect` on top of this one; a mocked connection never reaches it.
// oxlint-disable-next-line typescript/unbound-method -- called below with the socket as `this`
const { connect } = net.Socket.prototype;
net.Socket.prototype.connect = function (this: net.Socket, ...args: unknown[]) {
  const host = hostOf(args);
  if (host !== undefined && !loopback.test(host)) {
    throw new Error(`A test tried to connect to ${host}. Tests use loopback only`);
  }
  return Reflect.apply(connect as (...args: unknown[]) => net.Socket, this, args);
};

const { lookup } = dns;
dns.lookup = function (hostname: string, ...rest: unknown[]) {
  if (!loopback.test(hostname)) throw new Error(`A test tried to resolve ${hostname}. Tests use loopback only`);
  return Reflect.apply(lookup as (...args: unknown[]) => void, dns, [hostname, ...rest]);
} as typeof lookup;
