import { createLambda } from "@eventstream-kit/lambda-emulator";
import { serve } from "@eventstream-kit/service/node";
import { expect, test } from "vitest";
import { rawRequest, sendRaw } from "./raw-socket.ts";

const functions = {
  plain: () => ({ statusCode: 200, headers: { "X-Owned": "1" }, cookies: ["a=1"], body: "x" }),
  stream: async function* () {
    yield "x";
  },
};
const all = "Date, Content-Type, Content-Length, Connection, x-amzn-RequestId";

/** The names of the header lines of an answer, in their order and letter case. */
async function namesOf(port: number, request: Parameters<typeof rawRequest>[0]): Promise<string> {
  const { text } = await sendRaw(port, rawRequest(request));
  return text
    .split("\r\n\r\n", 1)[0]!
    .split("\r\n")
    .slice(1)
    .map((line) => line.split(":", 1)[0]!)
    .join(", ");
}

// The order of captures of the service.
test.each([
  [
    "InvokeWithResponseStream",
    { target: "/2021-11-15/functions/stream/response-streaming-invocations" },
    "Date, Content-Type, Transfer-Encoding, Connection, x-amzn-RequestId, X-Amz-Executed-Version, X-Amzn-Trace-Id, x-amzn-Remapped-Content-Type",
  ],
  [
    "Invoke",
    { target: "/2015-03-31/functions/plain/invocations" },
    `${all}, x-amzn-Remapped-Content-Length, X-Amz-Executed-Version, X-Amzn-Trace-Id`,
  ],
  ["an error", { target: "/2015-03-31/functions/missing/invocations" }, `${all}, x-amzn-ErrorType`],
  ["GetFunctionUrlConfig", { method: "GET", target: "/2021-10-31/functions/plain/url" }, all],
  [
    "a 204",
    { method: "DELETE", target: "/2021-10-31/functions/plain/url" },
    "Date, Content-Type, Connection, x-amzn-RequestId",
  ],
  ["a function URL", { method: "GET", target: "/lambda-url/plain/" }, `${all}, Set-Cookie, x-owned, X-Amzn-Trace-Id`],
  [
    "a streaming function URL",
    { method: "GET", target: "/lambda-url/stream/" },
    "Date, Content-Type, Transfer-Encoding, Connection, x-amzn-RequestId, X-Amzn-Trace-Id",
  ],
])("The header lines of %s are in the service's order on the wire", async (_what, request, names) => {
  const lambda = createLambda({ functions });
  await using server = await serve(lambda);
  for (const [name, mode] of [
    ["plain", "BUFFERED"],
    ["stream", "RESPONSE_STREAM"],
  ] as const) {
    const { text } = await sendRaw(
      server.port,
      rawRequest({
        target: `/2021-10-31/functions/${name}/url`,
        body: JSON.stringify({ AuthType: "NONE", InvokeMode: mode }),
      }),
    );
    const [, id] = /"FunctionUrl":"https:\/\/([^.]+)/.exec(text)!;
    request = { ...request, target: request.target.replace(`/lambda-url/${name}/`, `/lambda-url/${id}/`) };
  }
  expect(await namesOf(server.port, request)).toBe(names);
});
