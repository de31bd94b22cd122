import { describe, expect, test } from "vitest";
import { serviceRequestFrom } from "@eventstream-kit/service";

describe("serviceRequestFrom", () => {
  test("takes method, target, headers, body and signal", async () => {
    const client = new AbortController();
    const request = await serviceRequestFrom(
      new Request("https://lambda.us-east-1.amazonaws.com/2021-11-15/functions/x?Qualifier=1#part", {
        method: "POST",
        headers: { "X-Amz-Log-Type": "Tail" },
        body: Uint8Array.of(0, 255),
        signal: client.signal,
      }),
    );
    expect(request.method).toBe("POST");
    expect(request.target).toBe("/2021-11-15/functions/x?Qualifier=1");
    expect(request.headers).toEqual([
      ["host", "lambda.us-east-1.amazonaws.com"],
      ["x-amz-log-type", "Tail"],
    ]);
    expect(request.body).toEqual(Uint8Array.of(0, 255));
    expect(request.signal!.aborted).toBe(false);
    client.abort();
    expect(request.signal!.aborted).toBe(true);
  });

  test.each([
    ["http://localhost:3000/a%3Ab/%20?x=%2F&y=a+b", "/a%3Ab/%20?x=%2F&y=a+b", "localhost:3000"],
    ["http://[::1]:8080", "/", "[::1]:8080"],
    ["http://localhost/?a=http://b/c?d", "/?a=http://b/c?d", "localhost"],
    ["http://localhost?a/b", "/?a/b", "localhost"],
    ["http://localhost/#a?b", "/", "localhost"],
  ])("cuts %s as it stands", async (url, target, host) => {
    const request = await serviceRequestFrom(new Request(url));
    expect(request.target).toBe(target);
    expect(request.headers).toEqual([["host", host]]);
  });

  test("has no bytes for no body, and keeps a host line that is there", async () => {
    const request = await serviceRequestFrom(new Request("http://localhost/", { headers: { host: "other.example" } }));
    expect(request.body).toEqual(new Uint8Array());
    expect(request.headers).toEqual([["host", "other.example"]]);
  });

  test("refuses a request that has been read", async () => {
    const request = new Request("http://localhost/", { method: "POST", body: "x" });
    await request.text();
    await expect(serviceRequestFrom(request)).rejects.toHaveProperty("code", "request_used");
  });
});
