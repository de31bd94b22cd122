import { expect, test } from "vitest";
import { InvocationLog } from "../src/log.ts";

const subject = { requestId: "id", version: "$LATEST", memorySize: 128 };

const reportOf = (log: InvocationLog) => /REPORT RequestId: id\t(.*)\n/.exec(log.toString())![1];
const memory = "Memory Size: 128 MB\tMax Memory Used: 128 MB";

test("The report of a cold start bills its beginning too, as captured", () => {
  let now = 0;
  const log = new InvocationLog(subject, () => now);
  now = 140.05;
  log.begin(140.05);
  now += 313.06;
  log.end();
  expect(reportOf(log)).toBe(`Duration: 313.06 ms\tBilled Duration: 454 ms\t${memory}\tInit Duration: 140.05 ms\t`);
});

test("The report of a timeout says the time that was allowed, however late it was noticed, as captured", () => {
  let now = 0;
  const log = new InvocationLog(subject, () => now);
  now = 2001.4;
  log.end("timeout", 2000);
  expect(reportOf(log)).toBe(`Duration: 2000.00 ms\tBilled Duration: 2000 ms\t${memory}\tStatus: timeout`);
});

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
