import type { FindSecrets } from "@eventstream-kit/cassette";
import { RE2JS, type Matcher } from "re2js";
import { messageOf, RecorderError } from "./errors.ts";

/**
 * A pattern from the command line, for what goes through a recorder: it finds what is in its first group, or the whole match
 * without one. In RE2's syntax, which has no look-around and no back references and takes a time linear in the text: no
 * stream can stop a recorder.
 *
 * @throws RecorderError `usage`
 */
export function linearPattern(source: string): FindSecrets {
  let pattern: RE2JS;
  try {
    pattern = RE2JS.compile(source);
  } catch (cause) {
    const hint = "It has RE2's syntax: no look-around and no references to groups";
    throw new RecorderError("usage", `The pattern ${source} is no regular expression: ${messageOf(cause)}`, {
      hint,
      cause,
    });
  }
  const group = pattern.groupCount() > 0 ? 1 : 0;
  return (text) => ranges(pattern.matcher(text), group);
}

function* ranges(matcher: Matcher, group: number): Generator<[from: number, to: number], void, undefined> {
  while (matcher.find()) {
    const from = matcher.start(group);
    // A group that took no part.
    if (from >= 0) yield [from, matcher.end(group)];
  }
}
