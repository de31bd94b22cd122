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

// Interceptors such as msw replace `connect` on top of this one; a mocked connection never reaches it.
const connect = net.Socket.prototype.connect;
net.Socket.prototype.connect = function (this: net.Socket, ...args: unknown[]) {
  const first: unknown = Array.isArray(args[0]) ? args[0][0] : args[0];
  const options = typeof first === "object" && first !== null ? (first as { host?: string; path?: string }) : undefined;
  const host = options ? options.host : typeof args[1] === "string" ? args[1] : undefined;
  if (options?.path === undefined && host !== undefined && !loopback.test(host)) {
    throw new Error(`A test tried to connect to ${host}. Tests use loopback only`);
  }
  return Reflect.apply(connect, this, args) as net.Socket;
} as typeof connect;

const lookup = dns.lookup;
dns.lookup = function (hostname: string, ...rest: unknown[]) {
  if (!loopback.test(hostname)) throw new Error(`A test tried to resolve ${hostname}. Tests use loopback only`);
  return Reflect.apply(lookup, dns, [hostname, ...rest]);
} as typeof lookup;
