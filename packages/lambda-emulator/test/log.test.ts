import { expect, test } from "vitest";
import { InvocationLog } from "../src/log.ts";

const subject = { requestId: "id", version: "$LATEST", memorySize: 128 };

test("A log keeps the end of what a function prints without end, and says how much is missing", () => {
  const log = new InvocationLog(subject, () => 0);
  const part = "x".repeat(2 ** 20 - 1) + "\n";
  for (let n = 0; n < 600; n++) log.output(part);
  log.output("last words\n");
  log.end();
  const text = log.toString();
  const [start, missing] = text.split("\n");
  expect(start).toBe("START RequestId: id Version: $LATEST");
  const dropped = Number(/^\.\.\. (\d+) characters are not kept$/.exec(missing!)?.[1]);
  const kept = text.slice(start!.length + missing!.length + 2, text.indexOf("END "));
  expect(dropped + kept.length).toBe(600 * 2 ** 20 + "last words\n".length);
  expect(kept.length).toBeGreaterThanOrEqual(2 ** 20);
  expect(kept.length).toBeLessThanOrEqual(2 ** 21);
  expect(text).toContain("last words\nEND RequestId: id\n");
});

test("One line that is longer than all that is kept counts with its end", () => {
  const log = new InvocationLog(subject, () => 0);
  log.output("x".repeat(2 ** 22) + "end");
  expect(log.toString()).toMatch(/^START .*\n\.\.\. \d+ characters are not kept\nx+end$/);
  expect(log.toString().length).toBeLessThan(2 ** 21 + 200);
});
