export { decodeMessage } from "./decode-message.ts";
export { encodeMessage } from "./encode-message.ts";
export { MessageDecoder } from "./message-decoder.ts";
