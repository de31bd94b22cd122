import net from "node:net";

/**
 * Addresses of IPv4 that one of IPv6 has where no prefix tells of them, and where a tunnel may take them out:
 *
 *     Teredo (RFC 4380, 4)    2001:0000 | server (32) | flags (16) | port (16) | client, each bit inverted (32)
 *     ISATAP (RFC 5214, 6.1)  any prefix (64)         | 0000:5efe or 0200:5efe | address (32)
 */
export function tunnelledAddresses(address: string): readonly string[] {
  if (!net.isIPv6(address)) return [];
  const groups = groupsOf(address);
  const at = (index: number) => dotted(groups[index]!, groups[index + 1]!);
  if (groups[0] === 0x2001 && groups[1] === 0) return [at(2), dotted(groups[6]! ^ 0xffff, groups[7]! ^ 0xffff)];
  // The two lowest bits of the first byte say for whom the rest is unique.
  return (groups[4]! & 0xfcff) === 0 && groups[5] === 0x5efe ? [at(6)] : [];
}

/** The eight numbers, whichever way they are written. */
function groupsOf(address: string): readonly number[] {
  // A URL has no dots in them. What is behind a percent sign is the name of an interface.
  const { hostname } = new URL(`http://[${address.replace(/%.*/s, "")}]`);
  const [head, tail] = hostname
    .slice(1, -1)
    .split("::")
    .map((part) => part.split(":").filter((group) => group !== ""));
  const zeros = Array.from({ length: 8 - head!.length - (tail?.length ?? 0) }, () => "0");
  return [...head!, ...zeros, ...(tail ?? [])].map((group) => Number.parseInt(group, 16));
}

function dotted(high: number, low: number): string {
  return [high >> 8, high & 0xff, low >> 8, low & 0xff].join(".");
}
