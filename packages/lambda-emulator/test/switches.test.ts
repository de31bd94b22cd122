import { describe, expect, test } from "vitest";
import { chunks, createLambda } from "../src/index.ts";
import type { EmulatedLambda, LambdaOptions } from "../src/index.ts";
import { call, createUrl, send } from "./function-url-client.ts";
import { stream, streamTarget } from "./invoke-client.ts";

type Side = "modelled" | "observed";
type Switch = keyof NonNullable<LambdaOptions["switches"]>;

const functions = {
  late: async function* () {
    yield "part";
    throw new Error("boom");
  },
  silent: chunks(),
  large: chunks(new Uint8Array(6 * 1024 * 1024 + 1)),
  url: () => "x",
};

const sideOf = (observed: boolean): Side => (observed ? "observed" : "modelled");

async function statusOf(lambda: EmulatedLambda, type: string): Promise<number> {
  return (await send(lambda, "POST", streamTarget("silent"), { headers: [["X-Amz-Invocation-Type", type]] })).status;
}

async function waits(lambda: EmulatedLambda, target: string, method: string): Promise<boolean> {
  const { steps } = await send(lambda, method, target);
  return steps.some((step) => typeof step === "object" && "kind" in step && step.kind === "wait");
}

/** On which side of each switch a Lambda is, by what it does. */
const sides: Readonly<Record<Switch, (lambda: EmulatedLambda) => Promise<Side>>> = {
  midStreamError: async (lambda) => sideOf((await stream(lambda, "late")).complete["ErrorCode"] === undefined),
  streamDryRun: async (lambda) => sideOf((await statusOf(lambda, "DryRun")) === 200),
  streamEventType: async (lambda) => sideOf((await statusOf(lambda, "Event")) === 200),
  emptyUrlStream: async (lambda) => {
    const { path } = await createUrl(lambda, "silent", { InvokeMode: "RESPONSE_STREAM", AuthType: "NONE" });
    const permission = { StatementId: "a", Principal: "*", Action: "lambda:InvokeFunctionUrl" };
    await call(lambda, "POST", "/2015-03-31/functions/silent/policy", { ...permission, FunctionUrlAuthType: "NONE" });
    const through = { StatementId: "b", Principal: "*", Action: "lambda:InvokeFunction", InvokedViaFunctionUrl: true };
    await call(lambda, "POST", "/2015-03-31/functions/silent/policy", through);
    return sideOf(await waits(lambda, `${path}/`, "GET"));
  },
  bandwidth: async (lambda) => sideOf(await waits(lambda, streamTarget("large"), "POST")),
  urlPermissions: async (lambda) => {
    const { path } = await createUrl(lambda, "url");
    const permission = { StatementId: "a", Principal: "*", Action: "lambda:InvokeFunctionUrl" };
    await call(lambda, "POST", "/2015-03-31/functions/url/policy", { ...permission, FunctionUrlAuthType: "NONE" });
    return sideOf((await send(lambda, "GET", `${path}/`)).status === 200);
  },
};
const names = Object.keys(sides) as Switch[];

async function allSides(options: Omit<LambdaOptions, "functions">): Promise<Record<string, Side>> {
  const lambda = createLambda({ functions, enforcePermissions: true, now: () => 0, ...options });
  const found: Record<string, Side> = {};
  for (const name of names) found[name] = await sides[name](lambda);
  return found;
}

const all = (side: Side) => Object.fromEntries(names.map((name) => [name, side]));

test("the default is modelled", async () => {
  expect(await allSides({})).toEqual(all("modelled"));
});

describe.each([
  ["modelled", "observed"],
  ["observed", "modelled"],
] as const)("with the profile %s", (profile, other) => {
  test("every switch is on its side", async () => {
    expect(await allSides({ profile })).toEqual(all(profile));
  });

  test.each(names)("%s alone goes to the other", async (name) => {
    expect(await allSides({ profile, switches: { [name]: other } })).toEqual({ ...all(profile), [name]: other });
  });
});
