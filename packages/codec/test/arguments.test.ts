import * as codec from "@eventstream-kit/codec";
import { readLambdaStream } from "@eventstream-kit/codec/lambda";
import { describe, expect, test } from "vitest";

const message = codec.encodeMessage({ payload: "x" });

/** Every public function, given something that is no object where it takes one. */
const options: Record<string, (bad: never) => unknown> = {
  decodeMessage: (bad) => codec.decodeMessage(message, bad),
  MessageDecoder: (bad) => new codec.MessageDecoder(bad),
  FrameSplitter: (bad) => new codec.FrameSplitter(bad),
  encodeMessage: (bad) => codec.encodeMessage({}, bad),
  encodedLength: (bad) => codec.encodedLength({}, bad),
  encodeEvent: (bad) => codec.encodeEvent({ event: "a" }, bad),
  decodeStream: (bad) => codec.decodeStream([message], bad),
  decodeEvents: (bad) => codec.decodeEvents([message], bad),
  MessageDecoderStream: (bad) => new codec.MessageDecoderStream(bad),
  readLambdaStream: (bad) => readLambdaStream([message], bad),
};
const inputs: Record<string, (bad: never) => unknown> = {
  encodeMessage: (bad) => codec.encodeMessage(bad),
  encodeEvent: (bad) => codec.encodeEvent(bad),
  encodeException: (bad) => codec.encodeException(bad),
  encodeError: (bad) => codec.encodeError(bad),
  messageToJson: (bad) => codec.messageToJson(bad),
  messageFromJson: (bad) => codec.messageFromJson(bad),
};

function codeOf(call: () => unknown): unknown {
  try {
    call();
    return "no error";
  } catch (error) {
    return error instanceof codec.EventStreamError ? error.code : error;
  }
}

describe.each([null, 5, "text", true] as never[])("%j", (bad) => {
  test.each(Object.keys(options))("as the options of %s", (name) => {
    expect(codeOf(() => options[name]!(bad))).toBe("invalid_argument");
  });

  test.each(Object.keys(inputs))("as what %s is to encode", (name) => {
    expect(codeOf(() => inputs[name]!(bad))).toBe("encode_type");
  });
});
