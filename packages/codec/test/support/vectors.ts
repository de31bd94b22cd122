import type { DecodeErrorCode } from "@eventstream-kit/codec";
import fs from "node:fs";
import type { PlainMessage } from "./plain.ts";

const folder = new URL("../vectors/", import.meta.url);

interface VectorBytes {
  readonly name: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** The project's own vector files, made by `test/vectors/generate.ts`: bytes, and what is to become of them. */
export function ownVectors(kind: "valid"): readonly (VectorBytes & { readonly message: PlainMessage })[];
export function ownVectors(kind: "refused"): readonly (VectorBytes & { readonly code: DecodeErrorCode })[];
export function ownVectors(kind: "valid" | "refused"): readonly VectorBytes[] {
  const names = fs.readdirSync(new URL(`${kind}/`, folder)).filter((name) => name.endsWith(".bin"));
  return names.toSorted().map((file) => {
    const name = file.slice(0, -".bin".length);
    const expected = JSON.parse(fs.readFileSync(new URL(`${kind}/${name}.json`, folder), "utf8")) as object;
    const bytes = new Uint8Array(fs.readFileSync(new URL(`${kind}/${file}`, folder)));
    return Object.assign(expected, { name, bytes });
  });
}
