import type { FunctionRegistry } from "../emulator-context.ts";
import type { FunctionEntry } from "../functions.ts";
import type { AliasRecord, FunctionRecord, VersionRecord } from "./function-record.ts";
import { entryOf } from "./function-record.ts";
import { artifactOfCode } from "./code-artifact.ts";
import { settingsOfEntry } from "./function-settings.ts";

/** Where records get what they need of the world. */
export interface RecordsWorld {
  readonly functions: FunctionRegistry;
  readonly accountId: string;
  readonly now: () => number;
  /** A new lower-case UUID. */
  readonly uuid: () => string;
}

/**
 * What the control plane knows of every function. A function that was given to `createLambda` or `define` has a record
 * too: it is made when first asked for, and anew when the function was defined anew.
 */
export class FunctionRecords {
  readonly #world: RecordsWorld;
  readonly #kept = new Map<string, { readonly entry: FunctionEntry; readonly record: FunctionRecord }>();

  constructor(world: RecordsWorld) {
    this.#world = world;
  }

  find(name: string): FunctionRecord | undefined {
    const entry = this.#world.functions.find(name);
    return entry && this.#recordOf(entry);
  }

  /** All functions by name. */
  all(): readonly FunctionRecord[] {
    return this.#world.functions
      .all()
      .map((entry) => this.#recordOf(entry))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** Puts the new state of a function in the place of its old one; what is called from now on is this. */
  save(record: FunctionRecord): void {
    const entry = entryOf(record);
    this.#kept.set(record.name, { entry, record });
    this.#world.functions.put(entry);
  }

  delete(name: string): void {
    this.#kept.delete(name);
    this.#world.functions.remove(name);
  }

  clear(): void {
    this.#kept.clear();
  }

  #recordOf(entry: FunctionEntry): FunctionRecord {
    const kept = this.#kept.get(entry.name);
    if (kept?.entry === entry) return kept.record;
    const record = this.#derive(entry);
    this.#kept.set(entry.name, { entry, record });
    return record;
  }

  #derive(entry: FunctionEntry): FunctionRecord {
    const { accountId, now, uuid } = this.#world;
    const settings = settingsOfEntry(entry, accountId);
    const modifiedAt = now();
    const version = (name: string, code: FunctionEntry["code"]): VersionRecord => {
      const id = uuid();
      return {
        version: name,
        code,
        artifact: artifactOfCode(code),
        settings,
        change: "published",
        modifiedAt,
        settledAt: modifiedAt,
        revisionIds: [id, id],
      };
    };
    const numbers = [...entry.versions.keys()].map(Number).sort((a, b) => a - b);
    const { contentType, throttle, faults, concurrency } = entry;
    return {
      name: entry.name,
      latest: version("$LATEST", entry.code),
      versions: new Map(
        numbers.map((number) => [String(number), version(String(number), entry.versions.get(String(number))!)]),
      ),
      lastNumber: numbers.at(-1) ?? 0,
      aliases: new Map([...entry.aliases].map(([name, target]) => [name, aliasOf(name, target, uuid())])),
      policies: new Map(),
      ...(concurrency === undefined || concurrency === Infinity ? {} : { concurrency }),
      behaviour: {
        ...(contentType === undefined ? {} : { contentType }),
        ...(throttle === undefined ? {} : { throttle }),
        ...(faults === undefined ? {} : { faults }),
      },
    };
  }
}

function aliasOf(name: string, version: string, revisionId: string): AliasRecord {
  return { name, version, description: "", revisionId };
}
