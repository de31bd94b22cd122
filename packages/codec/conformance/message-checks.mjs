import * as codec from "@eventstream-kit/codec";
import { chunkSizes, concat, cut, frame, fromHex, noise, toHex, utf8 } from "./bytes.mjs";

const { decodeMessage, encodeEvent, encodeMessage, EventStreamError, MessageDecoder } = codec;

/** A message in the words of a vector file. */
function plain({ headers, payload }) {
  const values = [];
  for (const [name, { type, value }] of headers) {
    const written = typeof value === "bigint" ? String(value) : type === "binary" ? toHex(value) : value;
    values.push([name, type, written]);
  }
  return { headers: values, payload: toHex(payload) };
}

export const messageChecks = {
  async "vectors: decode, encode, refuse"(t, vectors) {
    for (const { name, hex, message, code } of vectors) {
      const bytes = fromHex(hex);
      if (message) {
        const decoded = decodeMessage(bytes);
        t.equal(plain(decoded), message, name);
        t.equal(toHex(encodeMessage(decoded, { limits: "wire" })), hex, `${name}, encoded`);
        t.equal(plain(codec.messageFromJson(JSON.parse(JSON.stringify(codec.messageToJson(decoded))))), message, name);
      } else {
        await t.refused(EventStreamError, code, () => decodeMessage(bytes));
        const decoder = new MessageDecoder();
        await t.refused(EventStreamError, code, () => {
          for (const chunk of cut(bytes, 5)) for (const decoded of decoder.push(chunk)) decoded.headers.get("");
          decoder.finish();
        });
      }
    }
  },

  async "memory: what is encoded goes to any kind of it"(t) {
    const message = { headers: { a: "Zoë" }, payload: "Zoë".repeat(5000) };
    const expected = toHex(encodeMessage(message));
    const targets = [new Uint8Array(25_000)];
    if (ArrayBuffer.prototype.resize) targets.push(new Uint8Array(new ArrayBuffer(25_000, { maxByteLength: 50_000 })));
    if (globalThis.SharedArrayBuffer) targets.push(new Uint8Array(new SharedArrayBuffer(25_000)));
    for (const target of targets) {
      const length = codec.encodeInto(message, target, 5);
      t.equal(toHex(new Uint8Array(target).subarray(5, 5 + length)), expected);
    }
  },

  async "headers: every type, both ends of its range"(t) {
    const { byte, short, int32, long, timestamp, uuid } = codec;
    const id = "01020304-0506-0708-090a-0b0c0d0e0f10";
    const headers = [
      ["yes", true],
      ["no", false],
      ["byte-", byte(-128)],
      ["byte+", byte(127)],
      ["short-", short(-32_768)],
      ["short+", short(32_767)],
      ["integer-", int32(-(2 ** 31))],
      ["integer+", int32(2 ** 31 - 1)],
      ["long-", long(-(2n ** 63n))],
      ["long+", 2n ** 63n - 1n],
      ["binary", fromHex("00ff7f80")],
      ["string", "Zoë 日本 🎉 \u0000 \uFEFF"],
      ["timestamp-", timestamp(-1)],
      ["timestamp+", new Date(1_680_869_294_421)],
      ["uuid", uuid(id.toUpperCase())],
      ["__proto__", "a name like any"],
      ["日", ""],
      ["2", "before"],
      ["1", "after"],
    ];
    const decoded = decodeMessage(encodeMessage({ headers, payload: "Zoë" }));
    t.equal(
      [...decoded.headers.keys()],
      headers.map(([name]) => name),
      "order of the names",
    );
    const values = Object.fromEntries([...decoded.headers].map(([name, { value }]) => [`=${name}`, value]));
    t.equal([values["=yes"], values["=no"]], [true, false]);
    t.equal([values["=byte-"], values["=byte+"]], [-128, 127]);
    t.equal([values["=short-"], values["=short+"]], [-32_768, 32_767]);
    t.equal([values["=integer-"], values["=integer+"]], [-2_147_483_648, 2_147_483_647]);
    t.equal([values["=long-"], values["=long+"]], [-(2n ** 63n), 2n ** 63n - 1n]);
    t.equal(values["=binary"], fromHex("00ff7f80"));
    t.equal(values["=string"], "Zoë 日本 🎉 \u0000 \uFEFF");
    t.equal([values["=timestamp-"], values["=timestamp+"]], [-1n, 1_680_869_294_421n]);
    t.equal(codec.timestampToDate(values["=timestamp+"]).toISOString(), "2023-04-07T12:08:14.421Z");
    t.equal(values["=uuid"], id);
    t.equal(values["=__proto__"], "a name like any");
    t.equal(decoded.payload, utf8("Zoë"));
    await t.refused(EventStreamError, "invalid_argument", () => codec.timestampToDate(2n ** 62n));
  },

  async "encoding: what is refused"(t) {
    const refused = (code, headers, payload) =>
      t.refused(EventStreamError, code, () => encodeMessage({ headers, payload }));
    await refused("encode_range", { n: { type: "byte", value: 128 } });
    await refused("encode_range", { n: 2n ** 63n });
    await refused("encode_type", { n: 5 });
    await refused("encode_type", { n: "\uD800" });
    await refused("encode_type", { n: { type: "uuid", value: "none" } });
    await refused("encode_limit", { "": "no name" });
    await refused("encode_limit", { n: "x".repeat(32_768) });
    await refused("encode_limit", {}, new Uint8Array(25_165_825));
    await refused("encode_duplicate", [
      ["n", "1"],
      ["n", "2"],
    ]);
  },

  async "decoding: what is refused"(t) {
    const refused = (code, bytes, options) => t.refused(EventStreamError, code, () => decodeMessage(bytes, options));
    const good = frame("016e07000176", utf8("payload"));
    t.equal(decodeMessage(good).headers.string("n"), "v");
    for (let at = 0; at < good.length; at++) {
      const spoilt = good.slice();
      spoilt[at] ^= 1;
      await refused(at < 12 ? "prelude_crc" : "message_crc", spoilt);
      await refused("truncated", good.subarray(0, at));
    }
    await refused("trailing_bytes", concat(good, fromHex("00")));
    await refused("length_relation", frame("", undefined, { total: 15 }));
    await refused("length_relation", frame("", undefined, { headersLength: 1 }));
    await refused("too_large", good, { maxMessageBytes: 20 });
    await refused("header_overrun", frame("016e07000276"));
    await refused("header_type", frame("016e0a"));
    await refused("header_name_empty", frame("0000"));
    await refused("header_duplicate", frame("016e00016e01"));
    await refused("header_utf8", frame("016e070001ff"));
    const longValue = frame(`016e07${(32_768).toString(16)}${"61".repeat(32_768)}`);
    await refused("value_length", longValue, { role: "service" });
    t.equal(decodeMessage(longValue).headers.string("n").length, 32_768, "a client's string");
  },

  async "decoder: chunks cut anywhere, and memory that is reused"(t) {
    const sizes = [0, 1, 120, 1000, 17_000, 70_000];
    const messages = sizes.map((size, index) => ({ headers: { id: `message ${index}` }, payload: noise(size, index) }));
    const bytes = concat(...messages.map((message) => encodeMessage(message)));
    for (const size of chunkSizes) {
      for (const options of [{}, { payload: "view" }]) {
        const decoder = new MessageDecoder(options);
        const memory = new Uint8Array(size);
        const found = [];
        for (const chunk of cut(bytes, size)) {
          const reused = options.payload === "view" ? chunk : memory.subarray(0, chunk.length);
          if (reused !== chunk) reused.set(chunk);
          found.push(...decoder.push(reused));
          memory.fill(0);
        }
        decoder.finish();
        t.equal(
          found.map(plain),
          messages.map((message) => plain(decodeMessage(encodeMessage(message)))),
          `${size}`,
        );
      }
    }
    const decoder = new MessageDecoder();
    const broken = concat(encodeMessage({ payload: "good" }), new Uint8Array(16));
    const items = decoder.push(broken);
    const taken = [];
    const error = await t.refused(EventStreamError, "prelude_crc", () => {
      for (const message of items) taken.push(message.payload);
    });
    t.equal(taken, [utf8("good")], "what came before the fault");
    t.equal([error.offset, error.messageIndex], [28, 1]);
    await t.refused(EventStreamError, "prelude_crc", () => decoder.push(new Uint8Array()));
    decoder.reset();
    t.equal([...decoder.push(encodeMessage({}))].length, 1, "after reset");
    const splitter = new codec.FrameSplitter();
    t.equal([...splitter.push(broken.subarray(0, 20))], [encodeMessage({ payload: "good" })]);
    t.equal(splitter.remainder().length, 0);
  },

  async "JSON notation"(t) {
    const { messageFromJson, messageToJson } = codec;
    const lines = [
      '{"k":"frame","event":"e","ct":"application/json","json":{"b":[1,null],"a":"ë"}}',
      '{"k":"frame","event":"e","ct":"text/plain","text":"{ \\"spaced\\": 1.0 }"}',
      '{"k":"frame","headers":[["n","long","-9223372036854775808"],["raw","binary","AP8="]],"b64":"/w=="}',
      '{"k":"frame","headers":[["id","uuid","01020304-0506-0708-090a-0b0c0d0e0f10"],["t","timestamp","-1"]]}',
    ];
    for (const line of lines) {
      const message = messageFromJson(JSON.parse(line));
      t.equal(JSON.stringify(messageToJson(decodeMessage(encodeMessage(message)))), line);
    }
    await t.refused(EventStreamError, "encode_type", () => messageFromJson({ k: "frame", b64: "AP8" }));
    await t.refused(EventStreamError, "encode_range", () =>
      messageFromJson({ k: "frame", headers: [["n", "byte", 200]] }),
    );
  },

  // The bytes of an encoder are a body for `fetch`, and what is transferred takes nobody else's bytes along.
  async "encoded frames belong to whoever asked for them"(t) {
    const frames = ["one", "two", "three"].map((text) => encodeEvent({ event: "e", text }));
    for (const bytes of frames) t.equal(bytes.buffer.byteLength, bytes.length, "a buffer of its own");
    const before = toHex(frames[1]);
    structuredClone(frames[0], { transfer: [frames[0].buffer] });
    t.equal(toHex(frames[1]), before, "its neighbour");
    t.equal(new Uint8Array(await new Response(frames[1]).arrayBuffer()), frames[1], "as a body");
  },
};
