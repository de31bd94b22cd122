import { assertNoSecrets } from "./assert-no-secrets.ts";
import type { Item } from "./cassette.ts";
import { CassetteError } from "./errors.ts";
import { assertNoSecretsInItems } from "./item-secrets.ts";

/** How many characters of text are looked at together: 256 KiB, which are in memory several times while they are. */
const textWindow = 262_144;
/** How many bytes of items: 1 MiB, because what is spread over JSON may have much in between. */
const itemWindow = 1_048_576;
/** How much of it is looked at again together with what follows: more than any form of a secret is long. */
const overlap = 65_536;

/** {@link assertNoSecrets} for what comes piece by piece, and is not held. */
export class SecretGate {
  readonly #secrets: readonly string[];
  #text = "";
  #linesBefore = 0;
  #items: Item[] = [];
  #itemBytes = 0;

  constructor(secrets: readonly string[]) {
    this.#secrets = secrets;
  }

  /** @throws CassetteError `secret` */
  text(more: string): void {
    this.#text += more;
    if (this.#text.length < textWindow) return;
    this.#checkText();
    const kept = this.#text.slice(-overlap);
    this.#linesBefore += this.#text.slice(0, -overlap).split("\n").length - 1;
    this.#text = kept;
  }

  /** @throws CassetteError `secret` */
  item(item: Item): void {
    this.#items.push(item);
    this.#itemBytes += sizeOf(item);
    if (this.#itemBytes < itemWindow) return;
    this.#checkItems();
    while (this.#itemBytes - sizeOf(this.#items[0]!) >= overlap) this.#itemBytes -= sizeOf(this.#items.shift()!);
  }

  /** The exchange whose items there were is over. */
  itemsEnded(): void {
    this.#checkItems();
    this.#items = [];
    this.#itemBytes = 0;
  }

  /**
   * A request's body, or what is in a file already, between the items of two exchanges: one that is long is not in the text.
   *
   * @throws CassetteError `secret`
   */
  payload(bytes: Uint8Array): void {
    this.#items = [{ kind: "raw", why: "not_event_stream", bytes }];
    this.itemsEnded();
  }

  /** @throws CassetteError `secret` */
  finish(): void {
    this.#checkText();
    this.itemsEnded();
  }

  #checkItems(): void {
    try {
      assertNoSecretsInItems(this.#items, this.#secrets);
    } catch (error) {
      if (!(error instanceof CassetteError)) throw error;
      // Where there is a line to name, it is named.
      this.#checkText();
      // Payloads have lines of their own.
      throw new CassetteError(error.code, error.message.replace(/ on line \d+/, " in what requests and frames carry"));
    }
  }

  #checkText(): void {
    try {
      assertNoSecrets(this.#text, this.#secrets);
    } catch (error) {
      if (!(error instanceof CassetteError) || error.line === undefined) throw error;
      const line = error.line + this.#linesBefore;
      throw new CassetteError(error.code, error.message.replace(/ on line \d+/, ` on line ${String(line)}`), { line });
    }
  }
}

function sizeOf(item: Item): number {
  // Items without payload take memory, too.
  return 64 + (item.kind === "frame" ? item.message.payload.length : item.bytes.length);
}
