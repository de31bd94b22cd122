import { InvokeWithResponseStreamCommand, LambdaClient } from "@aws-sdk/client-lambda";
import type { LambdaClientConfig } from "@aws-sdk/client-lambda";
import type { Service } from "@eventstream-kit/service";
import { serve } from "@eventstream-kit/service/node";
import type { ServeOptions } from "@eventstream-kit/service/node";
import { onTestFinished } from "vitest";

/** A service on a socket and the real client before it, until the test ends. */
export interface Served {
  readonly client: LambdaClient;
  /** Of the server. */
  readonly url: string;
}

export async function served(
  service: Service,
  config: LambdaClientConfig = {},
  options: ServeOptions = {},
): Promise<Served> {
  const server = await serve(service, options);
  const client = new LambdaClient({ endpoint: server.url, region: "us-east-1", ...config });
  onTestFinished(async () => {
    client.destroy();
    await server.close();
  });
  return { client, url: server.url };
}

/** What a client that streams got to see. */
export interface Seen {
  readonly chunks: readonly string[];
  /** `InvokeComplete`, if it came. */
  readonly complete: object | undefined;
  /** From `send()`, or from reading the stream. */
  readonly error: Error | undefined;
}

/** Streams a function by the real client, whatever comes. */
export async function streamBy(client: LambdaClient, FunctionName: string): Promise<Seen> {
  const chunks: string[] = [];
  let complete: object | undefined;
  try {
    const { EventStream } = await client.send(new InvokeWithResponseStreamCommand({ FunctionName }));
    for await (const event of EventStream ?? []) {
      if (event.PayloadChunk) chunks.push(Buffer.from(event.PayloadChunk.Payload ?? []).toString());
      if (event.InvokeComplete) complete = event.InvokeComplete;
    }
  } catch (error) {
    return { chunks, complete, error: error as Error };
  }
  return { chunks, complete, error: undefined };
}
