/** Milliseconds since the epoch, with a fraction if there is one, as nanoseconds. */
export function nanoseconds(ms: number): bigint {
  const whole = Math.floor(ms);
  // Not `ms * 1e6`: today's nanoseconds are beyond the integers a number can hold.
  return BigInt(whole) * 1_000_000n + BigInt(Math.floor((ms - whole) * 1_000_000));
}

/**
 * Nanoseconds since the epoch as URL configurations print them: `2026-09-15T11:59:39.307613340Z`, always nine digits. (The
 * API reference describes another form; captures of the service show this one.)
 */
export function timestampText(ns: bigint): string {
  const seconds = new Date(Number(ns / 1_000_000n)).toISOString().slice(0, "2026-09-15T11:59:39".length);
  return `${seconds}.${String(ns % 1_000_000_000n).padStart(9, "0")}Z`;
}
