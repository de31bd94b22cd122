/** What may be one, up to a blank or the end of a quotation. */
const webUrl = /\b(https?:[\\/]{2})([^\s"'<>]*)/gi;
/** Behind any scheme, which is not looked for: to begin at each of its letters would take the square of the time. */
const authority = /(?<=[a-z0-9+.-]:\/\/)[^\s/?#"'<>]*@/gi;

/**
 * A text in which nobody can read the user and the password of a URL: stars stand for them. In http URLs everything up to the last
 * `@` is taken for them, so that a password with a `/` or a `#` in it is not shown either. Takes time in proportion to the text.
 */
export function withoutUserInfo(text: string): string {
  return text
    .replace(webUrl, (url, scheme: string, rest: string) => {
      const end = rest.lastIndexOf("@");
      return end < 0 ? url : `${scheme}***${rest.slice(end)}`;
    })
    .replace(authority, "***@");
}
