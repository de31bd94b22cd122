import type { Crc32 } from "./crc32-large.ts";

interface MaybeNode {
  readonly process?: { getBuiltinModule?(name: string): { readonly crc32?: Crc32 } | undefined };
}

/** `zlib.crc32` of Node, Bun and Deno, asked for in a way that bundlers and browsers do not notice. */
export function nativeCrc32(): Crc32 | undefined {
  return (globalThis as MaybeNode).process?.getBuiltinModule?.("node:zlib")?.crc32;
}
