// Handlers as people write them for Lambda. They run unmodified behind the double of `awslambda` and in AWS's own client.
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { middy } from "@middy/core";
import { executionModeStreamifyResponse } from "@middy/core/StreamifyResponse";
import { Hono } from "hono";
import { streamHandle } from "hono/aws-lambda";
import { setCookie } from "hono/cookie";
import { stream, streamSSE } from "hono/streaming";

const { awslambda } = globalThis;
const bytes = new Uint8Array([0, 255, 254, 10, 13, 0]);

const app = new Hono();
app.get("/text/:name", (c) => {
  setCookie(c, "a", "1");
  setCookie(c, "b", "ü", { path: "/text", httpOnly: true });
  return c.text(`Grüße, ${c.req.param("name")} ${c.req.query("q")}`, 201, { "X-Own": "yes" });
});
app.get("/bytes", (c) => stream(c, async (out) => void (await out.write(bytes))));
app.get("/events", (c) =>
  streamSSE(c, async (out) => {
    for (const data of ["Hel", "lo"]) await out.writeSSE({ data, event: "token" });
  }),
);
app.get("/empty", (c) => c.body(null, 204));
app.post("/echo", async (c) => c.json({ got: await c.req.json() }));
app.get("/broken", () => {
  throw new Error("not today");
});
export const hono = streamHandle(app);

class TooBad extends Error {
  name = "TooBad";
}

const streaming = { executionMode: executionModeStreamifyResponse };
export const middyStream = middy(streaming)
  .before(({ event }) => void (event.seen = true))
  .handler(async (event) => ({
    statusCode: 202,
    headers: { "Content-Type": "text/plain" },
    body: Readable.toWeb(Readable.from([`seen ${event.seen} `, "é", "!"])),
  }));
export const middyText = middy(streaming).handler(async () => ({
  statusCode: 200,
  headers: {},
  body: "x".repeat(100_000),
}));
export const middyEmpty = middy(streaming).handler(async () => ({ statusCode: 204, headers: {}, body: "" }));
export const middyThrows = middy(streaming).handler(async () => {
  throw new TooBad("middy");
});

export const plain = awslambda.streamifyResponse(async (event, responseStream, context) => {
  responseStream.setContentType("text/x");
  responseStream.write("text ");
  responseStream.write("6869", "hex");
  responseStream.write(bytes);
  responseStream.write({ json: [1, context.functionName, context.functionVersion, context.memoryLimitInMB] });
  responseStream.end("end");
});
export const plainPipeline = awslambda.streamifyResponse(async (event, responseStream) => {
  const out = awslambda.HttpResponseStream.from(responseStream, {
    statusCode: 206,
    headers: { "X-A": "b", "content-type": "text/plain" },
    cookies: ["c=d", "e=f; Secure"],
  });
  await pipeline(Readable.from(Array.from({ length: 300 }, (_, n) => `${n},`.repeat(100))), out);
});
export const plainEmpty = awslambda.streamifyResponse(async (_event, responseStream) => responseStream.end());
export const plainOnlyEnd = awslambda.streamifyResponse(async (_event, responseStream) => {
  awslambda.HttpResponseStream.from(responseStream, { statusCode: 404 }).end("x");
});
export const plainThrows = awslambda.streamifyResponse(async () => {
  throw new TooBad("before");
});
export const plainThrowsLate = awslambda.streamifyResponse(async (_event, responseStream) => {
  responseStream.write("abcd");
  throw new TooBad("after");
});
export const plainLateType = awslambda.streamifyResponse(async (_event, responseStream) => {
  responseStream.write("abcd");
  responseStream.setContentType("text/late");
});
export const plainDestroys = awslambda.streamifyResponse(async (_event, responseStream) => {
  await new Promise((resolve) => responseStream.write("abcd", resolve));
  responseStream.destroy(new TooBad("gone"));
});
export const plainNothing = awslambda.streamifyResponse(async (_event, responseStream) => {
  try {
    responseStream.write(null);
  } catch (error) {
    responseStream.end(`${error.name}: ${error.message}`);
  }
});
export const ordinary = async (event, context) => ({
  statusCode: 203,
  headers: { "X-A": "b" },
  cookies: ["c=d"],
  body: JSON.stringify({
    event: event.rawPath ?? event,
    arn: context.invokedFunctionArn,
    client: context.clientContext,
  }),
});
export const ordinaryThrows = async () => {
  throw new TooBad("ordinary");
};
export const ordinaryNothing = async () => undefined;
export const ordinaryNoJson = async () => 10n;
export const ordinaryThrowsObject = async () => {
  // oxlint-disable-next-line typescript/only-throw-error -- functions do
  throw { code: 7 };
};
