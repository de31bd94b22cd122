import { expect, test } from "vitest";
import { withoutUserInfo } from "../src/without-user-info.ts";

test.each([
  ["calling https://user:password@example.com/path failed", "calling https://***@example.com/path failed"],
  ["http://user:p/a#s?s@w@example.com and more", "http://***@example.com and more"],
  ["HTTP:\\\\user:password@example.com", "HTTP:\\\\***@example.com"],
  ["https://a:b@one.example https://c:d@two.example", "https://***@one.example https://***@two.example"],
  ["'https://a:b@one.example', \"https://c:d@two.example\"", "'https://***@one.example', \"https://***@two.example\""],
  ["socks5h://user:password@proxy:1080/a@b", "socks5h://***@proxy:1080/a@b"],
  [
    "a-very-long-scheme-of-forty-characters-or-more://user:password@host",
    "a-very-long-scheme-of-forty-characters-or-more://***@host",
  ],
  ["xhttp://user:password@host", "xhttp://***@host"],
  ["https://example.com/a/b and me@example.com", "https://example.com/a/b and me@example.com"],
])("%s", (text, shown) => {
  expect(withoutUserInfo(text)).toBe(shown);
});

test.each(["http://", "a-", "a.", "a://", "https://a/@"])("a long line of %s is shown at once", (part) => {
  const line = part.repeat(300_000 / part.length);
  expect(withoutUserInfo(line).endsWith(part.slice(-1))).toBe(true);
});
