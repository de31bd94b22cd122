import { createHash } from "node:crypto";
import { lstat, mkdir, mkdtemp, readdir, readFile, rename, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  createRecorder,
  exchangeChunks,
  fixCassetteText,
  formatCassette,
  formatCassetteText,
  itemBytes,
  type Cassette,
  parseCassette,
} from "@eventstream-kit/cassette";
import { loadCassette, payloadFiles, removeCassette, saveCassette } from "@eventstream-kit/cassette/node";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { hexOf } from "./support/bytes.ts";
import { cassetteOf, recorded, requestOf } from "./support/exchanges.ts";
import { chunkFrame } from "./support/frames.ts";
import { rejected, thrown } from "./support/thrown.ts";

const secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
const nameOf = (payload: string) => `${createHash("sha256").update(payload).digest("hex")}.bin`;
const long = (character: string) => character.repeat(65_537);
const longer = "\u0001".repeat(1_500_000);
const cassetteWith = (...payloads: string[]) => cassetteOf([recorded(payloads.map(chunkFrame))]);

/** Everything there is to say, with bytes as their hash: comparing megabytes one by one takes minutes. */
const facts = (cassette: Cassette): unknown =>
  JSON.parse(
    JSON.stringify(cassette, (_, value: unknown) =>
      value instanceof Uint8Array
        ? createHash("sha256").update(value).digest("hex")
        : value instanceof Map
          ? [...(value as Map<unknown, unknown>)]
          : value,
    ),
  );

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "cassette-"));
  path = join(folder, "chat.cassette.jsonl");
});
afterEach(() => rm(folder, { recursive: true }));

const filesOf = async () => (await readdir(`${path}.d`).catch((): string[] => [])).sort();
const state = async () => [await readFile(path, "utf8"), await filesOf(), await readdir(folder)];
/** The file of a payload that most tests have. */
const file = () => join(`${path}.d`, nameOf(long("a")));
const linesOf = async (kind: string) =>
  (await readFile(path, "utf8"))
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, unknown>)
    .filter(({ k }) => k === kind);

describe("payloads of more than 64 KiB", () => {
  test("are files beside the cassette, for the owner only, and come back", async () => {
    const cassette = cassetteWith("short", "x".repeat(65_536), long("y"), longer);
    const saved = await saveCassette(path, cassette, { secrets: [] });
    expect(await filesOf()).toEqual([nameOf(long("y")), nameOf(longer)].sort());
    for (const name of await filesOf()) expect((await stat(join(`${path}.d`, name))).mode & 0o777).toBe(0o600);
    const frames = await linesOf("frame");
    expect(frames.map(({ text }) => (text as string | undefined)?.length)).toEqual([5, 65_536, undefined, undefined]);
    expect(frames.slice(2).map((line) => [line["file"], line["bytes"]])).toEqual([
      [`chat.cassette.jsonl.d/${nameOf(long("y"))}`, 65_537],
      [`chat.cassette.jsonl.d/${nameOf(longer)}`, 1_500_000],
    ]);
    expect(facts(await loadCassette(path))).toEqual(facts(cassette));
    const text = await readFile(path, "utf8");
    expect(saved).toEqual({ bytes: text.length + 65_537 + 1_500_000, files: 2 });
  });

  test("and bodies of requests, with headers and other types of frames as ever", async () => {
    const request = requestOf({ body: long("b") });
    const cassette = cassetteOf([recorded([chunkFrame(long("b"))], { request })]);
    await saveCassette(path, cassette, { secrets: [] });
    expect(await filesOf()).toEqual([nameOf(long("b"))]);
    expect(facts(await loadCassette(path))).toEqual(facts(cassette));
  });

  test("have the chunks in which they came", async () => {
    const frame = chunkFrame(longer);
    const chunks = Array.from({ length: 15 }, (_, index) => frame.subarray(index * 100_016, (index + 1) * 100_016));
    await saveCassette(path, cassetteOf([recorded(chunks)]), { secrets: [] });
    const { exchanges } = await loadCassette(path);
    expect(exchangeChunks(exchanges[0]!).map(hexOf)).toEqual(chunks.map(hexOf));
  });

  test("do not fit a cassette that is a text alone", () => {
    expect(thrown(() => formatCassette(cassetteWith(longer))).code).toBe("line_length");
  });
});

describe("files that are not named any more", () => {
  test("go when the cassette is recorded again, and the folder with the last", async () => {
    await saveCassette(path, cassetteWith(long("a"), long("b")), { secrets: [] });
    await saveCassette(path, cassetteWith(long("b"), long("c")), { secrets: [] });
    expect(await filesOf()).toEqual([nameOf(long("b")), nameOf(long("c"))].sort());
    await saveCassette(path, cassetteWith("short"), { secrets: [] });
    expect(await readdir(folder)).toEqual(["chat.cassette.jsonl"]);
  });

  test("stay while a line of the cassette that is added to names them", async () => {
    await saveCassette(path, cassetteWith(long("a")), { secrets: [] });
    await saveCassette(path, cassetteWith(long("b")), { secrets: [], append: true });
    expect(await filesOf()).toEqual([nameOf(long("a")), nameOf(long("b"))].sort());
    const { header, exchanges } = cassetteWith(long("a"));
    expect(facts(await loadCassette(path))).toEqual(
      facts({ header, exchanges: [...exchanges, ...cassetteWith(long("b")).exchanges] }),
    );
  });

  test("stay when they are somebody else's; those of a killed write go", async () => {
    await saveCassette(path, cassetteWith(long("a")), { secrets: [] });
    await writeFile(join(`${path}.d`, "notes.txt"), "mine");
    const left = `.${nameOf(long("z"))}.01234567-89ab-cdef-0123-456789abcdef.tmp`;
    await writeFile(join(`${path}.d`, left), "half");
    await saveCassette(path, cassetteWith("short"), { secrets: [] });
    expect(await filesOf()).toEqual(["notes.txt"]);
  });

  test("that cannot be removed are an error, and what was added is there once", async () => {
    await saveCassette(path, cassetteWith("first"), { secrets: [] });
    // No file, so that even root cannot remove it as one.
    await mkdir(file(), { recursive: true });
    const added = saveCassette(path, cassetteWith("second"), { secrets: [], append: true });
    expect(await rejected(added)).toMatchObject({ code: "file", path });
    expect((await loadCassette(path)).exchanges).toHaveLength(2);
  });
});

describe("what cannot be saved leaves everything as it was", () => {
  test.each([
    ["a secret in a long payload", cassetteWith(long("a"), `${long("n")}${secret}`), "secret"],
    [
      "a secret at the boundary of long payloads",
      cassetteWith(`${long("n")}${secret.slice(0, 9)}`, `${secret.slice(9)}${long("n")}`),
      "secret",
    ],
    [
      "a secret in the long body of a request",
      cassetteOf([recorded([], { request: requestOf({ body: `${long("n")}${secret}` }) })]),
      "secret",
    ],
    [
      "a secret with escapes in base64 in a long payload",
      cassetteWith(
        JSON.stringify({ n: long("n"), bytes: btoa(`{"key":"${secret.replaceAll("/", String.raw`\/`)}"}`) }),
      ),
      "secret",
    ],
    [
      "more than 10 MiB",
      cassetteWith(...Array.from({ length: 11 }, (_, index) => String(index).padStart(1_048_576))),
      "size",
    ],
  ])("%s", async (_, cassette, code) => {
    await saveCassette(path, cassetteWith(long("a")), { secrets: [] });
    const before = await state();
    for (const append of [false, true]) {
      expect((await rejected(saveCassette(path, cassette, { secrets: [secret], append }))).code).toBe(code);
      expect(await state()).toEqual(before);
    }
  });

  test("a secret in a payload's file that is there already", async () => {
    await saveCassette(path, cassetteWith(`${long("n")}${secret}`), { secrets: [] });
    const before = await state();
    const added = saveCassette(path, cassetteWith("short"), { secrets: [secret], append: true });
    expect((await rejected(added)).code).toBe("secret");
    expect(await state()).toEqual(before);
  });

  test("more than 10 MiB can be asked for", async () => {
    const large = cassetteWith(...Array.from({ length: 11 }, (_, index) => String(index).padStart(1_048_576)));
    await saveCassette(path, large, { secrets: [], large: true });
    expect(facts(await loadCassette(path))).toEqual(facts(large));
  });

  test("a folder's place that is taken", async () => {
    await writeFile(`${path}.d`, "a file");
    expect((await rejected(saveCassette(path, cassetteWith(long("a")), { secrets: [] }))).code).toBe("file");
    expect(await readdir(folder)).toEqual(["chat.cassette.jsonl.d"]);
  });
});

describe("a linked folder is refused, and nothing is written or removed, in it or beside it", () => {
  let elsewhere: string;
  beforeEach(async () => {
    elsewhere = join(folder, "elsewhere");
    await saveCassette(path, cassetteWith(long("a")), { secrets: [] });
    await rename(`${path}.d`, elsewhere);
    await symlink(elsewhere, `${path}.d`);
  });
  const everything = async () => [await state(), await readdir(elsewhere)];

  test.each<[name: string, write: () => Promise<unknown>]>([
    ["saving a long payload", () => saveCassette(path, cassetteWith(long("b")), { secrets: [] })],
    ["saving none, which removes what is not named", () => saveCassette(path, cassetteWith("b"), { secrets: [] })],
    ["adding", () => saveCassette(path, cassetteWith("b"), { secrets: [], append: true })],
    ["removing the cassette", () => removeCassette(path)],
  ])("%s", async (_, write) => {
    const before = await everything();
    const error = await rejected(write());
    expect(error).toMatchObject({ code: "file", path });
    expect(error.message).toContain(`${path}.d is a link`);
    expect(await everything()).toEqual(before);
  });
});

describe("what has a payload's name and is not that payload is replaced", () => {
  test.each<[name: string, spoil: () => Promise<unknown>]>([
    ["a link, whatever it leads to", () => rm(file()).then(() => symlink(join(folder, "mine"), file()))],
    ["a link to nothing", () => rm(file()).then(() => symlink(join(folder, "nowhere"), file()))],
    ["another content", () => writeFile(file(), long("b"))],
    ["half of it", () => writeFile(file(), "a")],
    ["nothing", () => writeFile(file(), "")],
  ])("%s", async (_, spoil) => {
    await writeFile(join(folder, "mine"), long("a"));
    await saveCassette(path, cassetteWith(long("a")), { secrets: [] });
    await spoil();
    await saveCassette(path, cassetteWith(long("a")), { secrets: [] });
    expect((await lstat(file())).isFile()).toBe(true);
    expect(facts(await loadCassette(path))).toEqual(facts(cassetteWith(long("a"))));
    // It was not written through a link either.
    expect(await readFile(join(folder, "mine"), "utf8")).toBe(long("a"));
    expect(await readdir(folder)).toEqual(["chat.cassette.jsonl", "chat.cassette.jsonl.d", "mine"]);
  });

  test("and what is that payload is left alone", async () => {
    await saveCassette(path, cassetteWith(long("a")), { secrets: [] });
    const { ino } = await stat(file());
    await saveCassette(path, cassetteWith(long("a"), "more"), { secrets: [] });
    expect((await stat(file())).ino).toBe(ino);
  });
});

describe("loading refuses", () => {
  beforeEach(() => saveCassette(path, cassetteWith(long("a")), { secrets: [] }).then(() => undefined));
  test.each<[name: string, spoil: () => Promise<unknown>, field: string]>([
    ["a file that is gone", () => rm(file()), "frame.file"],
    ["another size", () => writeFile(file(), "short"), "frame.bytes"],
    ["another content", () => writeFile(file(), long("b")), "frame.file"],
    [
      "a link",
      async () => {
        await rename(file(), join(folder, "elsewhere"));
        await symlink(join(folder, "elsewhere"), file());
      },
      "frame.file",
    ],
    [
      "a linked folder",
      async () => {
        await rename(`${path}.d`, join(folder, "elsewhere"));
        await symlink(join(folder, "elsewhere"), `${path}.d`);
      },
      "frame.file",
    ],
    [
      "a folder",
      async () => {
        await rm(file());
        await mkdir(file());
      },
      "frame.file",
    ],
  ])("%s", async (_, spoil, field) => {
    await spoil();
    expect(await rejected(loadCassette(path))).toMatchObject({ code: "integrity", path, line: 4, field });
  });

  test.each([
    ["/etc/passwd"],
    ["../chat.cassette.jsonl.d/NAME"],
    ["chat.cassette.jsonl.d/../NAME"],
    ["a/chat.cassette.jsonl.d/NAME"],
    ["chat.cassette.jsonl.d\\\\NAME"],
    ["C:chat.d/NAME"],
    ["NAME"],
    ["..d/"],
  ])("the path %s", async (given) => {
    const text = (await readFile(path, "utf8")).replace(
      `"chat.cassette.jsonl.d/${nameOf(long("a"))}"`,
      `"${given.replace("NAME", nameOf(long("a")))}"`,
    );
    await writeFile(path, text);
    expect(await rejected(loadCassette(path))).toMatchObject({ code: "field", line: 4, field: "frame.file" });
  });

  test("another payload beside the file, no size, and files where there are none", async () => {
    const text = await readFile(path, "utf8");
    const changed = (by: string) =>
      thrown(() => parseCassette(text.replace('"bytes":65537', by), { readFile: payloadFiles(path) }));
    expect(changed('"bytes":65537,"text":""')).toMatchObject({ code: "field", field: "frame.text" });
    expect(changed('"bytes":"65537"')).toMatchObject({ code: "field", field: "frame.bytes" });
    expect(thrown(() => parseCassette(text))).toMatchObject({ code: "field", line: 4, field: "frame.file" });
  });
});

test("formatting and fixing leave payloads in their files", async () => {
  await saveCassette(path, cassetteWith(long("a"), "b"), { secrets: [] });
  const text = await readFile(path, "utf8");
  const options = { readFile: payloadFiles(path) };
  expect(formatCassetteText(text.replaceAll('","', '", "'), options)).toBe(text);
  expect(fixCassetteText(text, options).changes).toEqual([]);
  const { text: fixed } = fixCassetteText(text.replace('"text":"b"', '"text":"better"'), options);
  const { exchanges } = parseCassette(fixed, options);
  expect(exchanges[0]!.items.map(itemBytes).map((bytes) => bytes.length)).toEqual(
    [long("a"), "better"].map((payload) => chunkFrame(payload).length),
  );
});

test("a frame of more than 24 MiB is raw: nobody waits for its end", () => {
  const frame = chunkFrame("x");
  new DataView(frame.buffer, frame.byteOffset).setUint32(0, 25 * 1_048_576);
  const recording = createRecorder().start(requestOf());
  recording.head({ status: 200, headers: [["content-type", "application/vnd.amazon.eventstream"]] });
  recording.chunk(frame);
  expect(recording.end().items.map((item) => item.kind)).toEqual(["raw"]);
});
