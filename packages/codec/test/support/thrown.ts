/** What a call throws, or undefined when it does not: for comparing the very object. */
export function thrownBy(call: () => unknown): unknown {
  try {
    call();
  } catch (error) {
    return error;
  }
  return undefined;
}
