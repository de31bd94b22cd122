import { crc32 } from "./crc32.ts";
import { EventStreamError } from "./errors.ts";
import { MessageHeaders } from "./headers.ts";
import type { HeaderValue, Message, MessageInput } from "./types.ts";

const utf8 = new TextEncoder();
const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

// Walking skeleton: string headers only. The strict codec replaces this file.
export function encodeMessage(input: MessageInput): Uint8Array<ArrayBuffer> {
  const block: number[] = [];
  for (const [name, value] of input.headers as Iterable<readonly [string, string]>) {
    const n = utf8.encode(name);
    const v = utf8.encode(value);
    block.push(n.length, ...n, 7, v.length >> 8, v.length & 255, ...v);
  }
  const payload = typeof input.payload === "string" ? utf8.encode(input.payload) : (input.payload ?? new Uint8Array());
  const total = 16 + block.length + payload.length;
  const out = new Uint8Array(total);
  const view = new DataView(out.buffer);
  view.setUint32(0, total);
  view.setUint32(4, block.length);
  view.setUint32(8, crc32(out.subarray(0, 8)));
  out.set(block, 12);
  out.set(payload, 12 + block.length);
  view.setUint32(total - 4, crc32(out.subarray(0, total - 4)));
  return out;
}

export function decodeMessage(bytes: Uint8Array): Message {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const total = view.getUint32(0);
  if (crc32(bytes.subarray(0, 8)) !== view.getUint32(8)) throw new EventStreamError("prelude_crc", "Prelude CRC");
  if (crc32(bytes.subarray(0, total - 4)) !== view.getUint32(total - 4)) {
    throw new EventStreamError("message_crc", "Message CRC");
  }
  const end = 12 + view.getUint32(4);
  const headers: [string, HeaderValue][] = [];
  for (let at = 12; at < end;) {
    const nameEnd = at + 1 + bytes[at]!;
    const name = text.decode(bytes.subarray(at + 1, nameEnd));
    const valueEnd = nameEnd + 3 + view.getUint16(nameEnd + 1);
    headers.push([name, { type: "string", value: text.decode(bytes.subarray(nameEnd + 3, valueEnd)) }]);
    at = valueEnd;
  }
  return { headers: new MessageHeaders(headers), payload: bytes.slice(end, total - 4) };
}

export class MessageDecoder {
  #pending = new Uint8Array();

  push(chunk: Uint8Array): Iterable<Message> {
    const joined = new Uint8Array(this.#pending.length + chunk.length);
    joined.set(this.#pending);
    joined.set(chunk, this.#pending.length);
    const messages: Message[] = [];
    let at = 0;
    while (joined.length - at >= 12) {
      const total = new DataView(joined.buffer, at).getUint32(0);
      if (joined.length - at < total) break;
      messages.push(decodeMessage(joined.subarray(at, at + total)));
      at += total;
    }
    this.#pending = joined.slice(at);
    return messages;
  }

  finish(): void {
    if (this.#pending.length > 0) throw new EventStreamError("truncated", "The stream ended inside a message");
  }
}
