/** The first place where two JSON values differ. */
export interface JsonDifference {
  /** JSON Pointer (RFC 6901); empty for the whole value. */
  readonly pointer: string;
  /** Undefined where there is nothing. */
  readonly recorded: unknown;
  readonly received: unknown;
}

/**
 * The first difference of two JSON values; members of an object count in any order. Undefined when they are equal.
 *
 * @param ignored JSON Pointers to values that are not looked at, present or not.
 */
export function jsonDifference(
  recorded: unknown,
  received: unknown,
  ignored: ReadonlySet<string> = new Set(),
  pointer = "",
): JsonDifference | undefined {
  if (ignored.has(pointer) || recorded === received) return undefined;
  if (!isContainer(recorded) || !isContainer(received) || Array.isArray(recorded) !== Array.isArray(received)) {
    return { pointer, recorded, received };
  }
  for (const name of new Set([...Object.keys(recorded), ...Object.keys(received)])) {
    const inside = `${pointer}/${name.replaceAll("~", "~0").replaceAll("/", "~1")}`;
    const difference = jsonDifference(own(recorded, name), own(received, name), ignored, inside);
    if (difference) return difference;
  }
  return undefined;
}

function isContainer(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}

/** `__proto__` is a member like any other in JSON, and an inherited one is none. */
function own(value: Readonly<Record<string, unknown>>, name: string): unknown {
  return Object.hasOwn(value, name) ? value[name] : undefined;
}
