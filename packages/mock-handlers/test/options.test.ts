import { createLambda, eventStreamResponse, functionUrlHandlers } from "@eventstream-kit/mock-handlers";
import { handlersFor, lambdaHandlers, MockHandlersError } from "@eventstream-kit/mock-handlers";
import { expect, test } from "vitest";

const lambda = createLambda({ functions: {} });
const url = "https://chat.example.com/";

const functions: [string, (options: never) => unknown][] = [
  ["lambdaHandlers", (options) => lambdaHandlers(lambda, options)],
  ["functionUrlHandlers", (options) => functionUrlHandlers(url, () => "x", options)],
  ["handlersFor", (options) => handlersFor(lambda, options)],
  ["eventStreamResponse", (options) => eventStreamResponse([], options)],
];

test.each<[string, unknown, string, (options: never) => unknown]>([
  ...functions.flatMap<[string, unknown, string, (options: never) => unknown]>(([name, act]) => [
    [name, { fault: "reset" }, "the option fault; expected one of ", act],
    [name, { toString: 1 }, "the option toString; expected one of ", act],
    [name, { delay: 10 }, "the delay 10; expected a function", act],
    [name, { onError: null }, "the onError null; expected a function", act],
    [name, null, "null for options; expected an object", act],
    [name, "once", '"once" for options; expected an object', act],
  ]),
  [
    "lambdaHandlers",
    { match: () => true },
    "the option match; expected one of once, delay, onError",
    (options: never) => lambdaHandlers(lambda, options),
  ],
  [
    "functionUrlHandlers",
    { lambda: { functions: {} } },
    "a lambda that is no emulated one; expected what createLambda returns",
    (options: never) => functionUrlHandlers(url, () => "x", options),
  ],
  [
    "handlersFor",
    { once: "yes" },
    'the once "yes"; expected a boolean',
    (options: never) => handlersFor(lambda, options),
  ],
])("%s is not given %o in vain", (name, options, message, act) => {
  const acting = () => act(options as never);
  expect(acting).toThrow(MockHandlersError);
  expect(acting).toThrow(expect.objectContaining({ code: "option" }));
  expect(acting).toThrow(`${name} was given ${message}`);
});

test("an option that is undefined is the default", () => {
  const options = { once: undefined, delay: undefined, onError: undefined };
  expect(lambdaHandlers(lambda, options as never)).toHaveLength(1);
});

test("options of handlers among those of the emulator are refused there", () => {
  const options = { functions: {}, once: true };
  expect(() => lambdaHandlers(options)).toThrow(expect.objectContaining({ code: "invalid_option" }));
});
