import { fromBase64, toBase64 } from "../base64.ts";
import { BytesLayer, type EscapedLayer } from "./layer.ts";

/** Shorter ones may be words, unless they say text: pieces of what has been cut. */
const surelyNoWord = 16;

const ofAnything = /^[A-Za-z0-9+/]+={0,2}$/;
/**
 * Of bytes below 128, without decoding them: there are very many short strings. The highest bit of each is here:
 *
 *     letters    [x.....] [..x...] [....x.] [......]
 *     bytes      [x.......] [x.......] [x.......]
 */
const ofText =
  /^(?:[A-Za-f][A-HQ-Xg-nw-z0-3][AEIMQUYcgkosw048BFJNRVZdhlptx159][A-Za-z0-9+/])*(?:[A-Za-f][AQgw]==|[A-Za-f][A-HQ-Xg-nw-z0-3][AEIMQUYcgkosw048]=)?$/;

/** What the base64 of a JSON string says. Changes reach the string with {@link Base64Layer.close}. */
export class Base64Layer extends BytesLayer {
  readonly #string: EscapedLayer;

  private constructor(string: EscapedLayer, bytes: Uint8Array) {
    super(bytes, string.itemAt(0));
    this.#string = string;
  }

  /** Undefined for a string that is not base64 as a whole. */
  static of(string: EscapedLayer): Base64Layer | undefined {
    if (string.length === 0 || string.length % 4 !== 0) return undefined;
    const text = string.text();
    const form = string.length < surelyNoWord ? ofText : ofAnything;
    const bytes = form.test(text) ? fromBase64(text) : undefined;
    return bytes && new Base64Layer(string, bytes);
  }

  /** Encodes what was changed. Where slashes are escaped, another text would need other escapes: all of it is masked. */
  close(): void {
    if (!this.changed) return;
    this.#string.write(0, this.#string.plain ? toBase64(this.bytes) : "X".repeat(this.#string.length));
  }
}
