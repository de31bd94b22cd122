import { cassetteSlug } from "@eventstream-kit/cassette/node";
import { expect, test } from "vitest";

test("slugs are names for every file system, and long ones stay different", () => {
  expect(cassetteSlug("Report generator, happy path!")).toBe("report-generator-happy-path");
  expect(cassetteSlug("Übergröße")).toMatch(/^[a-z0-9-]+$/);
  expect(cassetteSlug("日本")).toMatch(/^[0-9a-f]{8}$/);
  expect(cassetteSlug("Übergröße")).not.toBe(cassetteSlug("Übergrö©e"));
  expect(cassetteSlug("case 1: 日本")).toMatch(/^case-1-[0-9a-f]{8}$/);
  expect(cassetteSlug("case 1: 日本")).not.toBe(cassetteSlug("case 1: 中国"));
  expect(cassetteSlug("Café au lait, №1")).toMatch(/^cafe-au-lait-no1$/);
  expect(cassetteSlug("../../etc/passwd")).toBe("etc-passwd");
  // Devices of Windows, whatever the extension.
  for (const device of ["con", "NUL", "aux", "COM1", "lpt9"]) expect(cassetteSlug(device)).toMatch(/-[0-9a-f]{8}$/);
  expect(cassetteSlug("com port")).toBe("com-port");
  const [one, other] = [cassetteSlug(`${"a".repeat(200)}1`), cassetteSlug(`${"a".repeat(200)}2`)];
  expect(one).toMatch(/^a{80}-[0-9a-f]{8}$/);
  expect(other).not.toBe(one);
});
