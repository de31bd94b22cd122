/** A scheme, and what is behind it up to the path, the query or the fragment. Browsers take a backslash for a slash. */
const absolute = /^\s*[a-z][a-z0-9+.-]*:[\\/]{2}([^\\/?#]*)/i;
/** Nothing else can be there, unless somebody has put a user and a password in front without encoding them. */
const hostAndPort = /^(?:[^\s@:]*|\[[^\s@\]]*\])(?::\d*)?$/;

/**
 * A URL without all that is in front of its path. What is no URL because of a `/`, `?` or `#` in its password loses everything up to
 * the host behind its last `@`: rather too much than a part of a password.
 */
export function withoutOrigin(target: string): string {
  const match = absolute.exec(target);
  if (!match) return target;
  const [all, authority = ""] = match;
  const host = authority.slice(authority.lastIndexOf("@") + 1);
  const last = target.lastIndexOf("@");
  if (hostAndPort.test(host) || last < all.length) return target.slice(all.length);
  return target.slice(last).replace(/^[^\\/?#]*/, "");
}

const percent = "%(?:25)*";
/** A colon and two slashes, or only those at the beginning, and what is up to the last `@` in front of a slash or the like. All may be encoded, several times. */
const nested = new RegExp(
  `((?::|${percent}3A)(?:/|${percent}2F){2}|^//)((?:(?!${percent}(?:2[36F]|3F))[^\\s/?#&"'<>])+)(?=@|${percent}40)`,
  "gi",
);

/** The path and query of a URL with `X`s for user and password of URLs in it, and how many it has. */
export function maskedUserInfo(path: string): { readonly path: string; readonly masked: number } {
  let masked = 0;
  const text = path.replace(nested, (_, before: string, userInfo: string) => {
    masked += 1;
    return before + "X".repeat(userInfo.length);
  });
  return { path: text, masked };
}
