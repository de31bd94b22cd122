import { decodeMessage, encodeEvent } from "@eventstream-kit/codec";
import { expect, test } from "vitest";

test("an event survives the round trip", () => {
  const message = decodeMessage(encodeEvent({ event: "InvokeComplete", json: {} }));
  expect(message.headers.string(":event-type")).toBe("InvokeComplete");
  expect(new TextDecoder().decode(message.payload)).toBe("{}");
});
