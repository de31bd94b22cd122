/** A secret as something may carry it. */
export interface SecretForm {
  readonly form: string;
  /** What a program sends that carries it. */
  readonly sent: string;
  /** What must be in anything that carries it in this form, whatever is around it. */
  readonly needle: string;
}

const utf8 = (text: string) => Buffer.from(text, "utf8");
const whole = (form: string, needle: string): SecretForm => ({ form, needle, sent: `<${needle}>` });
const escape = (unit: string) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;

/** Every form of a secret that a recording must not have. Made here, and not by the code that is tested. */
export function secretForms(secret: string): readonly SecretForm[] {
  const forms = [
    whole("as it is", secret),
    whole("URL-encoded", encodeURIComponent(secret)),
    whole(
      "URL-encoded in lower case",
      encodeURIComponent(secret).replaceAll(/%../g, (code) => code.toLowerCase()),
    ),
    whole(
      "JSON-escaped",
      JSON.stringify(secret)
        .slice(1, -1)
        .replaceAll("/", String.raw`\/`),
    ),
    whole("all escaped as JSON", Array.from(secret, escape).join("")),
    whole("as hex", utf8(secret).toString("hex")),
    whole("as hex in upper case", utf8(secret).toString("hex").toUpperCase()),
  ];
  for (const [alignment, dependent] of [0, 2, 3].entries()) {
    for (const alphabet of ["base64", "base64url"] as const) {
      const before = "<".repeat(alignment);
      // Without the characters that depend on what is before and behind.
      const complete = utf8(before + secret)
        .toString(alphabet)
        .replace(/=+$/, "");
      const shared = (alignment + secret.length) % 3 === 0 ? 0 : 1;
      forms.push({
        form: `as ${alphabet} at alignment ${String(alignment)}`,
        sent: utf8(`${before}${secret}>>`).toString(alphabet),
        needle: complete.slice(dependent, complete.length - shared),
      });
    }
  }
  return forms;
}

/** Which of the secrets a text carries, and how. */
export function secretsIn(text: string, secrets: readonly string[]): string[] {
  // A cassette's line may escape what it quotes.
  const readings = [text, text.replaceAll(/\\(["\\/])/g, "$1")];
  return secrets.flatMap((secret, index) =>
    secretForms(secret)
      .filter(({ needle }) => readings.some((reading) => reading.includes(needle)))
      .map(({ form }) => `secret ${String(index + 1)} ${form}`),
  );
}
