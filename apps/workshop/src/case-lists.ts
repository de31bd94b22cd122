/** Numbered behaviour lists. A test or describe titled `<name> case <number>: …` shows one. */
export interface CaseList {
  readonly name: string;
  readonly title: string;
  readonly last: number;
  /** Numbers above this belong to later work: shown in the matrix, not demanded. */
  readonly demanded: number;
  /** Every demanded number is to be shown in each of these. Absent: anywhere. */
  readonly columns?: readonly CaseColumn[];
}

/** A way in which a list's cases are run: a vitest project. */
export interface CaseColumn {
  readonly title: string;
  readonly project: string;
}

/** The emulator's cases run in process and over every transport: see vitest.config.ts. */
const transports: readonly CaseColumn[] = [
  { title: "in process", project: "lambda-emulator" },
  { title: "over a socket", project: "lambda-emulator over a socket" },
  { title: "over msw 3", project: "lambda-emulator over msw 3" },
  { title: "over msw 2", project: "lambda-emulator over msw 2" },
];

export const caseLists: readonly CaseList[] = [
  { name: "format", title: "Event-stream format", last: 80, demanded: 80 },
  { name: "lambda", title: "Lambda streaming contract", last: 82, demanded: 82, columns: transports },
  { name: "record", title: "Record and replay", last: 42, demanded: 0 },
];

/** The only reasons for which a test may be skipped, numbered or not. */
export const skipReasons: readonly RegExp[] = [
  /^EVENTSTREAM_VECTORS is not set$/,
  // AWS's own runtime client has to be built first: npm run test:runtime-clients.
  /^EVENTSTREAM_LAMBDA_RIC is not set/,
  // The Python of this machine has no AWS SDK: apps/recorder/test/python.test.ts.
  /^No python3 here has botocore /,
  // Programs of the machine that the recorder's output is given to. There is no Debian package of pwsh.
  /^(curl|bash|zsh|fish|pwsh) is not installed$/,
  // What a transport cannot show: packages/mock-handlers/test/over/skips.ts.
  /^Over (a transport|a socket|msw|msw 2): /,
  // What msw and the SDK's own transports cannot show: packages/mock-handlers/test.
  /^msw 2 does not tell a handler that the client has gone$/,
  /^FetchHttpHandler gives a Blob for an empty body, /,
  /^an abort over fetch can get lost in undici's garbage collection, /,
  /^over HTTP\/2 the SDK's stream ends without an error when it is aborted$/,
];
