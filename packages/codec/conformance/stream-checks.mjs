import * as codec from "@eventstream-kit/codec";
import { LambdaStreamError, readLambdaStream } from "@eventstream-kit/codec/lambda";
import * as signing from "@eventstream-kit/codec/signing";
import { chunkSizes, concat, cut, fromHex, toHex, utf8 } from "./bytes.mjs";

const { decodeEvents, decodeMessage, decodeStream, encodeEvent, encodeException, encodeMessage } = codec;
const { EventStreamError } = codec;

const eventStreamType = "application/vnd.amazon.eventstream";

function readableOf(chunks) {
  const iterator = chunks[Symbol.iterator]();
  return new ReadableStream({
    pull(controller) {
      const { done, value } = iterator.next();
      if (done) controller.close();
      else controller.enqueue(value);
    },
  });
}

async function collect(source) {
  const items = [];
  for await (const item of source) items.push(item);
  return items;
}

const chunk = (text) => encodeEvent({ event: "PayloadChunk", payload: utf8(text) });
const complete = (json) => encodeEvent({ event: "InvokeComplete", json });

/** Not every runtime iterates a ReadableStream. */
async function* chunksOf(stream) {
  const reader = stream.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    yield value;
  }
}

export const streamChecks = {
  async "streams: Response, ReadableStream, TransformStream, iterables"(t) {
    const parts = ["Hel", "lo ", "Zoë", ""].map((text) => encodeEvent({ event: "chunk", json: { text } }));
    const all = concat(...parts);
    const expected = ["Hel", "lo ", "Zoë", ""];
    const texts = async (source) => (await collect(decodeEvents(source))).map((event) => event.json().text);
    const headers = { "content-type": eventStreamType };
    t.equal(await texts(all), expected, "bytes");
    t.equal(await texts(new Response(all, { headers })), expected, "Response");
    t.equal(await texts(new Response(new Blob(parts), { headers })), expected, "Response of a Blob");
    for (const size of chunkSizes) {
      t.equal(await texts(cut(all, size)), expected, `iterable of ${size}`);
      t.equal(await texts(readableOf(cut(all, size))), expected, `ReadableStream of ${size}`);
      t.equal(await texts(new Response(readableOf(cut(all, size)), { headers })), expected, `Response of ${size}`);
      const decoded = readableOf(cut(all, size)).pipeThrough(new codec.MessageDecoderStream());
      const again = decoded.pipeThrough(new codec.MessageEncoderStream());
      const chunks = await collect(chunksOf(again));
      t.equal(concat(...chunks), all, `TransformStreams of ${size}`);
    }
    await t.refused(EventStreamError, "truncated", () => texts(cut(all.subarray(0, -1), 100)));
    const refusal = new Response("{}", { status: 403, headers: { "x-amzn-errortype": "AccessDeniedException" } });
    const error = await t.refused(EventStreamError, "not_event_stream", () => texts(refusal));
    t.equal([error.status, error.errorType, error.body], [403, "AccessDeniedException", "{}"]);
    t.equal(await collect(decodeStream(new Response(null, { headers }))), [], "a Response without a body");

    let cancelled = 0;
    const endless = new ReadableStream({
      pull: (controller) => controller.enqueue(parts[0].slice()),
      cancel: () => void (cancelled += 1),
    });
    for await (const event of decodeEvents(endless)) if (event.name === "chunk") break;
    t.equal(cancelled, 1, "left loops cancel the source");
    const abort = new AbortController();
    const silent = decodeEvents(new ReadableStream({}), { signal: abort.signal }).next();
    abort.abort("enough");
    t.equal(await silent.catch((reason) => reason), "enough", "reason of an abort");
  },

  async "events: kinds, exceptions, payloads"(t) {
    const bytes = concat(
      encodeEvent({ event: "known", json: { n: 1 } }),
      encodeEvent({ event: "new", text: "Zoë" }),
      encodeException({ exception: "ThrottlingException", json: { message: "Slow down" } }),
      encodeEvent({ event: "never", text: "read" }),
    );
    const items = await collect(decodeEvents(bytes, { events: ["known"], exceptions: "yield" }));
    t.equal(
      items.map(({ kind, name, contentType }) => [kind, name, contentType]),
      [
        ["event", "known", "application/json"],
        ["unknown", "new", "text/plain"],
        ["exception", "ThrottlingException", "application/json"],
      ],
    );
    t.equal([items[0].json().n, items[1].text()], [1, "Zoë"]);
    await t.refused(EventStreamError, "payload_json", () => items[1].json());
    const thrown = await t.refused(EventStreamError, "exception", () => collect(decodeEvents(bytes)));
    t.equal([thrown.name, thrown.message], ["ThrottlingException", "Slow down"]);
    t.equal(thrown instanceof codec.EventStreamException, true);
    const failed = codec.encodeError({ error: "InternalError", message: "Oh" });
    await t.refused(EventStreamError, "error", () => collect(decodeEvents(failed)));
    const [binary] = await collect(decodeEvents(encodeEvent({ event: "b", payload: fromHex("ff") })));
    await t.refused(EventStreamError, "payload_utf8", () => binary.text());
    const headers = (input) => collect(decodeEvents(encodeMessage({ headers: input })));
    await t.refused(EventStreamError, "message_type", () => headers({}));
    await t.refused(EventStreamError, "event_type", () => headers({ ":message-type": "event" }));
    await t.refused(EventStreamError, "encode_type", () => encodeEvent({ event: "e", json: 1n }));
    await t.refused(EventStreamError, "invalid_argument", () => decodeEvents("text"));
  },

  async "lambda: bytes, log, ends that are none"(t) {
    const stream = readLambdaStream([chunk("Hel"), chunk("lo"), complete({ LogResult: "TG9nCg==" })]);
    t.equal(await stream.text(), "Hello");
    t.equal(stream.logResult, "Log\n");
    const refused = (code, ...frames) =>
      t.refused(LambdaStreamError, code, () => readLambdaStream(frames, { keepBytes: 3 }).bytes());
    const failed = await refused("function_error", chunk("Hel"), complete({ ErrorCode: "Unhandled" }));
    t.equal([failed.errorCode, failed.received], ["Unhandled", utf8("Hel")]);
    await refused("missing_complete", chunk("Hel"));
    await refused("after_complete", complete({}), chunk("late"));
    const broken = await refused("interrupted", chunk("Hel"), complete({}).subarray(0, 50));
    t.equal([broken.cause.code, broken.received], ["truncated", utf8("Hel")]);
  },

  async "signing: the published vector, on Web Crypto"(t) {
    const { EventSigner, EventVerifier, signEvents, verifyEvents } = signing;
    // Of a unit test of the AWS SDK for Rust.
    const options = {
      credentials: { secretAccessKey: "notrealrnrELgWzOk3IfjzDKtFBhDby" },
      region: "us-east-1",
      service: "testservice",
      priorSignature: "be1f8c7d79ef8e1abc5254a2c70e4da3bfaf4f07328f527444e1fc6ea67273e2",
      now: () => 123_456_789_000,
    };
    const event = encodeMessage({ headers: { "some-header": "value" }, payload: "test payload" });
    const signer = new EventSigner(options);
    const [first, end] = [await signer.sign(event), await signer.end()];
    t.equal(
      [first, end].map((signed) => toHex(decodeMessage(signed).headers.get(":chunk-signature").value)),
      [
        "08fed460df836999e1c4137962a3d6ad66a9e8c1bf8e8888e3cbeee26bbf774d",
        "dbe0525115366ab86e102862106d03e6662e7696abe6d172a0daf49e3c472615",
      ],
    );
    await t.refused(EventStreamError, "signing_ended", () => signer.sign(event));
    const verified = await collect(verifyEvents(signEvents([event, { payload: "2" }], options), options));
    t.equal(
      verified.map(({ payload }) => payload),
      [utf8("test payload"), utf8("2")],
    );
    await t.refused(EventStreamError, "signing_end_missing", () => collect(verifyEvents([first], options)));
    await t.refused(EventStreamError, "signature_mismatch", () => new EventVerifier(options).verify(end));
    await t.refused(EventStreamError, "signature_missing", () => new EventVerifier(options).verify(event));
  },
};
