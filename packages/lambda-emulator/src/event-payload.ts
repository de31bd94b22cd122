// ignoreBOM keeps a byte order mark, which JSON does not allow.
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * The event that a payload is. An empty payload reaches the function as `{}`.
 *
 * @throws SyntaxError or TypeError when the payload is no JSON document in UTF-8
 */
export function eventOf(payload: Uint8Array): unknown {
  return eventOfText(textOf(payload));
}

/** @throws TypeError when the payload is no UTF-8 */
export function textOf(payload: Uint8Array): string {
  return decoder.decode(payload);
}

/** @throws SyntaxError when the payload is no JSON document */
export function eventOfText(payload: string): unknown {
  return payload === "" ? {} : (JSON.parse(payload) as unknown);
}
