/** What `doctor` looks at. The list is closed. */
export type DiagnosisName = "node" | "credentials" | "region" | "clock" | "endpoints" | "folder" | "port" | "http2";

export interface Diagnosis {
  readonly name: DiagnosisName;
  /** `hint`: works, but may surprise. `problem`: recording or replaying would fail. */
  readonly status: "ok" | "hint" | "problem";
  /** Never shows the value of a credential. */
  readonly message: string;
  /** What to do about it. */
  readonly advice?: string;
}
