import {
  CreateFunctionUrlConfigCommand,
  DeleteFunctionUrlConfigCommand,
  GetFunctionUrlConfigCommand,
  InvalidParameterValueException,
  LambdaClient,
  ListFunctionUrlConfigsCommand,
  paginateListFunctionUrlConfigs,
  ResourceConflictException,
  ResourceNotFoundException,
  UpdateFunctionUrlConfigCommand,
} from "@aws-sdk/client-lambda";
import type { FunctionUrlConfig } from "@aws-sdk/client-lambda";
import type { Service } from "@eventstream-kit/service";
import { serve } from "@eventstream-kit/service/node";
import { describe, expect, test } from "vitest";
import { createLambda, functionUrlPath } from "../src/index.ts";
import type { UrlEvent } from "../src/index.ts";

const arn = "arn:aws:lambda:us-east-1:123456789012:function:echo";
const aliases = { live: "$LATEST", beta: "$LATEST", next: "$LATEST" } as const;

/** Runs with the emulated Lambda on a socket and the real client before it. */
async function withClient(use: (client: LambdaClient, serverUrl: string) => Promise<void>): Promise<void> {
  const service: Service = createLambda({
    functions: { echo: { handler: (event: UrlEvent) => ({ mode: "echo", path: event.rawPath }), aliases } },
  });
  await using server = await serve(service, { port: 0 });
  const client = new LambdaClient({ endpoint: server.url, maxAttempts: 1 });
  try {
    await use(client, server.url);
  } finally {
    client.destroy();
  }
}

describe("the life of a function URL, with the AWS SDK", () => {
  test("create, get, call, update, list, delete", async () => {
    await withClient(async (client, serverUrl) => {
      const FunctionName = "echo";
      const Cors = { AllowOrigins: ["https://app.example"], AllowMethods: ["GET"], MaxAge: 60 };
      const created = await client.send(
        new CreateFunctionUrlConfigCommand({ FunctionName, AuthType: "NONE", Cors, InvokeMode: "RESPONSE_STREAM" }),
      );
      expect(created).toMatchObject({ AuthType: "NONE", Cors, FunctionArn: arn, InvokeMode: "RESPONSE_STREAM" });
      expect(created.$metadata.httpStatusCode).toBe(201);

      const got = await client.send(new GetFunctionUrlConfigCommand({ FunctionName }));
      expect(got).toMatchObject({
        FunctionUrl: created.FunctionUrl,
        CreationTime: created.CreationTime,
        LastModifiedTime: created.CreationTime,
      });

      const url = new URL(functionUrlPath(created.FunctionUrl!), serverUrl);
      const streamed = await fetch(url, { headers: { origin: "https://app.example" } });
      expect(streamed.headers.get("access-control-allow-origin")).toBe("https://app.example");
      expect(streamed.headers.get("content-length")).toBeNull();
      expect(await streamed.json()).toEqual({ mode: "echo", path: "/" });

      const updated = await client.send(
        new UpdateFunctionUrlConfigCommand({ FunctionName, Cors: {}, InvokeMode: "BUFFERED" }),
      );
      expect(updated).toMatchObject({ FunctionUrl: created.FunctionUrl, InvokeMode: "BUFFERED" });
      expect(updated.Cors).toBeUndefined();
      expect(updated.LastModifiedTime! > created.CreationTime!).toBe(true);
      const buffered = await fetch(url);
      expect(buffered.headers.get("content-length")).toBe("27");

      const listed = await client.send(new ListFunctionUrlConfigsCommand({ FunctionName }));
      expect(listed.FunctionUrlConfigs).toHaveLength(1);
      expect(listed.NextMarker).toBeUndefined();

      const deleted = await client.send(new DeleteFunctionUrlConfigCommand({ FunctionName }));
      expect(deleted.$metadata.httpStatusCode).toBe(204);
      await expect(client.send(new GetFunctionUrlConfigCommand({ FunctionName }))).rejects.toThrow(
        ResourceNotFoundException,
      );
      expect((await fetch(url)).status).toBe(403);
    });
  });

  test("typed exceptions", async () => {
    await withClient(async (client) => {
      const FunctionName = "echo";
      const create = () => client.send(new CreateFunctionUrlConfigCommand({ FunctionName, AuthType: "NONE" }));
      await create();
      await expect(create()).rejects.toThrow(ResourceConflictException);
      await expect(
        client.send(new UpdateFunctionUrlConfigCommand({ FunctionName, Cors: { AllowHeaders: ["x"] } })),
      ).rejects.toThrow(InvalidParameterValueException);
      await expect(
        client.send(new GetFunctionUrlConfigCommand({ FunctionName, Qualifier: "1" })),
      ).rejects.toMatchObject({ name: "ValidationException", $metadata: { httpStatusCode: 400 } });
      await expect(client.send(new ListFunctionUrlConfigsCommand({ FunctionName: "missing" }))).rejects.toMatchObject({
        name: "ResourceNotFoundException",
        message: "Function does not exist",
      });
    });
  });

  test("the paginator walks all pages", async () => {
    await withClient(async (client) => {
      for (const Qualifier of [undefined, ...Object.keys(aliases)]) {
        await client.send(new CreateFunctionUrlConfigCommand({ FunctionName: "echo", AuthType: "NONE", Qualifier }));
      }
      const pages: FunctionUrlConfig[][] = [];
      for await (const page of paginateListFunctionUrlConfigs({ client, pageSize: 2 }, { FunctionName: "echo" })) {
        pages.push(page.FunctionUrlConfigs ?? []);
      }
      expect(pages.map((page) => page.map((config) => config.FunctionArn))).toEqual([
        [`${arn}:next`, `${arn}:beta`],
        [`${arn}:live`, arn],
      ]);
    });
  });
});
