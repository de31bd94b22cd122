/** Numbered behaviour lists. A test or describe titled `<name> case <number>: …` shows one. */
export interface CaseList {
  readonly name: string;
  readonly title: string;
  readonly last: number;
  /** Numbers that belong to later work: shown in the matrix, not demanded. */
  readonly later?: readonly number[];
  /** Every number is to be shown in each of these. Absent: anywhere. */
  readonly columns?: readonly CaseColumn[];
  /** Why a number is not for columns with a `suite`, if it is not. */
  readonly lacks?: (number: number) => string | undefined;
}

/** A way in which a list's cases are run: the tests of a vitest project, or a part of them. */
export interface CaseColumn {
  /** Who drives. */
  readonly driver: string;
  readonly title: string;
  readonly project: string;
  /** The title of the suite whose tests `case N by the SDK: …` count. Absent: those titled `<list> case N: …`. */
  readonly suite?: string;
}

/**
 * The emulator's cases run in process and over every transport, by raw requests (see vitest.config.ts), and as the callers of the real
 * client see them, by each of its handlers (packages/mock-handlers/test/sdk-cases.test.ts).
 */
const transports: readonly CaseColumn[] = [
  { driver: "raw requests", title: "in process", project: "lambda-emulator" },
  { driver: "raw requests", title: "socket", project: "lambda-emulator over a socket" },
  { driver: "raw requests", title: "msw 3", project: "lambda-emulator over msw 3" },
  { driver: "raw requests", title: "msw 2", project: "lambda-emulator over msw 2" },
  { driver: "SDK", title: "in process", project: "mock-handlers: msw 3", suite: "in process" },
  { driver: "SDK by node:http", title: "socket", project: "mock-handlers: msw 3", suite: "socket, HTTP/1.1" },
  { driver: "SDK by node:http", title: "msw 3", project: "mock-handlers: msw 3", suite: "msw 3, node:http" },
  { driver: "SDK by node:http", title: "msw 2", project: "mock-handlers: msw 2", suite: "msw 2, node:http" },
  { driver: "SDK by fetch", title: "socket", project: "mock-handlers: msw 3", suite: "socket, fetch" },
  { driver: "SDK by fetch", title: "msw 3", project: "mock-handlers: msw 3", suite: "msw 3, fetch" },
  { driver: "SDK by fetch", title: "msw 2", project: "mock-handlers: msw 2", suite: "msw 2, fetch" },
];

/** What the SDK has no part in. */
function notForTheSdk(number: number): string | undefined {
  if (number === 2) return "The SDK does not show the bytes of frames";
  return number >= 58 ? "The SDK does not call function URLs" : undefined;
}

export const caseLists: readonly CaseList[] = [
  { name: "format", title: "Event-stream format", last: 80 },
  {
    name: "lambda",
    title: "Lambda streaming contract",
    last: 82,
    columns: transports,
    lacks: notForTheSdk,
  },
  // 39 and 40 are about a web inspector.
  { name: "record", title: "Record and replay", last: 42, later: [39, 40] },
];

/** The only reasons for which a test may be skipped, numbered or not. */
export const skipReasons: readonly RegExp[] = [
  /^EVENTSTREAM_VECTORS is not set$/,
  // AWS's own runtime client has to be built first: npm run test:runtime-clients.
  /^EVENTSTREAM_LAMBDA_RIC is not set/,
  // The Python of this machine has no AWS SDK: apps/recorder/test/python.test.ts and other-languages.test.ts.
  /^No python3 here has botocore /,
  // SDKs that neither npm nor Debian has: apps/recorder/test/other-languages.test.ts.
  /^Debian's AWS SDK for Go is older than InvokeWithResponseStream$/,
  /^AWS's SDK for (Java|Rust) is in no registry that tests install from$/,
  // Programs of the machine that the recorder's output is given to. There is no Debian package of pwsh.
  /^(curl|bash|zsh|fish|pwsh|script) is not installed$/,
  // What a transport cannot show: packages/mock-handlers/test/over/skips.ts.
  /^Over (a transport|a socket|msw|msw 2): /,
  // What msw and the SDK's own transports cannot show: packages/mock-handlers/test.
  /^msw 2 does not tell a handler that the client has gone$/,
  /^FetchHttpHandler gives a Blob for an empty body, /,
  /^an abort over fetch can get lost in undici's garbage collection, /,
  /^over HTTP\/2 the SDK's stream ends without an error when it is aborted$/,
];
