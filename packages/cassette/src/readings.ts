/** More than these, escapes of escapes and all, nobody writes. */
const mostReadings = 16;

/** The text, and what it says to a reader that undoes escapes: whatever somebody chose to escape, or escaped again and again. */
export function readingsOf(text: string): ReadonlySet<string> {
  const readings = new Set([text]);
  // Those that are added are looked at, too.
  for (const reading of readings) {
    if (readings.size >= mostReadings) break;
    readings.add(jsonUnescaped(reading)).add(percentDecoded(reading));
  }
  return readings;
}

// A text can have hundreds of thousands of escapes: groups in the patterns, and a decoder for each of them, take most of the time.

const shortEscapes: Readonly<Record<string, string>> = { b: "\b", f: "\f", n: "\n", r: "\r", t: "\t" };

function jsonUnescaped(text: string): string {
  if (!text.includes("\\")) return text;
  return text.replace(/\\(?:u[0-9a-f]{4}|["\\/bfnrt])/gi, (escape) => {
    if (escape.length > 2) return String.fromCharCode(Number.parseInt(escape.slice(2), 16));
    const character = escape.charAt(1);
    return shortEscapes[character] ?? character;
  });
}

const utf8 = new TextDecoder();

function percentDecoded(text: string): string {
  if (!text.includes("%")) return text;
  return text.replace(/(?:%[0-9a-f]{2})+/gi, (run) => {
    const first = byteAt(run, 0);
    if (run.length === 3 && first < 0x80) return String.fromCharCode(first);
    return utf8.decode(Uint8Array.from({ length: run.length / 3 }, (_, index) => byteAt(run, 3 * index)));
  });
}

/** Of `%41`. */
function byteAt(text: string, at: number): number {
  return Number.parseInt(text.slice(at + 1, at + 3), 16);
}
