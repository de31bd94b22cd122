import { dirname, join, resolve } from "node:path";
import process from "node:process";
import { expect, onTestFinished, TestRunner, type TestContext } from "vitest";
import type { ReplayClientOptions } from "../aws-sdk/playback.ts";
import type { SdkClient } from "../aws-sdk/sdk-client.ts";
import { cassetteMode, type CassetteMode } from "../cassette-mode.ts";
import { recorderOptions, type RecorderOptions } from "../create-recorder.ts";
import { CassetteError } from "../errors.ts";
import { cassetteSlug } from "../node/cassette-slug.ts";
import { cassetteExtension } from "../node/load-cassette.ts";
import { badOption, requireKnown, requireOneOf } from "../options.ts";
import { replayOptions } from "../replay.ts";
import { CassetteSession, type SessionReport } from "./cassette-session.ts";

export interface UseCassetteOptions extends ReplayClientOptions, RecorderOptions {
  /**
   * What happens to calls. `EVENTSTREAM_MODE` in the environment has precedence, and so has `CI`, which means `replay`.
   * Default `auto`.
   */
  readonly mode?: CassetteMode;
  /**
   * The folder of the cassette, from the folder of the test file. `EVENTSTREAM_DIR` in the environment, from the working
   * directory, has precedence. Default `cassettes`.
   */
  readonly dir?: string;
  /**
   * What a test that has passed makes of recordings in its cassette that it did not play: `fail` it, `warn`, or `ignore`
   * them. Default `fail`.
   */
  readonly unused?: "fail" | "warn" | "ignore";
  /** Writes what was recorded also when the test has failed. Default false. */
  readonly saveFailed?: boolean;
  /**
   * Keeps answers that the client left early in the cassette, for a test that aborts on purpose. Replayed, they break off
   * where the client left. Default: they go to `<cassette>.partial`, which is not replayed, and the test warns.
   */
  readonly keepPartial?: boolean;
  /** The context that vitest gives the test. Needed in concurrent tests: there vitest does not know who calls. */
  readonly context?: TestContext;
}

/** A cassette in use by a test. */
export interface UsedCassette {
  /** The mode in effect. */
  readonly mode: CassetteMode;
  /** Where the cassette is, or will be. */
  readonly path: string;
  /**
   * Answers the calls of a client from the cassette, or records them, until the test ends.
   *
   * @returns the client.
   * @throws CassetteError `option`; `state` for a client that has a cassette already.
   */
  readonly use: <Client extends SdkClient>(client: Client) => Client;
}

/**
 * Gives a vitest test a cassette for the calls of its AWS SDK clients. Call it inside a test, or in `beforeEach`.
 *
 * The file is `<dir>/<name as a slug>.cassette.jsonl`. It is written when the test has ended and passed. A call without
 * recording, which nothing recorded either, fails the test even when the code under test swallows the error.
 *
 * On a build machine (`CI`) it replays: nothing is written and nothing is sent, whatever `mode` says in the code.
 *
 * @param name of the cassette, and its title. One for each test.
 * @throws CassetteError `option`; `state` outside of a test, and for two tests that record into one file, at the same time or one
 *   after the other, in one test file or in two; what
 *   `loadCassette` throws. ServiceError `fault_syntax` or `fault_range`.
 */
export async function useCassette(name: string, options: UseCassetteOptions = {}): Promise<UsedCassette> {
  const { unused = "fail", saveFailed = false, keepPartial = false, context } = options;
  // A test without types may take it from somewhere.
  if (typeof name !== "string") throw badOption("name", name, "the name of a cassette");
  requireKnown("", options, knownOptions);
  requireOneOf("unused", unused, ["fail", "warn", "ignore"]);
  const mode = cassetteMode(options.mode, process.env);
  const path = join(folderOf(options.dir), cassetteSlug(name) + cassetteExtension);
  if (!context && TestRunner.getCurrentTest()?.concurrent) throw needsContext(name);
  const session = new CassetteSession({ ...options, title: name, path, mode, keepPartial });
  // Before anything is awaited: afterwards vitest may take another test for the one that runs.
  atEnd(context, async ({ task }) => {
    const report = await session.close();
    const { state, errors = [] } = task.result ?? {};
    const saves = state === "pass" || saveFailed;
    try {
      if (saves) await session.save({ file: task.file.filepath, name: task.fullTestName, place: placeOf(task.id) });
    } finally {
      await session.discard();
    }
    if (report.partial > 0 && saves && !keepPartial && mode !== "passthrough")
      console.warn(leftEarly(path, report.partial));
    const known = errors.map(({ message }) => message).join("\n");
    const missed = report.misses.find(({ message }) => !known.includes(message));
    if (missed) throw new CassetteError("miss", missed.message, { miss: missed, path });
    if (state === "pass" && report.unused.length > 0) complain(unused, path, report);
  });
  await session.open();
  return {
    mode,
    path,
    use(client) {
      session.use(client);
      return client;
    },
  };
}

const knownOptions = {
  ...replayOptions,
  ...recorderOptions,
  mode: true,
  dir: true,
  unused: true,
  saveFailed: true,
  keepPartial: true,
  context: true,
} as const;

function folderOf(dir = "cassettes"): string {
  const { EVENTSTREAM_DIR: wanted = "" } = process.env;
  if (wanted !== "") return resolve(wanted);
  const { testPath } = expect.getState();
  return resolve(testPath === undefined ? "" : dirname(testPath), dir);
}

function atEnd(context: TestContext | undefined, work: (context: TestContext) => Promise<void>): void {
  try {
    if (context) context.onTestFinished(work);
    else onTestFinished(work);
  } catch (cause) {
    throw new CassetteError(
      "state",
      "Using a cassette: no test is running; expected useCassette to be called in a test, or in beforeEach",
      { cause },
    );
  }
}

/** An id has a hash of the project and the file in front of it: `-1234567890_0_2`. */
function placeOf(id: string): string {
  return id.replace(/^[^_]*_/, "");
}

function complain(how: "fail" | "warn" | "ignore", path: string, { unused }: SessionReport): void {
  if (how === "ignore") return;
  const message = `${path} has recordings that the test did not play: ${unused.join("; ")}. Take them out, record again with EVENTSTREAM_MODE=record, or say unused: "ignore"`;
  if (how === "fail") throw new CassetteError("unused", message, { path });
  console.warn(message);
}

function needsContext(name: string): CassetteError {
  return new CassetteError(
    "state",
    `Using the cassette ${JSON.stringify(name)}: the test is concurrent; expected its context, as in test.concurrent("...", async (context) => useCassette(${JSON.stringify(name)}, { context }))`,
  );
}

function leftEarly(path: string, count: number): string {
  return `${String(count)} answer${count === 1 ? " was" : "s were"} left before the end, and will not be replayed: see ${path}.partial. For a test that does so on purpose, say keepPartial: true`;
}
