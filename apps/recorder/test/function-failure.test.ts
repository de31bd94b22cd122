import { expect, test } from "vitest";
import { functionFailure } from "../src/function-failure.ts";

test.each([
  ["text alone", ["Unhandled", "out of ink"], "Unhandled: out of ink", []],
  ["no details", ["Runtime.ExitError"], "Runtime.ExitError", []],
  ["no code", [undefined, "gone"], "gone", []],
  ["nothing", [], "", []],
  [
    "Node",
    [
      "Unhandled",
      '{"errorType":"TypeError","errorMessage":"so bad","trace":["TypeError: so bad","    at handler (a.mjs:1:2)"]}',
    ],
    "TypeError: so bad",
    ["    at handler (a.mjs:1:2)"],
  ],
  [
    "Python",
    [
      "KeyError",
      '{"errorMessage":"\'name\'","errorType":"KeyError","stackTrace":["  File \\"a.py\\", line 2, in handler\\n    event[\\"name\\"]\\n"]}',
    ],
    "KeyError: 'name'",
    ['  File "a.py", line 2, in handler', '    event["name"]'],
  ],
  ["a document without a message", ["Oops", '{"errorType":"A"}'], 'Oops: {"errorType":"A"}', []],
  ["JSON that is no document", ["Oops", "null"], "Oops: null", []],
  [
    "what a terminal would obey",
    ["Oops", '{"errorMessage":"\\u001b[2J","trace":["\\u009bm",7]}'],
    String.raw`Oops: \u{1b}[2J`,
    [String.raw`\u{9b}m`],
  ],
] as const)("%s", (_name, [code, details], summary, trace) => {
  expect(functionFailure(code, details)).toEqual({ summary, trace });
});
