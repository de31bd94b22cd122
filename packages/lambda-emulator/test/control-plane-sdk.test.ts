import {
  AddPermissionCommand,
  CreateAliasCommand,
  CreateFunctionUrlConfigCommand,
  DeleteAliasCommand,
  DeleteFunctionCommand,
  GetAliasCommand,
  GetFunctionCommand,
  GetFunctionConfigurationCommand,
  GetPolicyCommand,
  InvokeCommand,
  ListAliasesCommand,
  PreconditionFailedException,
  PublishVersionCommand,
  RemovePermissionCommand,
  ResourceConflictException,
  ResourceNotFoundException,
  UpdateAliasCommand,
  UpdateFunctionCodeCommand,
  UpdateFunctionConfigurationCommand,
  paginateListFunctions,
  paginateListVersionsByFunction,
  waitUntilFunctionActiveV2,
  waitUntilFunctionExists,
  waitUntilFunctionUpdatedV2,
  waitUntilPublishedVersionActive,
} from "@aws-sdk/client-lambda";
import { expect, test } from "vitest";
import { createLambda, functionUrlPath } from "../src/index.ts";
import { creation, quickLambda, zip } from "./control-plane-client.ts";
import { served } from "./real-client.ts";

const FunctionName = "made";

test("a suite written for Lambda sets itself up, waiters and all", async () => {
  // Every look at the clock that comes with a request is a second later: nobody waits for real.
  let time = Date.now();
  const lambda = createLambda({ functions: {}, now: () => time, loadCode: ({ handler }) => `ran ${handler}` });
  const { client, url } = await served({
    handle: (request) => {
      time += 500;
      return lambda.handle(request);
    },
  });
  const waiter = { client, maxWaitTime: 30, minDelay: 0.001, maxDelay: 0.002 };

  const created = await client.send(creation(FunctionName));
  expect([created.$metadata.httpStatusCode, created.State]).toEqual([201, "Pending"]);
  await expect(client.send(new InvokeCommand({ FunctionName }))).rejects.toThrow(ResourceConflictException);
  await waitUntilFunctionExists(waiter, { FunctionName });
  await waitUntilFunctionActiveV2(waiter, { FunctionName });
  const { Payload } = await client.send(new InvokeCommand({ FunctionName }));
  expect(Payload!.transformToString()).toBe('"ran index.handler"');

  const updated = await client.send(new UpdateFunctionConfigurationCommand({ FunctionName, Handler: "other.handler" }));
  expect(updated.LastUpdateStatus).toBe("InProgress");
  await waitUntilFunctionUpdatedV2(waiter, { FunctionName });
  const published = await client.send(
    new UpdateFunctionCodeCommand({ FunctionName, ZipFile: Buffer.concat([zip, zip]), Publish: true }),
  );
  expect([published.Version, published.State]).toEqual(["1", "Pending"]);
  await waitUntilPublishedVersionActive(waiter, { FunctionName, Qualifier: "1" });

  await client.send(new CreateAliasCommand({ FunctionName, Name: "live", FunctionVersion: "1" }));
  const { FunctionUrl } = await client.send(
    new CreateFunctionUrlConfigCommand({ FunctionName, Qualifier: "live", AuthType: "NONE" }),
  );
  const permission = { FunctionName, Qualifier: "live", StatementId: "public" };
  await client.send(
    new AddPermissionCommand({
      ...permission,
      Action: "lambda:InvokeFunctionUrl",
      Principal: "*",
      FunctionUrlAuthType: "NONE",
    }),
  );
  const policy = await client.send(new GetPolicyCommand({ FunctionName, Qualifier: "live" }));
  expect(JSON.parse(policy.Policy!)).toMatchObject({ Statement: [{ Sid: "public" }] });
  expect(await (await fetch(new URL(functionUrlPath(FunctionUrl!), url))).text()).toBe("ran other.handler");

  await client.send(new RemovePermissionCommand(permission));
  await client.send(new DeleteAliasCommand({ FunctionName, Name: "live" }));
  const deleted = await client.send(new DeleteFunctionCommand({ FunctionName }));
  expect(deleted.$metadata.httpStatusCode).toBe(204);
  await expect(client.send(new GetFunctionCommand({ FunctionName }))).rejects.toThrow(ResourceNotFoundException);
});

test("dates, numbers and typed exceptions arrive", async () => {
  const lambda = quickLambda({ functions: { own: { handler: "x", versions: { 1: "x" }, aliases: { live: 1 } } } });
  const { client } = await served(lambda);
  const configuration = await client.send(new GetFunctionConfigurationCommand({ FunctionName: "own" }));
  expect(new Date(configuration.LastModified!).getTime()).toBeCloseTo(Date.now(), -5);
  expect(configuration).toMatchObject({ State: "Active", Timeout: 3, EphemeralStorage: { Size: 512 } });
  await expect(client.send(new PublishVersionCommand({ FunctionName: "own", RevisionId: "stale" }))).rejects.toThrow(
    PreconditionFailedException,
  );
  const alias = await client.send(new GetAliasCommand({ FunctionName: "own", Name: "live" }));
  await client.send(
    new UpdateAliasCommand({
      FunctionName: "own",
      Name: "live",
      RevisionId: alias.RevisionId,
      FunctionVersion: "$LATEST",
    }),
  );
  const { Aliases } = await client.send(new ListAliasesCommand({ FunctionName: "own" }));
  expect(Aliases).toMatchObject([{ Name: "live", FunctionVersion: "$LATEST" }]);
});

test("the paginators walk all pages", async () => {
  const versions = { 1: "x", 2: "x" };
  const { client } = await served(createLambda({ functions: { a: { handler: "x", versions }, b: "x", c: "x" } }));
  const functions: string[][] = [];
  for await (const page of paginateListFunctions({ client, pageSize: 2 }, {})) {
    functions.push((page.Functions ?? []).map((item) => item.FunctionName!));
  }
  expect(functions).toEqual([["a", "b"], ["c"]]);
  const numbers: string[][] = [];
  for await (const page of paginateListVersionsByFunction({ client, pageSize: 2 }, { FunctionName: "a" })) {
    numbers.push((page.Versions ?? []).map((item) => item.Version!));
  }
  expect(numbers).toEqual([["$LATEST", "1"], ["2"]]);
});
