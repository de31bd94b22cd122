import type { UrlConfig } from "./url-config.ts";

/** What a URL belongs to. Regions do not know each other's URLs. */
export type UrlOwner = Pick<UrlConfig, "region" | "functionName" | "alias">;

/** All function URLs. A function has at most one without a qualifier, and one more for each alias. */
export class UrlConfigStore {
  readonly #byOwner = new Map<string, UrlConfig>();
  readonly #byId = new Map<string, UrlConfig>();
  #created = 0;

  find(owner: UrlOwner): UrlConfig | undefined {
    return this.#byOwner.get(keyOf(owner));
  }

  findById(urlId: string): UrlConfig | undefined {
    return this.#byId.get(urlId);
  }

  /** All URLs of a function, or of one of its aliases when the owner names one: newest first. */
  list({ region, functionName, alias }: UrlOwner): readonly UrlConfig[] {
    return [...this.#byOwner.values()]
      .filter((config) => config.region === region && config.functionName === functionName)
      .filter((config) => alias === undefined || config.alias === alias)
      .sort((a, b) => b.sequence - a.sequence);
  }

  /** Adds a URL whose owner has none and whose id is new. */
  add(config: Omit<UrlConfig, "sequence">): UrlConfig {
    const added = { ...config, sequence: ++this.#created };
    this.#set(added);
    return added;
  }

  /** Puts the new state of a URL in the place of its old one. */
  replace(config: UrlConfig): UrlConfig {
    this.#set(config);
    return config;
  }

  delete(config: UrlConfig): void {
    this.#byOwner.delete(keyOf(config));
    this.#byId.delete(config.urlId);
  }

  /** All URLs of a function, in every region. */
  deleteAll(functionName: string): void {
    for (const config of this.#byId.values()) if (config.functionName === functionName) this.delete(config);
  }

  clear(): void {
    this.#byOwner.clear();
    this.#byId.clear();
  }

  #set(config: UrlConfig): void {
    this.#byOwner.set(keyOf(config), config);
    this.#byId.set(config.urlId, config);
  }
}

/** None of the three can contain a blank. */
function keyOf({ region, functionName, alias = "" }: UrlOwner): string {
  return `${region} ${functionName} ${alias}`;
}
