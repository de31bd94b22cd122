/** Control characters, marks that turn the direction of text, lone surrogates: what a terminal must not be sent. */
const unprintable = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/** Text as a terminal may show it: on one line, and without anything the terminal would obey. */
export function printable(text: string): string {
  return text.replace(unprintable, (character) => {
    const short = JSON.stringify(character).slice(1, -1);
    return short.length === 2 ? short : `\\u{${character.codePointAt(0)!.toString(16)}}`;
  });
}

/** At most `width` characters; what is cut ends in an ellipsis of three dots. */
export function cut(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, Math.max(0, width - 3))}...`;
}
