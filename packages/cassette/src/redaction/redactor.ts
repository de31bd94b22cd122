import type { HeaderLine } from "@eventstream-kit/service";
import type { RecordedRequest } from "../cassette.ts";
import { latin1Bytes, latin1Text } from "../bytes.ts";
import { badOption, requireKnown, requireList, requireOneOf } from "../options.ts";
import { Base64Layer } from "./base64-layer.ts";
import { Channel } from "./channel.ts";
import { percentUnescaped } from "./escapes.ts";
import { pathStates, type PathState } from "./json-path.ts";
import { BytesLayer, EscapedLayer, TextLayer } from "./layer.ts";
import { Pass } from "./pass.ts";
import type { RedactionOptions } from "./redaction-options.ts";
import { builtInFinders, redactionRules, type Finder } from "./rules.ts";
import { functionFinder, regexFinder } from "./user-finders.ts";

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** How often each rule was applied. */
export type RedactionCounts = Map<string, number>;

/** Options of redaction, checked and made ready. */
export class Redactor {
  readonly #finders: readonly Finder[];
  readonly #paths: readonly PathState[];
  /** Whether the padding of Bedrock's events is emptied. */
  readonly emptiesPadding: boolean;
  /** Whether the user selected places in JSON. */
  readonly selectsJson: boolean;

  /** @throws CassetteError `option` */
  constructor(options: RedactionOptions = {}) {
    requireKnown("redact", options, { off: true, json: true, regex: true, find: true, normalize: true });
    const { off = [], json = [], regex = [], find, normalize = [] } = options;
    for (const [name, list] of Object.entries({ off, json, regex, normalize })) requireList(`redact.${name}`, list);
    for (const name of off) requireOneOf("redact.off", name, redactionRules);
    for (const name of normalize) requireOneOf("redact.normalize", name, ["bedrock-padding"]);
    for (const path of json) if (typeof path !== "string") throw badOption("redact.json", path, "a path");
    this.#finders = [
      ...builtInFinders.filter(({ name }) => !(off as readonly string[]).includes(name)),
      ...regex.map(regexFinder),
      ...(find === undefined ? [] : [functionFinder(find)]),
    ];
    this.#paths = pathStates(json);
    this.selectsJson = json.length > 0;
    this.emptiesPadding = normalize.length > 0;
  }

  pass(counts: RedactionCounts, isLast: boolean): Pass {
    return new Pass(this.#finders, this.#paths, counts, isLast);
  }

  /** A text that stands alone, one character for each byte, such as the value of a header of HTTP. */
  text(text: string, counts: RedactionCounts): string {
    const layer = new TextLayer(text);
    this.pass(counts, true).mask(layer);
    return layer.text();
  }

  /** A string of a frame, which keeps its length in UTF-8. */
  string(value: string, counts: RedactionCounts): string {
    const bytes = new TextEncoder().encode(value);
    const masked = this.bytes(bytes, counts);
    return masked === bytes ? value : decoder.decode(masked);
  }

  /** Bytes of a frame that stand alone: the same ones when nothing in them is masked. */
  bytes(value: Uint8Array, counts: RedactionCounts): Uint8Array {
    const text = latin1Text(value);
    const masked = this.text(text, counts);
    return masked === text ? value : latin1Bytes(masked);
  }

  /** Header lines of HTTP, also where a value is base64. */
  headers(headers: readonly HeaderLine[], counts: RedactionCounts): HeaderLine[] {
    return headers.map(([name, value]) => {
      const layer = new TextLayer(value);
      const pass = this.pass(counts, true);
      const opened = Base64Layer.of(new EscapedLayer(layer, 0, value, (text) => ({ text, offsets: undefined })));
      if (opened) {
        const channel = new Channel(pass);
        channel.add(opened);
        channel.redact();
        opened.close();
      }
      pass.mask(layer);
      return [name, layer.text()];
    });
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
