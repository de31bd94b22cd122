import { crc32 as awsCrc32 } from "@aws-crypto/crc32";
import { crc32 } from "@eventstream-kit/codec";
import zlib from "node:zlib";
import { crc32Sliced } from "../src/crc32-sliced.ts";
import type { Contest, Form, Target } from "./contest.ts";

/** Sizes at which checksums are compared, and how many times as fast as `zlib.crc32` ours should be. */
const sizes: readonly (readonly [label: string, bytes: number, target?: Target])[] = [
  ["8 bytes", 8],
  ["64 bytes", 64, { goal: 1.5, floor: 1.2 }],
  ["226 bytes", 226, { goal: 1.5, floor: 1.2 }],
  ["1 KB", 1024],
  ["4 KB", 4096, { goal: 2.2, floor: 1.6 }],
  ["64 KB", 65_536, { goal: 2.2, floor: 1.6 }],
  ["1 MB", 1_048_576, { goal: 2.2, floor: 1.6 }],
];

function side(name: string, bytes: Uint8Array, crc: (bytes: Uint8Array) => number, target?: Target): Form {
  return {
    name,
    ...(target && { target }),
    result: () => crc(bytes),
    run(times) {
      let sum = 0;
      for (let i = 0; i < times; i++) sum += crc(bytes);
      return sum;
    },
  };
}

function blockOf(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => i * 31);
}

const chosen = sizes.map(([label, length, target]): Contest => {
  const bytes = blockOf(length);
  return {
    name: `crc32 of ${label}`,
    bytes: length,
    forms: [side("crc32", bytes, (input) => crc32(input), target)],
    rivals: [
      side("zlib.crc32", bytes, (input) => zlib.crc32(input)),
      side("@aws-crypto/crc32", bytes, (input) => awsCrc32(input)),
    ],
  };
});

function plainCrc32(input: Uint8Array): number {
  return crc32Sliced(new DataView(input.buffer), 0, input.length, 0) >>> 0;
}

const plainSizes = [
  ["256 bytes", 256],
  ["1 KB", 1024],
  ["64 KB", 65_536],
] as const;
/** Where there is neither a native checksum nor WebAssembly, as in a browser with a strict content security policy. */
const plain = plainSizes.map(([label, length]): Contest => {
  const bytes = blockOf(length);
  return {
    name: `crc32 of ${label} in plain JavaScript`,
    bytes: length,
    forms: [side("crc32", bytes, plainCrc32, { goal: 14, floor: 10 })],
    rivals: [side("@aws-crypto/crc32", bytes, (input) => awsCrc32(input))],
  };
});

export const crcContests: readonly Contest[] = [...chosen, ...plain];
