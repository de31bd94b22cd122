import { decodeMessage } from "@eventstream-kit/codec";
import type { SignerOptions } from "@eventstream-kit/codec/signing";
import { hex, toHex } from "./bytes.ts";
import { smithySignature } from "./smithy-signature.ts";

// The vector: keys and hashes are those of a published unit test of the AWS SDK for Rust.
export const signing = {
  credentials: { secretAccessKey: "notrealrnrELgWzOk3IfjzDKtFBhDby" },
  region: "us-east-1",
  service: "testservice",
  priorSignature: "be1f8c7d79ef8e1abc5254a2c70e4da3bfaf4f07328f527444e1fc6ea67273e2",
  now: () => 123_456_789_000,
};
/** The event of the vector. */
export const inner = hex(
  "0000003000000014ded9b3920b736f6d652d68656164657207000576616c756574657374207061796c6f61643e89b924",
);
/** Of the event, and of the end after it. */
export const signature1 = "08fed460df836999e1c4137962a3d6ad66a9e8c1bf8e8888e3cbeee26bbf774d";
export const signature2 = "dbe0525115366ab86e102862106d03e6662e7696abe6d172a0daf49e3c472615";

/** The signature in a signed event: hexadecimal digits. */
export const signatureOf = (frame: Uint8Array) =>
  toHex(decodeMessage(frame).headers.get(":chunk-signature")!.value as Uint8Array);
/** When a signed event was signed. */
export const dateOf = (frame: Uint8Array) => decodeMessage(frame).headers.get(":date")!.value as bigint;

/** Every signature in a stream, as `@smithy/signature-v4` computes it from the dates and payloads. */
export async function smithyChain(frames: readonly Uint8Array[], given: SignerOptions): Promise<string[]> {
  const signatures = [given.priorSignature];
  for (const frame of frames) {
    const { payload } = decodeMessage(frame);
    signatures.push(await smithySignature(dateOf(frame), payload, signatures.at(-1)!, given));
  }
  return signatures.slice(1);
}
