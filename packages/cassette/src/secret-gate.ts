import type { Item } from "./cassette.ts";
import { CassetteError } from "./errors.ts";
import { payloadOf } from "./item-channel.ts";
import { assertNoSecretsAcrossItems, assertNoSecretsInHeaders } from "./item-secrets.ts";
import { ItemWindow } from "./item-window.ts";
import { secretError } from "./secret-found.ts";
import { TextGate } from "./text-gate.ts";

/** How many bytes of items are looked at together: 1 MiB, because what is spread over JSON may have much in between. */
const itemWindow = 1_048_576;
/** How much of it is looked at again together with what follows: more than any form of a secret is long. */
const overlap = 65_536;

/** {@link assertNoSecrets} for what comes piece by piece, and is not held. */
export class SecretGate {
  readonly #secrets: readonly string[];
  readonly #text: TextGate;
  /** What items carry one after the other. */
  readonly #carried: TextGate;
  readonly #items = new ItemWindow(itemWindow + overlap);
  /** How many bytes of them were looked at. */
  #seen = 0;

  constructor(secrets: readonly string[]) {
    this.#secrets = secrets;
    this.#text = new TextGate(secrets);
    this.#carried = new TextGate(secrets);
  }

  /** @throws CassetteError `secret` */
  text(more: string): void {
    this.#text.text(more);
  }

  /**
   * Takes a copy.
   *
   * @throws CassetteError `secret`
   */
  item(item: Item): void {
    this.#named(() => {
      assertNoSecretsInHeaders(item, this.#secrets);
      this.#carried.bytes(payloadOf(item));
      this.#items.add(item);
      // An item that is longer than all this stays until enough has come behind it: not to be looked at with each of those.
      if (this.#items.size < Math.max(itemWindow, this.#seen + itemWindow - overlap)) return;
      assertNoSecretsAcrossItems(this.#items, this.#secrets);
      this.#items.forget(overlap);
      this.#seen = this.#items.size;
    });
  }

  /**
   * The exchange whose items there were is over.
   *
   * @throws CassetteError `secret`
   */
  itemsEnded(): void {
    this.#named(() => {
      this.#carried.check();
      assertNoSecretsAcrossItems(this.#items, this.#secrets);
    });
    this.#carried.clear();
    this.#items.clear();
    this.#seen = 0;
  }

  /**
   * A request's body, or what is in a file already, between the items of two exchanges: one that is long is not in the text.
   *
   * @throws CassetteError `secret`
   */
  payload(bytes: Uint8Array): void {
    this.item({ kind: "raw", why: "not_event_stream", bytes });
    this.itemsEnded();
  }

  /** @throws CassetteError `secret` */
  finish(): void {
    this.#text.check();
    this.itemsEnded();
  }

  #named(check: () => void): void {
    try {
      check();
    } catch (error) {
      if (!(error instanceof CassetteError) || !error.found) throw error;
      // Where there is a line to name, it is named.
      this.#text.check();
      // Payloads have lines of their own.
      throw secretError({ ...error.found, in: "payloads" }, this.#secrets.length);
    }
  }
}
