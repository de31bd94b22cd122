import type { HeaderLine } from "@eventstream-kit/service";
import type { RecordedRequest } from "../cassette.ts";
import { badOption, requireOneOf } from "../options.ts";
import { Channel } from "./channel.ts";
import { percentUnescaped } from "./escapes.ts";
import { pathStates, type PathState } from "./json-path.ts";
import { BytesLayer, EscapedLayer, TextLayer } from "./layer.ts";
import { Pass } from "./pass.ts";
import type { RedactionOptions } from "./redaction-options.ts";
import { builtInFinders, redactionRules, type Finder } from "./rules.ts";
import { functionFinder, regexFinder } from "./user-finders.ts";

/** How often each rule was applied. */
export type RedactionCounts = Map<string, number>;

/** Options of redaction, checked and made ready. */
export class Redactor {
  readonly #finders: readonly Finder[];
  readonly #paths: readonly PathState[];
  /** Whether the padding of Bedrock's events is emptied. */
  readonly emptiesPadding: boolean;

  /** @throws CassetteError `option` */
  constructor(options: RedactionOptions = {}) {
    const { off = [], json = [], regex = [], find, normalize = [] } = options;
    for (const name of off) requireOneOf("redact.off", name, redactionRules);
    for (const name of normalize) requireOneOf("redact.normalize", name, ["bedrock-padding"]);
    for (const path of json) if (typeof path !== "string") throw badOption("redact.json", path, "a path");
    this.#finders = [
      ...builtInFinders.filter(({ name }) => !(off as readonly string[]).includes(name)),
      ...regex.map(regexFinder),
      ...(find === undefined ? [] : [functionFinder(find)]),
    ];
    this.#paths = pathStates(json);
    this.emptiesPadding = normalize.length > 0;
  }

  pass(counts: RedactionCounts, isLast: boolean): Pass {
    return new Pass(this.#finders, this.#paths, counts, isLast);
  }

  /** A text that stands alone, such as a header's value. */
  text(text: string, counts: RedactionCounts): string {
    const layer = new TextLayer(text);
    this.pass(counts, true).mask(layer);
    return layer.text();
  }

  headers(headers: readonly HeaderLine[], counts: RedactionCounts): HeaderLine[] {
    return headers.map(([name, value]) => [name, this.text(value, counts)]);
  }

  /** A path and query, as it is and with its percent-encoding undone. */
  path(path: string, counts: RedactionCounts): string {
    const layer = new TextLayer(path);
    const pass = this.pass(counts, true);
    pass.mask(new EscapedLayer(layer, 0, path, percentUnescaped));
    pass.mask(layer);
    return layer.text();
  }

  /** What a cassette holds of a request. Nothing is overwritten. */
  request(request: RecordedRequest, counts: RedactionCounts = new Map()): RecordedRequest {
    const { method, path, headers, body: given } = request;
    const body = Uint8Array.from(given);
    const channel = new Channel(this.pass(counts, true));
    channel.add(new BytesLayer(body));
    channel.redact();
    return { method, path: this.path(path, counts), headers: this.headers(headers, counts), body };
  }
}
