import { expect, test } from "vitest";
import { Moment } from "../src/moment.ts";

test("listeners are called once each, in their order, those that come later at once, and promises settle", async () => {
  const moment = new Moment<number>();
  const heard: string[] = [];
  for (const name of ["a", "b", "c"]) moment.when((value) => heard.push(`${name}${value}`));
  const promised = moment.promise();
  expect(moment.value).toBeUndefined();

  moment.come(1);
  moment.come(2);
  expect(heard).toEqual(["a1", "b1", "c1"]);
  moment.when((value) => heard.push(`d${value}`));
  expect(heard).toEqual(["a1", "b1", "c1", "d1"]);
  expect(moment.value).toBe(1);
  expect([await promised, await moment.promise()]).toEqual([1, 1]);
});
