/** How deep a document may nest: as deep as the parser of the service (Jackson) takes one by default. */
const deepest = 1000;

/** True for a document that nests deeper than the service reads; to walk it could take more stack than there is. */
export function nestsTooDeep(value: unknown): boolean {
  let level: readonly unknown[] = [value];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > deepest) return true;
    level = level.flatMap((member) => (typeof member === "object" && member !== null ? Object.values(member) : []));
  }
  return false;
}
