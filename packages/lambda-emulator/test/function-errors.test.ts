import { describe, expect, test } from "vitest";
import { chunks, createLambda } from "../src/index.ts";
import type { LambdaOptions } from "../src/index.ts";
import { awslambda } from "../src/runtime.ts";
import { stream } from "./invoke-client.ts";

const profiles = ["modelled", "observed"] as const;
const tail = [["X-Amz-Log-Type", "Tail"]] as const;
const functions: LambdaOptions["functions"] = {
  midway: async function* () {
    yield "abcd";
    throw new Error("boom");
  },
  named: async function* () {
    yield "abcd";
    throw new RangeError("too far");
  },
  midwayWriter: awslambda.streamifyResponse(async (_event, responseStream) => {
    responseStream.write("abcd");
    throw new Error("boom");
  }),
  // oxlint-disable-next-line eslint/require-yield -- it does not get that far
  first: async function* () {
    throw new Error("boom");
  },
  firstWriter: awslambda.streamifyResponse(async (_event, responseStream) => {
    responseStream.setContentType("text/plain");
    throw new Error("boom");
  }),
  ordinary: async () => {
    throw new Error("boom");
  },
  text: () => {
    // oxlint-disable-next-line typescript/only-throw-error -- functions do
    throw "a text";
  },
  cyclic: () => {
    const value: { self?: unknown } = {};
    value.self = value;
    return value;
  },
};

const boom = { errorType: "Error", errorMessage: "boom", trace: expect.arrayContaining(["Error: boom"]) };

describe("lambda case 12: P:modelled, a throw after four bytes", () => {
  test.each(["midway", "midwayWriter"])(
    "%s: chunk, then a completion with ErrorCode and ErrorDetails",
    async (name) => {
      const answer = await stream(createLambda({ functions }), name, { headers: tail });
      expect(answer.status).toBe(200);
      expect(answer.chunks).toEqual(["abcd"]);
      expect(Object.keys(answer.complete)).toEqual(["ErrorCode", "ErrorDetails", "LogResult"]);
      expect(answer.complete["ErrorCode"]).toBe("Unhandled");
      expect(JSON.parse(answer.complete["ErrorDetails"]!)).toEqual(boom);
      const log = Buffer.from(answer.complete["LogResult"]!, "base64").toString();
      const logged = /\t([^\t]*)\tERROR\tInvoke Error \t(.*)\n/.exec(log)!;
      expect(logged[1]).toBe(answer.requestId);
      // As the runtime prints it: what the caller gets as the trace is the stack here.
      const { trace, ...error } = JSON.parse(answer.complete["ErrorDetails"]!);
      expect(logged[2]).toBe(JSON.stringify({ ...error, stack: trace }));
    },
  );

  test("an error with a name of its own gives ErrorCode that name", async () => {
    const { complete } = await stream(createLambda({ functions }), "named");
    expect(complete["ErrorCode"]).toBe("RangeError");
    expect(JSON.parse(complete["ErrorDetails"]!)).toMatchObject({ errorType: "RangeError", errorMessage: "too far" });
  });
});

describe("lambda case 13: P:observed, a throw after four bytes", () => {
  test.each(["midway", "midwayWriter"])("%s: chunk, then a completion without either", async (name) => {
    const lambda = createLambda({ functions, profile: "observed" });
    const answer = await stream(lambda, name);
    expect(answer.chunks).toEqual(["abcd"]);
    expect(answer.complete).toEqual({});
    expect(Object.keys((await stream(lambda, name, { headers: tail })).complete)).toEqual(["LogResult"]);
  });

  test("the switch decides it alone", async () => {
    const lambda = createLambda({ functions, switches: { midStreamError: "observed" } });
    expect((await stream(lambda, "midway")).complete).toEqual({});
  });
});

describe("lambda case 14: a throw before any write", () => {
  test.each(["first", "firstWriter"])("%s: status 200 and one completion, error members per profile", async (name) => {
    for (const profile of profiles) {
      const answer = await stream(createLambda({ functions, profile }), name);
      expect(answer.status).toBe(200);
      expect(answer.frames).toHaveLength(1);
      expect(answer.header("x-amzn-Remapped-Content-Type")).toBe(
        name === "firstWriter" ? "text/plain" : "application/octet-stream",
      );
      expect(answer.complete["ErrorCode"]).toBe(profile === "modelled" ? "Unhandled" : undefined);
      expect(answer.complete["ErrorDetails"] === undefined).toBe(profile === "observed");
    }
  });
});

describe("lambda case 15: an error that the runtime reports instead of a response", () => {
  test("P:observed: one chunk of the error JSON, remapped type application/json", async () => {
    const answer = await stream(createLambda({ functions, profile: "observed" }), "ordinary");
    expect(answer.header("x-amzn-Remapped-Content-Type")).toBe("application/json");
    expect(answer.chunks).toHaveLength(1);
    expect(JSON.parse(answer.chunks[0]!)).toEqual(boom);
    expect(answer.complete).toEqual({});
  });

  test("P:modelled: the error is in the completion", async () => {
    const answer = await stream(createLambda({ functions }), "ordinary");
    expect(answer.chunks).toEqual([]);
    expect(answer.complete).toMatchObject({ ErrorCode: "Unhandled" });
  });

  test("a thrown value that is no error is named by its type", async () => {
    const { complete } = await stream(createLambda({ functions }), "text");
    expect(complete["ErrorCode"]).toBe("string");
    expect(JSON.parse(complete["ErrorDetails"]!)).toEqual({ errorType: "string", errorMessage: "a text", trace: [] });
  });

  test.each<[string, unknown, string]>([
    ["a bigint", 1n, "bigint"],
    ["nothing", undefined, "undefined"],
    ["an object", { code: 7 }, "object"],
    [
      "an error that cannot be read",
      {
        get name() {
          throw new Error("no");
        },
      },
      "object",
    ],
  ])("%s can be thrown", async (_what, value, errorType) => {
    const f = () => Promise.reject(value);
    const { complete } = await stream(createLambda({ functions: { f } }), "f");
    expect(complete["ErrorCode"]).toBe(errorType);
  });

  test("a result that JSON cannot say is an error", async () => {
    const { complete } = await stream(createLambda({ functions }), "cyclic");
    expect(complete["ErrorCode"]).toBe("Runtime.JSONStringifyError");
    expect(JSON.parse(complete["ErrorDetails"]!)).toMatchObject({
      errorType: "Runtime.JSONStringifyError",
      errorMessage: "Unable to stringify response body",
    });
  });

  test.each<[unknown, string]>([
    [{ code: 7 }, "[object Object]"],
    [["a", "b"], "a,b"],
    [5, "5"],
    [undefined, "undefined"],
  ])("the message of %j, thrown, is its text", async (value, errorMessage) => {
    const f = () => Promise.reject(value);
    const { complete } = await stream(createLambda({ functions: { f } }), "f");
    expect(JSON.parse(complete["ErrorDetails"]!)).toEqual({ errorType: typeof value, errorMessage, trace: [] });
  });
});

describe("lambda case 34: a response above the limit", () => {
  const limits = { responseStreamBytes: 10 };

  test("is cut one byte above it; the completion says so per profile", async () => {
    for (const profile of profiles) {
      const lambda = createLambda({ functions: { f: chunks("01234", "56789", "abc", "def") }, profile, limits });
      const answer = await stream(lambda, "f");
      expect(answer.chunks.join("")).toBe("0123456789a");
      expect(answer.complete).toEqual(
        profile === "observed"
          ? {}
          : {
              ErrorCode: "Function.ResponseSizeTooLarge",
              ErrorDetails: "Response payload size exceeded maximum allowed payload size (10 bytes).",
            },
      );
      expect(await lambda.invocations[0]!.ended).toEqual({ kind: "success" });
    }
  });

  test("at the limit nothing is cut", async () => {
    const answer = await stream(createLambda({ functions: { f: chunks("0123456789") }, limits }), "f");
    expect(answer.chunks).toEqual(["0123456789"]);
    expect(answer.complete).toEqual({});
  });
});
