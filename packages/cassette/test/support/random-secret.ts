import type { randomFrom } from "./random-stream.ts";

type Random = ReturnType<typeof randomFrom>;

/** Kinds of letters. */
const kinds = {
  a: "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789",
  b: "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567",
  h: "0123456789abcdef",
  d: "0123456789",
} as const;

/** `{a40}` stands for 40 letters of a kind. What is not in braces is the same in all secrets of the form. */
const forms: readonly string[] = [
  "AKIA{b16}",
  "ASIA{b16}",
  '"SecretAccessKey":"{a9}/{a14}+{a15}"',
  "aws_secret_access_key = /{a20}+/{a17}",
  "AKIA{b16},{a30}/{a9}",
  "IQoJb3JpZ2luX2Vj{a40}/{a20}+{a39}==",
  "FwoGZXIvYXdz{a90}=",
  '"sessionToken": "{a8}+{a12}/{a20}="',
  "X-Amz-Signature={h64}",
  "arn:aws:lambda:us-east-1:{d12}:function:f",
  "{d12}:function:f",
  "ABSK{a20}+{a20}/{a3}=",
  "eyJ{a20}.eyJ{a30}-{a8}.{a20}_{a22}",
  "Bearer {a12}.{a16}/{a9}+{a3}==",
  "-----BEGIN RSA PRIVATE KEY-----\n{a64}\n{a30}+/{a8}==\n-----END RSA PRIVATE KEY-----",
];

/** Two secrets of one form, with other letters. */
export function twoSecrets(random: Random): readonly [string, string] {
  const form = forms[random(forms.length)]!;
  const secret = () =>
    form.replaceAll(/\{([abhd])(\d+)\}/g, (_, kind: keyof typeof kinds, count: string) =>
      Array.from({ length: Number(count) }, () => kinds[kind][random(kinds[kind].length)]!).join(""),
    );
  return [secret(), secret()];
}
