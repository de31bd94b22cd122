/** A JSON value without what stands at some JSON Pointers (RFC 6901), and with the members of its objects by name. */
export function comparable(value: unknown, ignored: ReadonlySet<string>, pointer = ""): unknown {
  if (typeof value !== "object" || value === null) return value;
  const inside = (name: string) => `${pointer}/${name.replaceAll("~", "~0").replaceAll("/", "~1")}`;
  if (Array.isArray(value)) {
    return value.map((item, index) =>
      ignored.has(inside(String(index))) ? null : comparable(item, ignored, inside(String(index))),
    );
  }
  const members = Object.entries(value).filter(([name]) => !ignored.has(inside(name)));
  members.sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(members.map(([name, member]) => [name, comparable(member, ignored, inside(name))]));
}

/** Where two JSON values differ, by JSON Pointer; empty when they do not. What is nowhere is undefined. */
export function* jsonDifferences(
  left: unknown,
  right: unknown,
  pointer = "",
): Generator<{ readonly pointer: string; readonly left: unknown; readonly right: unknown }, void, undefined> {
  if (isContainer(left) && isContainer(right) && Array.isArray(left) === Array.isArray(right)) {
    for (const name of new Set([...Object.keys(left), ...Object.keys(right)])) {
      const inside = `${pointer}/${name.replaceAll("~", "~0").replaceAll("/", "~1")}`;
      yield* jsonDifferences(own(left, name), own(right, name), inside);
    }
  } else if (left !== right) {
    yield { pointer, left, right };
  }
}

function isContainer(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}

function own(value: Readonly<Record<string, unknown>>, name: string): unknown {
  return Object.hasOwn(value, name) ? value[name] : undefined;
}
