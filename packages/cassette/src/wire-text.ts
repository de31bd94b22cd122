// What an HTTP message can hold (RFC 9110, sections 5.1, 5.5 and 9.1; RFC 9112, section 3.2).

export const isToken = (text: string): boolean => /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(text);

/** A value that stays on its line: no CR, no LF, no NUL. */
export const isHeaderValue = (text: string): boolean => !/[\r\n\0]/.test(text);

/** A path and query. */
export const isPath = (text: string): boolean => /^\/[^\s#\p{Cc}]*$/u.test(text);
