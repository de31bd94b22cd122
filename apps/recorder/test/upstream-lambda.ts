import { createLambda, type FunctionDefinition } from "@eventstream-kit/lambda-emulator";
import { serve } from "@eventstream-kit/service/node";
import { afterEach } from "vitest";
import { requireSigV4, type Refusal, type VerifierOptions } from "@eventstream-kit/workshop/sigv4-verifier";

/** The recorder's own credentials in these tests: what the upstream accepts, and what no file may hold. */
export const own = {
  accessKeyId: "AKIDRECORDEREXAMPLE1",
  secretAccessKey: "9fQz+recorder/secret/wJalrXUtnFEMIbPxRfi",
  sessionToken: "IQoJb3JpZ2luX2VjEJr//////////wEaCXVzLWVhc3QtMSJGMEQCIE/token+of/the=recorder",
};

/** The environment in which the recorder finds them. */
export const ownEnvironment = {
  AWS_ACCESS_KEY_ID: own.accessKeyId,
  AWS_SECRET_ACCESS_KEY: own.secretAccessKey,
  AWS_SESSION_TOKEN: own.sessionToken,
  AWS_REGION: "us-east-1",
};

export interface Upstream {
  readonly url: string;
  /** Requests whose signature was not right. */
  readonly refusals: readonly Refusal[];
  readonly invocations: () => number;
}

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  await Promise.all(closers.splice(0).map((close) => close()));
});

/** A Lambda on a socket behind a front that lets in only what the recorder itself has signed. */
export async function upstreamLambda(
  functions: Record<string, FunctionDefinition>,
  options: Partial<VerifierOptions> = {},
): Promise<Upstream> {
  const lambda = createLambda({ functions });
  const front = requireSigV4(lambda, {
    keys: { [own.accessKeyId]: own },
    region: "us-east-1",
    service: "lambda",
    ...options,
  });
  const server = await serve(front, { onError: () => {} });
  closers.push(() => server.close());
  return { url: server.url, refusals: front.refusals, invocations: () => lambda.invocations.length };
}
