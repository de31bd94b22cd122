import { runInNewContext } from "node:vm";
import { InvokeCommand, InvokeWithResponseStreamCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { readLambdaStream } from "@eventstream-kit/codec/lambda";
import { functionUrlHandlers, lambdaHandlers } from "@eventstream-kit/mock-handlers";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { listen } from "./msw-server.ts";

// jsdom has a realm of its own, so in its environment `Buffer.from("") instanceof Uint8Array` is false.
beforeEach(() => void vi.stubGlobal("Uint8Array", runInNewContext("Uint8Array")));
afterEach(() => void vi.unstubAllGlobals());

function* chat() {
  yield "text, ";
  yield Buffer.from("a Buffer, ");
  yield new TextEncoder().encode("bytes");
}

describe("in the environment of a browser", () => {
  test("Lambda through the SDK", async () => {
    listen(...lambdaHandlers({ functions: { chat, faulty: { handler: chat, faults: ["truncate@frame:2+5"] } } }));
    const client = new LambdaClient({ region: "us-east-1" });
    const stream = (FunctionName: string) => client.send(new InvokeWithResponseStreamCommand({ FunctionName }));
    expect(await readLambdaStream(await stream("chat")).text()).toBe("text, a Buffer, bytes");
    await expect(readLambdaStream(await stream("faulty")).text()).rejects.toMatchObject({ receivedBytes: 6 });
    const { Payload } = await client.send(new InvokeCommand({ FunctionName: "chat" }));
    expect(new TextDecoder().decode(Payload)).toBe("text, a Buffer, bytes");
    client.destroy();
  });

  test("a function URL by fetch", async () => {
    const [streams, buffers] = ["https://chat.example.com/", "https://buffered.example.com/"] as const;
    listen(...functionUrlHandlers(streams, chat), ...functionUrlHandlers(buffers, chat, { invokeMode: "BUFFERED" }));
    for (const url of [streams, buffers]) expect(await (await fetch(url)).text()).toBe("text, a Buffer, bytes");
  });
});
