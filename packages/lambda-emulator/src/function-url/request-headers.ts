import type { HeaderLine } from "@eventstream-kit/service";

/** About the connection, or replaced by what the function URL knows better. */
const dropped = new Set(["connection", "content-length", "cookie", "keep-alive", "transfer-encoding"]);

/**
 * The `headers` of an event: names in lower case, the values of one name joined with a comma and no blank.
 *
 * `own` are the lines that the function URL itself adds. They come first and win over the client's of the same name.
 */
export function eventHeaders(
  client: readonly HeaderLine[],
  own: readonly (readonly [name: string, value: string])[],
): Record<string, string> {
  const values = new Map<string, string[]>();
  const spellings = new Map<string, Set<string>>();
  const ownNames = new Set(own.map(([name]) => name));
  for (const [name, value] of client) {
    const key = name.toLowerCase();
    if (dropped.has(key) || ownNames.has(key)) continue;
    values.set(key, [...(values.get(key) ?? []), value]);
    spellings.set(key, (spellings.get(key) ?? new Set()).add(name));
  }
  const lines = [...values].map(([key, list]) => {
    // A quirk of the service, as captured: a header repeated in two spellings arrives doubled.
    const times = spellings.get(key)!.size;
    return [key, Array.from({ length: times }, () => list.join(",")).join(",")] as const;
  });
  return Object.fromEntries([...own, ...lines]);
}

/** The `cookies` of an event: one item a pair. `undefined` when there are none. */
export function eventCookies(client: readonly HeaderLine[]): readonly string[] | undefined {
  const cookies = client
    .filter(([name]) => name.toLowerCase() === "cookie")
    .flatMap(([, value]) => value.split(";"))
    .map((pair) => pair.trim())
    .filter((pair) => pair !== "");
  return cookies.length === 0 ? undefined : cookies;
}
