const digits = "0123456789abcdefghijklmnopqrstuvwxyz";
const length = 32;

/**
 * A new url-id: 32 characters of `[a-z0-9]`, from `random` (0 up to 1) and different from every id that is taken.
 *
 * A `random` that repeats itself, such as a test's constant, still gives ids: a taken one is counted up.
 */
export function newUrlId(random: () => number, isTaken: (id: string) => boolean): string {
  let id = Array.from({ length }, () => digits[Math.floor(random() * digits.length)] ?? "0").join("");
  while (isTaken(id)) id = successor(id);
  return id;
}

function successor(id: string): string {
  const last = id.search(/[^z]z*$/);
  if (last === -1) return "0".repeat(length);
  const next = digits[digits.indexOf(id[last]!) + 1]!;
  return id.slice(0, last) + next + "0".repeat(length - last - 1);
}
