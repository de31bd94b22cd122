import { describe, expect, test } from "vitest";
import { createLambda } from "../src/index.ts";
import type { SendOptions } from "./function-url-client.ts";
import { invokeTarget, refusal, request, stream, streamTarget } from "./invoke-client.ts";

const functions = { f: (event: unknown) => event };
const refused = (target: string, options: SendOptions) => refusal(createLambda({ functions }), target, options);
const withId = (value: string) => ({ headers: [["X-Amzn-RequestId", value]] as const });
const withContext = (value: string) => ({ headers: [["X-Amz-Client-Context", value]] as const });
/** JSON whose base64 has `size` bytes, a multiple of four. */
const ofSize = (size: number) => Buffer.from(JSON.stringify("x".repeat((size / 4) * 3 - 2))).toString("base64");
const jsonOf = (bytes: number) => `"${"x".repeat(bytes - 2)}"`;
const tooLarge = (limit: number) => ({
  status: 413,
  type: "RequestTooLargeException",
  body: { Type: "User", message: `Request must be smaller than ${limit} bytes for the InvokeFunction operation` },
});

describe("x-amzn-RequestId of the client", () => {
  test.each(["bad", "", "01234567-89ab-cdef-0123-456789abcde", "{01234567-89ab-cdef-0123-456789abcdef}"])(
    "%j, which is no UUID, is refused by both operations",
    async (value) => {
      for (const target of [invokeTarget("f"), streamTarget("f")]) {
        expect(await refused(target, withId(value))).toEqual({
          status: 400,
          type: "InvalidRequestContentException",
          body: { Type: "User", message: "The x-amzn-RequestId header must be a UUID" },
        });
      }
    },
  );

  test("that is a UUID is not the one of the answer", async () => {
    const id = "01234567-89AB-cdef-0123-456789abcdef";
    const { status, headers } = await stream(createLambda({ functions }), "f", withId(id));
    expect(status).toBe(200);
    expect(headers.find(([name]) => name === "x-amzn-RequestId")![1]).not.toBe(id.toLowerCase());
  });

  test("is looked at when the function is known to be there", async () => {
    expect((await refused(invokeTarget("missing"), withId("bad"))).status).toBe(404);
  });
});

describe("ClientContext", () => {
  const seen: unknown[] = [];
  const lambda = createLambda({
    functions: {
      f: (_event, context) => {
        seen.push(context.clientContext);
        return context.tenantId;
      },
    },
  });
  test("arrives as context.clientContext and in the record", async () => {
    const clientContext = { custom: { trace: "é" }, client: {} };
    await stream(lambda, "f", withContext(Buffer.from(JSON.stringify(clientContext)).toString("base64")));
    expect(seen.at(-1)).toEqual(clientContext);
    expect(lambda.invocations.at(-1)!.clientContext).toEqual(clientContext);
    await stream(lambda, "f");
    expect(seen.at(-1)).toBeUndefined();
  });

  test("of 3,583 bytes is accepted, of one more refused", async () => {
    // Base64 comes in fours: 3,580 is the longest that fits, 3,584 the shortest that does not.
    expect((await stream(lambda, "f", withContext(ofSize(3580)))).status).toBe(200);
    expect(await refused(streamTarget("f"), withContext(ofSize(3584)))).toEqual({
      status: 400,
      type: "InvalidRequestContentException",
      body: { Type: "User", message: "Client context must be at most 3583 bytes of base64, found 3584" },
    });
    // 3,583 themselves are no base64, which is another refusal: the limit lets them pass.
    expect((await refused(streamTarget("f"), withContext(ofSize(3584).slice(1)))).body["message"]).toBe(
      "Client context must be base64-encoded JSON",
    );
    const limits = { clientContextBytes: 3584 };
    const reply = await request(
      createLambda({ functions, limits }),
      "POST",
      streamTarget("f"),
      withContext(ofSize(3584)),
    );
    expect(reply.status).toBe(200);
  });

  test.each(["not base64", "e30", "eyJh", Buffer.from("{bad").toString("base64"), "Iv8i", ""])(
    "%j is refused: not base64 of JSON",
    async (value) => {
      expect(await refused(invokeTarget("f"), withContext(value))).toEqual({
        status: 400,
        type: "InvalidRequestContentException",
        body: { Type: "User", message: "Client context must be base64-encoded JSON" },
      });
    },
  );

  test("TenantId arrives as context.tenantId", async () => {
    const answer = await stream(lambda, "f", { headers: [["X-Amz-Tenant-Id", "blue/1"]] });
    expect(answer.chunks).toEqual(['"blue/1"']);
    expect(lambda.invocations.at(-1)!.tenantId).toBe("blue/1");
  });
});

describe("request size", () => {
  test("6 MiB pass, one byte more is 413", async () => {
    const limit = 6 * 1024 * 1024;
    expect((await stream(createLambda({ functions }), "f", { body: jsonOf(limit) })).status).toBe(200);
    expect(await refused(streamTarget("f"), { body: jsonOf(limit + 1) })).toEqual(tooLarge(limit));
    expect(await refused(invokeTarget("f"), { body: jsonOf(limit + 1) })).toEqual(tooLarge(limit));
  });

  test("an Event may have 1 MiB", async () => {
    const limit = 1024 * 1024;
    const headers = [["X-Amz-Invocation-Type", "Event"]] as const;
    const target = invokeTarget("f");
    expect((await request(createLambda({ functions }), "POST", target, { headers, body: jsonOf(limit) })).status).toBe(
      202,
    );
    expect(await refused(target, { headers, body: jsonOf(limit + 1) })).toEqual(tooLarge(limit));
  });
});
