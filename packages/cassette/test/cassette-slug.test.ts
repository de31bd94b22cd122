import { cassetteSlug } from "@eventstream-kit/cassette/node";
import { expect, test } from "vitest";

test("slugs are names for every file system, and long ones stay different", () => {
  expect(cassetteSlug("Report generator, happy path!")).toBe("report-generator-happy-path");
  expect(cassetteSlug("Übergröße")).toMatch(/^[a-z0-9-]+$/);
  expect(cassetteSlug("日本")).toMatch(/^[0-9a-f]{8}$/);
  expect(cassetteSlug("../../etc/passwd")).toBe("etc-passwd");
  const [one, other] = [cassetteSlug(`${"a".repeat(200)}1`), cassetteSlug(`${"a".repeat(200)}2`)];
  expect(one).toMatch(/^a{80}-[0-9a-f]{8}$/);
  expect(other).not.toBe(one);
});
