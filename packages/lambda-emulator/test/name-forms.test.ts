import {
  CreateFunctionUrlConfigCommand,
  DeleteFunctionUrlConfigCommand,
  GetFunctionUrlConfigCommand,
  InvokeCommand,
  InvokeWithResponseStreamCommand,
  ListFunctionUrlConfigsCommand,
  UpdateFunctionUrlConfigCommand,
} from "@aws-sdk/client-lambda";
import type { LambdaClient } from "@aws-sdk/client-lambda";
import { readLambdaStream } from "@eventstream-kit/codec/lambda";
import { describe, expect, test } from "vitest";
import { createLambda } from "../src/index.ts";
import type { LambdaContext } from "../src/index.ts";
import { sdkClient } from "./invoke-client.ts";

const arn = "arn:aws:lambda:us-east-1:123456789012:function:my-fn";

const forms = {
  name: "my-fn",
  "partial ARN": "123456789012:function:my-fn",
  "short partial ARN": "123456789012:my-fn",
  "region-prefixed": "us-east-1:123456789012:function:my-fn",
  "full ARN": arn,
};

const handler = (_event: unknown, context: LambdaContext) => context.invokedFunctionArn;
const functions = { "my-fn": { handler, versions: { 1: handler }, aliases: { live: 1 } } };

/** Where the alias is said, if at all. */
const aliases = {
  "without an alias": { suffix: "", alias: undefined },
  "with the alias in the name": { suffix: ":live", alias: undefined },
  "with the alias as Qualifier": { suffix: "", alias: "live" },
  "with the alias in both": { suffix: ":live", alias: "live" },
};

interface Target {
  readonly FunctionName: string;
  readonly Qualifier?: string;
}

/** Does the operation and returns the ARN of the function, version or alias it worked on. */
type Operation = (client: LambdaClient, target: Target) => Promise<string | undefined>;

async function created(client: LambdaClient, target: Target): Promise<void> {
  await client.send(new CreateFunctionUrlConfigCommand({ ...target, AuthType: "NONE" }));
}

const operations: Record<string, Operation> = {
  async InvokeWithResponseStream(client, target) {
    let text = "";
    const output = await client.send(new InvokeWithResponseStreamCommand(target));
    for await (const bytes of readLambdaStream(output)) text += Buffer.from(bytes).toString();
    return text;
  },
  async Invoke(client, target) {
    const { Payload } = await client.send(new InvokeCommand(target));
    return JSON.parse(Payload!.transformToString()) as string;
  },
  async CreateFunctionUrlConfig(client, target) {
    const { FunctionArn } = await client.send(new CreateFunctionUrlConfigCommand({ ...target, AuthType: "NONE" }));
    return FunctionArn;
  },
  async GetFunctionUrlConfig(client, target) {
    await created(client, target);
    return (await client.send(new GetFunctionUrlConfigCommand(target))).FunctionArn;
  },
  async UpdateFunctionUrlConfig(client, target) {
    await created(client, target);
    const command = new UpdateFunctionUrlConfigCommand({ ...target, InvokeMode: "RESPONSE_STREAM" });
    const { FunctionArn, InvokeMode } = await client.send(command);
    expect(InvokeMode).toBe("RESPONSE_STREAM");
    return FunctionArn;
  },
  async DeleteFunctionUrlConfig(client, target) {
    await created(client, target);
    const { FunctionArn } = await client.send(new GetFunctionUrlConfigCommand(target));
    const { $metadata } = await client.send(new DeleteFunctionUrlConfigCommand(target));
    expect($metadata.httpStatusCode).toBe(204);
    await expect(client.send(new GetFunctionUrlConfigCommand(target))).rejects.toMatchObject({
      name: "ResourceNotFoundException",
    });
    return FunctionArn;
  },
};

describe.each(Object.entries(operations))("%s", (_operation, run) => {
  describe.each(Object.entries(aliases))("%s", (_where, { suffix, alias }) => {
    test.each(Object.entries(forms))("%s", async (_form, name) => {
      const lambda = createLambda({ functions });
      const target = { FunctionName: `${name}${suffix}`, ...(alias === undefined ? {} : { Qualifier: alias }) };
      // An ordinary handler's result is JSON, also in a stream.
      const found = (await run(sdkClient(lambda), target))?.replaceAll('"', "");
      expect(found).toBe(suffix === "" && alias === undefined ? arn : `${arn}:live`);
    });
  });
});

describe("ListFunctionUrlConfigs", () => {
  test.each(Object.entries(forms))("%s: the URLs of the function and of its aliases", async (_form, name) => {
    const client = sdkClient(createLambda({ functions }));
    await created(client, { FunctionName: "my-fn" });
    await created(client, { FunctionName: "my-fn", Qualifier: "live" });
    const { FunctionUrlConfigs } = await client.send(new ListFunctionUrlConfigsCommand({ FunctionName: name }));
    expect(FunctionUrlConfigs).toHaveLength(2);
    expect(FunctionUrlConfigs!.map((config) => config.FunctionArn)).toEqual(
      expect.arrayContaining([arn, `${arn}:live`]),
    );
  });
});
