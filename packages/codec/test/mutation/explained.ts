/** A mutant that no test can kill, or none should have to. */
export interface Explained {
  /** Below `src`. */
  readonly file: string;
  /** What is replaced, and by what, with all blanks made one. */
  readonly original: string;
  readonly replacement: string;
  readonly why: string;
}

export const explained: readonly Explained[] = [
  {
    file: "signing/event-signer.ts",
    original: '{ payload: "view", maxMessageBytes: Number.POSITIVE_INFINITY }',
    replacement: "{}",
    why: "The view saves a copy; the cap would only show with an event of more than 256 MiB",
  },
  {
    file: "signing/event-verifier.ts",
    original: "limits !== undefined",
    replacement: "true",
    why: "An option that is there and undefined is an option that is not there; the types tell the two apart",
  },
  {
    file: "signing/event-verifier.ts",
    original: "maxMessageBytes !== undefined",
    replacement: "true",
    why: "As above",
  },
];
