import { isIP } from "node:net";
import { describe, expect, test } from "vitest";
import { checkUpstream, guardedLookup, isForbidden, isLoopbackName, upstreamFor } from "../src/upstream-address.ts";

const stream = "/2021-11-15/functions/report/response-streaming-invocations";

/** What a connection to the name would get, when the name has these addresses. */
function resolved(hostname: string, addresses: readonly string[]): unknown {
  const lookup = guardedLookup((_name, _options, callback) => {
    callback(
      null,
      addresses.map((address) => ({ address, family: isIP(address) })),
    );
  });
  let outcome: unknown;
  lookup(hostname, {}, (error, address) => (outcome = error ?? address));
  return outcome;
}

function messageOf(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    return (error as Error).message;
  }
  return "nothing is thrown";
}

describe("The upstream comes from service, region and partition", () => {
  test.each([
    ["lambda", "eu-central-1", stream, "https://lambda.eu-central-1.amazonaws.com"],
    ["lambda", "cn-north-1", stream, "https://lambda.cn-north-1.amazonaws.com.cn"],
    ["lambda", "us-gov-west-1", stream, "https://lambda.us-gov-west-1.amazonaws.com"],
    ["bedrock", "us-east-1", "/model/m/converse-stream", "https://bedrock-runtime.us-east-1.amazonaws.com"],
  ])("%s in %s", (service, region, target, origin) => {
    expect(upstreamFor({ service, region }, target).origin).toBe(origin);
  });

  test.each(["s3", "evil", "us-east-1-", "us-east-1x", "execute-api.us-east-1"])(
    "A region that is none, %s, makes no name of a host",
    (region) => {
      const refused = expect.objectContaining({ code: "upstream_refused" }) as Error;
      expect(() => upstreamFor({ service: "lambda", region }, "/")).toThrow(refused);
      expect(upstreamFor({ service: "lambda", region }, "/", { upstream: "http://127.0.0.1:1" }).host).toBe(
        "127.0.0.1:1",
      );
    },
  );

  test("A service whose endpoint is not known is refused, and taken with an explicit upstream", () => {
    const scope = { service: "execute-api", region: "us-east-1" };
    expect(() => upstreamFor(scope, "/")).toThrow(expect.objectContaining({ code: "upstream_refused" }));
    expect(upstreamFor(scope, "/", { upstream: "https://x.api.aws/base" }).href).toBe("https://x.api.aws/base");
  });
});

describe("record case 17: other upstreams are refused without connecting", () => {
  test.each([
    "http://lambda.us-east-1.amazonaws.com",
    "https://example.com",
    "https://amazonaws.com.example.com",
    "https://evilamazonaws.com",
    "http://169.254.169.254",
    "https://169.254.170.2",
    "http://2852039166",
    "http://[::ffff:169.254.169.254]",
    "http://[fe80::1]",
    "http://[64:ff9b::169.254.169.254]",
    "http://[fd00:ec2::254]",
    "https://[2001:0:4136:e378:8000:63bf:5601:5601]",
    "http://0.0.0.0:80",
    "ftp://127.0.0.1",
    "https://user:password@lambda.us-east-1.amazonaws.com",
    "https://lambda.us-east-1.amazonaws.com?x=1",
    "nonsense",
  ])("%s", (url) => {
    expect(() => checkUpstream(url)).toThrow(expect.objectContaining({ code: "upstream_refused" }));
  });

  test.each(["user:pass-word@host", "ftp://user:pass-word@host", "https//pass-word", "https://user:pass-word@host:x"])(
    "%s, without showing what may be a password",
    (url) => {
      expect(messageOf(() => checkUpstream(url))).toMatch(
        /^The upstream is not an http or https URL; expected one such as/,
      );
    },
  );

  test("a metadata address also when its host is allowed", () => {
    expect(() => checkUpstream("https://169.254.169.254", ["169.254.169.254"])).toThrow("link-local or metadata");
  });

  test.each([
    ["lambda.us-east-1.amazonaws.com", ["52.94.1.1", "169.254.169.254"], "resolves to 169.254.169.254"],
    ["vpce.example.com", ["fe80::1"], "resolves to fe80::1"],
    ["vpce.example.com", ["64:ff9b::a9fe:a9fe"], "resolves to 64:ff9b::a9fe:a9fe"],
    ["vpce.example.com", ["10.0.0.1", "2002:a9fe:a9fe::"], "resolves to 2002:a9fe:a9fe::"],
    ["vpce.example.com", ["::ffff:169.254.169.254"], "resolves to ::ffff:169.254.169.254"],
    ["vpce.example.com", ["2600::5efe:a9fe:a9fe"], "resolves to 2600::5efe:a9fe:a9fe"],
    ["localhost", ["10.0.0.1"], "resolves to 10.0.0.1"],
  ])("%s when it resolves to %j", (hostname, addresses, message) => {
    expect(resolved(hostname, addresses)).toMatchObject({
      code: "upstream_refused",
      message: expect.stringContaining(message) as string,
    });
  });
});

test("AWS, loopback and allowed hosts are accepted", () => {
  for (const url of [
    "https://lambda.us-east-1.amazonaws.com",
    "https://lambda.us-east-1.api.aws",
    "http://127.0.0.1:4000",
    "http://[::1]:4000",
    "http://localhost:4000/prefix",
    "https://localhost:4000",
  ]) {
    expect(checkUpstream(url).href).toContain(url);
  }
  expect(checkUpstream("https://vpce.example.com", ["vpce.example.com"]).hostname).toBe("vpce.example.com");
  expect(checkUpstream("https://a.example.com", ["*.example.com"]).hostname).toBe("a.example.com");
  expect(resolved("lambda.us-east-1.amazonaws.com", ["52.94.1.1", "10.0.0.1"])).toBe("52.94.1.1");
  expect(resolved("localhost", ["127.0.0.1"])).toBe("127.0.0.1");
});

test("Loopback and link-local addresses are told apart", () => {
  expect(["127.0.0.1", "127.9.9.9", "::1", "localhost", "a.localhost"].map(isLoopbackName)).not.toContain(false);
  expect(["10.0.0.1", "128.0.0.1", "localhost.example", "::2"].map(isLoopbackName)).not.toContain(true);
  expect(["169.254.0.1", "::ffff:169.254.1.1", "fe80::1"].map(isForbidden)).not.toContain(false);
  // As IPv6 writes and tunnels addresses of IPv4: mapped, compatible, translated, by NAT64, 6to4.
  for (const v4 of ["169.254.169.254", "169.254.170.2"]) {
    const forms = [`::ffff:${v4}`, `::${v4}`, `::ffff:0:${v4}`, `64:ff9b::${v4}`, `64:ff9b:1::${v4}`];
    expect(forms.filter((form) => !isForbidden(form))).toEqual([]);
  }
  const others = [
    "64:ff9b:1:a9fe:a9:fe00::",
    "2002:a9fe:a9fe::",
    "2002:a9fe:aa02:1::1",
    "2002:0:1::",
    "64:ff9b::0.0.0.1",
    "::ffff:0.0.0.1",
  ];
  expect(others.filter((form) => !isForbidden(form))).toEqual([]);
  // By Teredo: the server, or the client with each bit inverted; by ISATAP, behind any prefix.
  const tunnelled = [
    "2001:0:a9fe:a9fe::",
    "2001::5601:5601",
    "2001:0:4136:e378:8000:63bf:5601:55fd",
    "2001:0:4136:e378:8000:63bf:86.1.85.253",
    "2001:0:4136:e378:8000:63bf:ffff:fffe",
    "2001:db8::5efe:169.254.169.254",
    "2001:db8::200:5efe:a9fe:aa02",
    "fd00:1:2:3:0:5efe:a9fe:a9fe",
    "2600::5efe:0:1",
    "2600::300:5efe:a9fe:a9fe%eth0",
  ];
  expect(tunnelled.filter((form) => !isForbidden(form))).toEqual([]);
  const harmless = [
    "2001:0:4136:e378:8000:63bf:3fff:fdd2",
    "2001:0:4136:e378:8000:63bf:a9fe:a9fe",
    "2001:db8::5efe:52.94.1.1",
    "2001:db8::5efe:10.0.0.1",
    "2001:db8::400:5efe:a9fe:a9fe",
    "2001:db8::5eff:a9fe:a9fe",
    "2001:1::5601:5601",
  ];
  expect(harmless.filter(isForbidden)).toEqual([]);
  expect(["2002:3456:7890::1", "64:ff9b::52.94.1.1", "::ffff:52.94.1.1", "::1", "::2"].filter(isForbidden)).toEqual([]);
  expect(["10.0.0.1", "52.94.1.1", "2600::1"].map(isForbidden)).not.toContain(true);
});
