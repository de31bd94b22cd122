import type { Message } from "@eventstream-kit/codec";
import { MessageDecoder } from "@eventstream-kit/codec";

/** The messages of a whole response, decoded strictly. */
export async function messagesOf(response: Response): Promise<Message[]> {
  const decoder = new MessageDecoder();
  const messages = [...decoder.push(new Uint8Array(await response.arrayBuffer()))];
  decoder.finish();
  return messages;
}

/** A message as a line of text: header values in wire order, then the payload as UTF-8. */
export function line({ headers, payload }: Message): string {
  const values = [...headers].map(([name, header]) => `${name}=${String(header.value)}`);
  return `${values.join(" ")} | ${new TextDecoder().decode(payload)}`;
}

/** Reads a body chunk by chunk to its end; `error` is what broke it. */
export async function chunksOf(response: Response): Promise<{ chunks: Uint8Array[]; error?: unknown }> {
  const chunks: Uint8Array[] = [];
  try {
    for await (const chunk of response.body!) chunks.push(chunk);
  } catch (error) {
    return { chunks, error };
  }
  return { chunks };
}
