/** Flips one bit of the first text payload in a cassette, as a careless editor might. */
export function tamper(cassette: string): string {
  const marker = '"text":"';
  const at = cassette.indexOf(marker, cassette.indexOf('"k":"frame"')) + marker.length;
  if (at < marker.length) throw new Error("The cassette has no text payload to tamper with");
  const flipped = String.fromCharCode(cassette.charCodeAt(at) ^ 1);
  return cassette.slice(0, at) + flipped + cassette.slice(at + 1);
}
