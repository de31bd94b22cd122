/** Function URLs, from their configuration to their answers, over every transport. See behaviour.test.ts. */
import {
  CreateFunctionUrlConfigCommand,
  DeleteFunctionUrlConfigCommand,
  GetFunctionUrlConfigCommand,
  ListFunctionUrlConfigsCommand,
  ResourceConflictException,
  ResourceNotFoundException,
  UpdateFunctionUrlConfigCommand,
} from "@aws-sdk/client-lambda";
import type { LambdaClient } from "@aws-sdk/client-lambda";
import { createLambda } from "@eventstream-kit/mock-handlers";
import { gates } from "@eventstream-kit/workshop/gate";
import { describe, expect, test } from "vitest";
import { transports } from "./transports.ts";

const utf8 = new TextDecoder();

async function createUrl(client: LambdaClient, InvokeMode: "BUFFERED" | "RESPONSE_STREAM"): Promise<string> {
  const input = { FunctionName: "page", AuthType: "NONE", InvokeMode } as const;
  return (await client.send(new CreateFunctionUrlConfigCommand(input))).FunctionUrl!;
}

describe.each(transports)("$name", ({ reach }) => {
  test("the whole life of a function URL's configuration", async () => {
    const lambda = createLambda({ functions: { chat: { handler: () => "x", aliases: { live: "$LATEST" } } } });
    const { client } = await reach(lambda);
    const FunctionName = "chat";

    const created = await client.send(
      new CreateFunctionUrlConfigCommand({
        FunctionName,
        AuthType: "NONE",
        InvokeMode: "RESPONSE_STREAM",
        Cors: { AllowOrigins: ["https://example.com"], MaxAge: 60 },
      }),
    );
    expect(created).toMatchObject({
      AuthType: "NONE",
      InvokeMode: "RESPONSE_STREAM",
      Cors: { AllowOrigins: ["https://example.com"], MaxAge: 60 },
      FunctionArn: "arn:aws:lambda:us-east-1:123456789012:function:chat",
      $metadata: { httpStatusCode: 201 },
    });
    expect(created.FunctionUrl).toMatch(/^https:\/\/[a-z0-9]{32}\.lambda-url\.us-east-1\.on\.aws\/$/);
    await expect(
      client.send(new CreateFunctionUrlConfigCommand({ FunctionName, AuthType: "NONE" })),
    ).rejects.toBeInstanceOf(ResourceConflictException);
    const forAlias = await client.send(
      new CreateFunctionUrlConfigCommand({ FunctionName, Qualifier: "live", AuthType: "AWS_IAM" }),
    );

    const { $metadata: _created, ...createdConfig } = created;
    const { $metadata: _got, ...config } = await client.send(new GetFunctionUrlConfigCommand({ FunctionName }));
    expect(config).toEqual({ ...createdConfig, LastModifiedTime: created.CreationTime });

    const pages = [];
    let Marker: string | undefined;
    do {
      const page = await client.send(
        new ListFunctionUrlConfigsCommand({ FunctionName, MaxItems: 1, ...(Marker ? { Marker } : {}) }),
      );
      pages.push(page.FunctionUrlConfigs!.map(({ FunctionUrl }) => FunctionUrl));
      Marker = page.NextMarker;
    } while (Marker !== undefined);
    expect(pages.map((page) => page.length)).toEqual([1, 1]);
    expect(new Set(pages.flat())).toEqual(new Set([created.FunctionUrl, forAlias.FunctionUrl]));

    const updated = await client.send(
      new UpdateFunctionUrlConfigCommand({ FunctionName, InvokeMode: "BUFFERED", Cors: {} }),
    );
    expect(updated).toMatchObject({ FunctionUrl: created.FunctionUrl, InvokeMode: "BUFFERED", AuthType: "NONE" });
    expect(updated.Cors).toBeUndefined();

    const deleted = await client.send(new DeleteFunctionUrlConfigCommand({ FunctionName }));
    expect(deleted.$metadata.httpStatusCode).toBe(204);
    await expect(client.send(new GetFunctionUrlConfigCommand({ FunctionName }))).rejects.toBeInstanceOf(
      ResourceNotFoundException,
    );
    const left = await client.send(new GetFunctionUrlConfigCommand({ FunctionName, Qualifier: "live" }));
    expect(left.FunctionUrl).toBe(forAlias.FunctionUrl);
  });

  test("a function URL streams, chunk by chunk, when its mode is RESPONSE_STREAM", async () => {
    const acknowledged = gates(2);
    const lambda = createLambda({
      functions: {
        page: {
          contentType: "text/plain",
          async *handler(event: { rawPath: string; rawQueryString: string }) {
            for (const [index, { opened }] of acknowledged.entries()) {
              yield `chunk ${index} of ${event.rawPath}?${event.rawQueryString}`;
              await opened;
            }
          },
        },
      },
    });
    const { client, fetchUrl } = await reach(lambda);
    const url = await createUrl(client, "RESPONSE_STREAM");
    const response = await fetchUrl(`${url}a%2Fb?c=1`);
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toBe("text/plain");
    const seen: string[] = [];
    for await (const chunk of response.body!) {
      seen.push(utf8.decode(chunk));
      acknowledged[seen.length - 1]?.open();
    }
    expect(seen).toEqual(["chunk 0 of /a%2Fb?c=1", "chunk 1 of /a%2Fb?c=1"]);
  });

  test("UpdateFunctionUrlConfig switches the mode of the very next request", async () => {
    const lambda = createLambda({
      functions: { page: () => ({ statusCode: 202, headers: { "X-Mode": "seen" }, body: "Hello" }) },
    });
    const { client, fetchUrl } = await reach(lambda);
    const url = await createUrl(client, "BUFFERED");
    const whole = '{"statusCode":202,"headers":{"X-Mode":"seen"},"body":"Hello"}';
    for (const [InvokeMode, body] of [
      ["BUFFERED", "Hello"],
      // In this mode the body of an ordinary handler is its whole result.
      ["RESPONSE_STREAM", whole],
      ["BUFFERED", "Hello"],
    ] as const) {
      await client.send(new UpdateFunctionUrlConfigCommand({ FunctionName: "page", InvokeMode }));
      const response = await fetchUrl(url, { method: "POST", body: "question" });
      expect(response.status).toBe(202);
      expect(response.headers.get("x-mode")).toBe("seen");
      expect(await response.text()).toBe(body);
    }
    expect(lambda.invocations).toMatchObject(Array.from({ length: 3 }, () => ({ event: { body: "question" } })));
  });

  test("a URL that was deleted answers 403", async () => {
    const lambda = createLambda({ functions: { page: "x" } });
    const { client, fetchUrl } = await reach(lambda);
    const url = await createUrl(client, "BUFFERED");
    expect((await fetchUrl(url)).status).toBe(200);
    await client.send(new DeleteFunctionUrlConfigCommand({ FunctionName: "page" }));
    const response = await fetchUrl(url);
    expect(response.status).toBe(403);
    expect(response.headers.get("x-amzn-errortype")).toBe("AccessDeniedException");
    expect(await response.text()).toBe('{"Message":null}');
  });
});
