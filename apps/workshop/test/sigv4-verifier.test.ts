import type { ServiceRequest } from "@eventstream-kit/service";
import { describe, expect, test } from "vitest";
import { verifySigV4 } from "../src/sigv4-verifier.ts";

// AWS publishes these requests and signatures as the Signature Version 4 test suite
// (https://docs.aws.amazon.com/IAM/latest/UserGuide/signature-v4-test-suite.html).
const options = {
  keys: { AKIDEXAMPLE: { secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY" } },
  region: "us-east-1",
  service: "service",
  host: "example.amazonaws.com",
  now: () => new Date("2015-08-30T12:36:00Z"),
};

function published(method: string, target: string, signature: string): ServiceRequest {
  return {
    method,
    target,
    headers: [
      ["Host", "example.amazonaws.com"],
      ["X-Amz-Date", "20150830T123600Z"],
      [
        "Authorization",
        `AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders=host;x-amz-date, Signature=${signature}`,
      ],
    ],
    body: new Uint8Array(),
  };
}

const getVanilla = published("GET", "/", "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31");

describe("The verifier accepts what AWS publishes as right", () => {
  test.each([
    ["get-vanilla", getVanilla],
    ["post-vanilla", published("POST", "/", "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b")],
    [
      "get-vanilla-query-order-key-case",
      published(
        "GET",
        "/?Param2=value2&Param1=value1",
        "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500",
      ),
    ],
  ])("%s", (_name, request) => {
    expect(verifySigV4(request, options)).toBeUndefined();
  });
});

describe("The verifier refuses", () => {
  test.each([
    ["another method", { ...getVanilla, method: "POST" }, "InvalidSignatureException"],
    ["another path", { ...getVanilla, target: "/a" }, "InvalidSignatureException"],
    ["another body", { ...getVanilla, body: new Uint8Array(1) }, "InvalidSignatureException"],
    ["no signature", { ...getVanilla, headers: getVanilla.headers.slice(0, 2) }, "MissingAuthenticationTokenException"],
    [
      "a header of AWS's own that is not signed",
      { ...getVanilla, headers: [...getVanilla.headers, ["x-amz-log-type", "Tail"] as const] },
      "InvalidSignatureException",
    ],
    [
      "a session token that was not asked for",
      { ...getVanilla, headers: [...getVanilla.headers, ["x-amz-security-token", "t"] as const] },
      "InvalidSignatureException",
    ],
  ])("%s", (_name, request, name) => {
    expect(verifySigV4(request, options)?.name).toBe(name);
  });

  test("an unknown key, another region, another service, another host, an old date", () => {
    expect(verifySigV4(getVanilla, { ...options, keys: {} })?.name).toBe("UnrecognizedClientException");
    for (const change of [
      { region: "eu-west-1" },
      { service: "lambda" },
      { host: "localhost" },
      { now: () => new Date("2015-08-30T12:50:00Z") },
      { keys: { AKIDEXAMPLE: { secretAccessKey: "wrong" } } },
    ]) {
      expect(verifySigV4(getVanilla, { ...options, ...change })?.name).toBe("InvalidSignatureException");
    }
  });
});
