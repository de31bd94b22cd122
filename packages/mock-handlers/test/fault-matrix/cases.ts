/** What goes wrong with a stream of three frames: `one`, `two` and InvokeComplete. */
export interface FaultCase {
  /** As in the table. */
  readonly name: string;
  readonly faults: readonly string[];
  /** The client gives up after so many milliseconds, and a stall does not end before. */
  readonly patience?: number;
}

const faults = [
  "status:429:TooManyRequestsException",
  "status:503",
  "reset",
  "reset@frame:2",
  "reset@byte:150",
  "reset@frame:4",
  "eof",
  "eof@frame:2",
  "omit-complete",
  "truncate@frame:2+3",
  "truncate@frame:2+20",
  "corrupt@frame:2:payload:0",
  "corrupt@frame:2:message-crc",
  "corrupt@frame:2:prelude-crc",
  "corrupt@frame:2:header-len",
  "exception@frame:2:ThrottlingException:Slow down",
  "error@frame:2:InternalFailure:Try later",
  "drop@frame:2",
  "dup@frame:1",
  "dup@frame:3",
  "stall@frame:2:30s",
  "bandwidth:10",
  "rechunk:1",
  "merge",
];

export const cases: readonly FaultCase[] = [
  { name: "nothing wrong", faults: [] },
  ...faults.map((fault) => ({ name: fault, faults: [fault] })),
  { name: "stall@frame:2:1h, and the client gives up", faults: ["stall@frame:2:1h"], patience: 200 },
];
