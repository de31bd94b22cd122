import { generateKeyPairSync, randomUUID, sign, type KeyObject } from "node:crypto";

// Just enough of X.509 (RFC 5280) in DER.

function der(tag: number, ...parts: (Uint8Array | string)[]): Buffer {
  const content = Buffer.concat(parts.map((part) => Buffer.from(part)));
  const length = [content.length];
  while (length[0]! > 255) length.splice(0, 1, length[0]! >> 8, length[0]! & 255);
  const head = content.length < 128 ? length : [0x80 + length.length, ...length];
  return Buffer.concat([Buffer.from([tag, ...head]), content]);
}

const sequence = (...parts: (Uint8Array | string)[]) => der(0x30, ...parts);
const oid = (...bytes: number[]) => der(0x06, Buffer.from(bytes));
const octets = (content: Uint8Array) => der(0x04, content);
const bits = (content: Uint8Array) => der(0x03, Buffer.from([0]), content);
const yes = der(0x01, Buffer.from([0xff]));

const ecdsaWithSha256 = sequence(oid(0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02));

function pem(name: string, bytes: Uint8Array): string {
  const lines = Buffer.from(bytes).toString("base64").replace(/.{64}/g, "$&\n");
  return `-----BEGIN ${name}-----\n${lines}\n-----END ${name}-----\n`;
}

export interface SelfSigned {
  readonly key: KeyObject;
  /** PEM. */
  readonly cert: string;
}

/** A key, and a certificate for one IPv4 address that it has signed itself. */
export function selfSigned(address = "127.0.0.1"): SelfSigned {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  // Authorities are found by name.
  const name = sequence(der(0x31, sequence(oid(0x55, 0x04, 0x03), der(0x0c, randomUUID()))));
  const toSign = sequence(
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, Buffer.from([1])),
    ecdsaWithSha256,
    name,
    sequence(der(0x17, "200101000000Z"), der(0x17, "491231235959Z")),
    name,
    publicKey.export({ type: "spki", format: "der" }),
    der(
      0xa3,
      sequence(
        sequence(oid(0x55, 0x1d, 0x13), yes, octets(sequence(yes))),
        sequence(oid(0x55, 0x1d, 0x11), octets(sequence(der(0x87, Buffer.from(address.split(".").map(Number)))))),
      ),
    ),
  );
  const cert = sequence(toSign, ecdsaWithSha256, bits(sign("sha256", toSign, privateKey)));
  return { key: privateKey, cert: pem("CERTIFICATE", cert) };
}
