/**
 * A text in which nobody can read the user and the password of a URL: stars stand for them. In http URLs everything up to the last
 * `@` is taken for them, so that a password with a `/` or a `#` in it is not shown either.
 */
export function withoutUserInfo(text: string): string {
  return text
    .replace(/\b(https?:[\\/]{2})[^\s"'<>]*@/gi, "$1***@")
    .replace(/\b([a-z][a-z0-9+.-]*:\/\/)[^\s/?#"'<>]*@/gi, "$1***@");
}
