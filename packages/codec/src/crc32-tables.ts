/** The polynomial of CRC-32, least significant bit first as everything here: bit 31 is the factor of x^0. */
const polynomial = 0xedb88320;

/**
 * Entry [k * 256 + n] is what byte n followed by k zero bytes adds to a CRC, so sixteen bytes take sixteen independent
 * look-ups instead of a chain of sixteen steps.
 */
export const crcTables = /* @__PURE__ */ makeTables();

function makeTables(): Int32Array {
  const tables = new Int32Array(16 * 256);
  for (let n = 0; n < 256; n++) {
    let c = n;
    for (let bit = 0; bit < 8; bit++) c = timesX(c);
    tables[n] = c;
  }
  for (let n = 256; n < tables.length; n++) {
    const before = tables[n - 256]!;
    tables[n] = (before >>> 8) ^ tables[before & 255]!;
  }
  return tables;
}

/** The remainder of a polynomial, taken once further by x. */
export function timesX(remainder: number): number {
  return remainder & 1 ? polynomial ^ (remainder >>> 1) : remainder >>> 1;
}
