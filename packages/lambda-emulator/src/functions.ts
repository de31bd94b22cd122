/** A function with everything normalised, as the operations use it. */
export interface FunctionEntry {
  readonly name: string;
  /** Published versions (digits). `$LATEST` always exists and is not among them. */
  readonly versions: ReadonlySet<string>;
  /** Alias name to version. */
  readonly aliases: ReadonlyMap<string, string>;
}
