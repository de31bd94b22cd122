import { spawn } from "node:child_process";
import { chmod, mkdir, mkdtemp, readdir, readFile, rename, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { endOf, formatCassette, parseCassette } from "@eventstream-kit/cassette";
import { loadCassette, loadCassettes, saveCassette } from "@eventstream-kit/cassette/node";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { cassetteOf, recorded, requestOf } from "./support/exchanges.ts";
import { chunkFrame } from "./support/frames.ts";
import { golden } from "./support/golden.ts";
import { rejected } from "./support/thrown.ts";

const key = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
const clean = cassetteOf([recorded([chunkFrame("Hello")])]);
const dirty = cassetteOf([recorded([chunkFrame(`my key is ${key}`)])]);
const split = cassetteOf([recorded([chunkFrame(key.slice(0, 20)), chunkFrame(key.slice(20))])]);

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "cassette-"));
  path = join(folder, "chat.cassette.jsonl");
});
afterEach(() => rm(folder, { recursive: true }));

describe("saving", () => {
  test("writes the canonical text, readable for the owner only, and nothing else", async () => {
    await saveCassette(path, clean, { secrets: [key] });
    expect(await readFile(path, "utf8")).toBe(formatCassette(clean));
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(await readdir(folder)).toEqual(["chat.cassette.jsonl"]);
  });

  test("makes folders", async () => {
    const deep = join(folder, "a", "b", "c.cassette.jsonl");
    await saveCassette(deep, clean, { secrets: [] });
    expect(await loadCassette(deep)).toEqual(clean);
  });

  test("replaces what is there", async () => {
    await saveCassette(path, cassetteOf([]), { secrets: [] });
    await saveCassette(path, clean, { secrets: [] });
    expect(await loadCassette(path)).toEqual(clean);
  });

  test("passes over what is no text among the secrets, and counts it", async () => {
    const credentials = { expiration: new Date(0), sessionToken: undefined, $source: {}, secretAccessKey: key };
    const secrets = Object.values(credentials) as string[];
    await saveCassette(path, clean, { secrets });
    const error = await rejected(saveCassette(path, dirty, { secrets }));
    expect(error).toMatchObject({ code: "secret", found: { index: 3 } });
  });

  test.each([[""], ["", undefined as never]])("takes a secret that somebody does not have: %j", async (...secrets) => {
    await saveCassette(path, clean, { secrets });
    expect(await loadCassette(path)).toEqual(clean);
  });

  test.each([undefined, {}, { secrets: key }, { secrets: [undefined] }, { secrets: [], secret: key }])(
    "without knowing what is secret writes nothing: %j",
    async (options) => {
      const error = await rejected(saveCassette(path, dirty, options as never));
      expect(error.code).toBe("option");
      expect(error.message).not.toContain(key);
      expect(await readdir(folder)).toEqual([]);
    },
  );

  test.each([
    ["in the text", dirty],
    ["cut in two by a frame boundary", split],
  ])("with a secret %s writes nothing", async (_, cassette) => {
    const error = await rejected(saveCassette(path, cassette, { secrets: ["other-secret", key] }));
    expect(error.code).toBe("secret");
    expect(error.message).not.toContain(key);
    expect(await readdir(folder)).toEqual([]);
  });

  test.each([
    ["replacing", false],
    ["appending", true],
  ])("with a secret, %s, leaves what is there untouched", async (_, append) => {
    await saveCassette(path, clean, { secrets: [] });
    const before = [await readFile(path, "utf8"), (await stat(path)).ino];
    expect((await rejected(saveCassette(path, dirty, { secrets: [key], append }))).code).toBe("secret");
    expect([await readFile(path, "utf8"), (await stat(path)).ino]).toEqual(before);
    expect(await readdir(folder)).toEqual(["chat.cassette.jsonl"]);
  });

  test("what could not be loaded again is not written", async () => {
    const exchange = clean.exchanges[0]!;
    const wrong = cassetteOf([{ ...exchange, end: { ...endOf(exchange.items), bytes: 1 } }]);
    expect(await rejected(saveCassette(path, wrong, { secrets: [] }))).toMatchObject({
      code: "integrity",
      field: "end.bytes",
      path,
    });
    expect(await readdir(folder)).toEqual([]);
  });

  test("a folder that cannot be made is a file error", async () => {
    await writeFile(join(folder, "file"), "");
    await symlink(join(folder, "nowhere"), join(folder, "link"));
    const special = process.platform === "linux" ? ["/proc/nothing"] : [];
    for (const parent of [join(folder, "file"), join(folder, "link"), ...special]) {
      const deep = join(parent, "a", "b.cassette.jsonl");
      expect(await rejected(saveCassette(deep, clean, { secrets: [] }))).toMatchObject({ code: "file", path: deep });
    }
    expect(await readdir(folder)).toEqual(["file", "link"]);
  });

  test("makes folders that others make at the same time", async () => {
    const names = Array.from({ length: 20 }, (_, index) => join(folder, "a", "b", `${index}.cassette.jsonl`));
    await Promise.all(names.map((name) => saveCassette(name, clean, { secrets: [] })));
    expect(await readdir(join(folder, "a", "b"))).toHaveLength(20);
  });

  test("a folder in the way is a file error, and nothing is left", async () => {
    await mkdir(path);
    expect(await rejected(saveCassette(path, clean, { secrets: [] }))).toMatchObject({ code: "file", path });
    expect(await readdir(folder)).toEqual(["chat.cassette.jsonl"]);
  });
});

describe("appending", () => {
  const second = cassetteOf([recorded([chunkFrame("again")], { request: requestOf({ body: "2" }) })], {
    title: "not used",
  });

  test("adds the exchanges and leaves every line, comments too", async () => {
    const before = `${formatCassette(clean)}# mine\n`;
    await writeFile(path, before);
    await saveCassette(path, second, { secrets: [], append: true });
    expect(await readFile(path, "utf8")).toBe(before + formatCassette(second).split("\n").slice(1).join("\n"));
    expect((await loadCassette(path)).exchanges).toEqual([...clean.exchanges, ...second.exchanges]);
  });

  test("ends a last line that has no end", async () => {
    await writeFile(path, formatCassette(clean).trimEnd());
    await saveCassette(path, second, { secrets: [], append: true });
    expect((await loadCassette(path)).exchanges).toHaveLength(2);
  });

  test("adds to a file that is read-only, as replacing does", async () => {
    await saveCassette(path, clean, { secrets: [] });
    await chmod(path, 0o444);
    await saveCassette(path, second, { secrets: [], append: true });
    expect((await loadCassette(path)).exchanges).toHaveLength(2);
  });

  test("makes a new cassette where there is none", async () => {
    await saveCassette(path, second, { secrets: [], append: true });
    expect(await loadCassette(path)).toEqual(second);
  });

  test("many at one time: none is lost, none is mixed with another", async () => {
    const cassettes = Array.from({ length: 50 }, (_, index) => {
      const request = requestOf({ target: `/${String(index)}` });
      return cassetteOf([recorded([chunkFrame(String(index)), chunkFrame("end")], { request })]);
    });
    await Promise.all(cassettes.map((cassette) => saveCassette(path, cassette, { secrets: [], append: true })));
    const { exchanges } = await loadCassette(path);
    expect(exchanges).toEqual(cassettes.flatMap((cassette) => cassette.exchanges));
  });

  test("one that fails does not stop the next", async () => {
    const results = await Promise.allSettled([
      saveCassette(path, dirty, { secrets: [key], append: true }),
      saveCassette(path, clean, { secrets: [key], append: true }),
    ]);
    expect(results.map(({ status }) => status)).toEqual(["rejected", "fulfilled"]);
    expect(await loadCassette(path)).toEqual(clean);
  });

  test("to what is no cassette is refused, and leaves it", async () => {
    await writeFile(path, "my diary\n");
    const error = await rejected(saveCassette(path, clean, { secrets: [], append: true }));
    expect(error).toMatchObject({ code: "syntax", line: 1, path });
    expect(await readFile(path, "utf8")).toBe("my diary\n");
  });

  describe("to what this process has written", () => {
    test("is the same text as saving all at once", async () => {
      await saveCassette(path, clean, { secrets: [] });
      const saved = await saveCassette(path, second, { secrets: [], append: true });
      const all = formatCassette({ ...clean, exchanges: [...clean.exchanges, ...second.exchanges] });
      expect(await readFile(path, "utf8")).toBe(all);
      expect(saved).toEqual({ bytes: Buffer.byteLength(all), files: 0 });
      expect((await stat(path)).mode & 0o777).toBe(0o600);
    });

    test.each<[string, (text: string) => Promise<void>]>([
      ["in place", (text) => writeFile(path, text)],
      [
        "with another file, of the same size",
        async (text) => {
          await writeFile(`${path}.new`, text);
          await rename(`${path}.new`, path);
        },
      ],
    ])("what somebody has changed since %s is checked", async (_, change) => {
      await saveCassette(path, clean, { secrets: [] });
      const text = (await readFile(path, "utf8")).replace("Hello", "Jello");
      await change(text);
      const error = await rejected(saveCassette(path, second, { secrets: [], append: true }));
      expect(error).toMatchObject({ code: "integrity", path });
      expect(await readFile(path, "utf8")).toBe(text);
    });

    test("another secret is looked for in all of it", async () => {
      await saveCassette(path, dirty, { secrets: ["another-secret"] });
      await saveCassette(path, clean, { secrets: ["another-secret"], append: true });
      const error = await rejected(saveCassette(path, clean, { secrets: ["another-secret", key], append: true }));
      expect(error).toMatchObject({ code: "secret", line: 4 });
    });

    test("errors name the line it would have in the file", async () => {
      await saveCassette(path, clean, { secrets: [key] });
      const error = await rejected(saveCassette(path, dirty, { secrets: [key], append: true }));
      const before = formatCassette(clean).split("\n").length - 1;
      expect(error).toMatchObject({ code: "secret", line: before + 3 });
    });

    test("what is there counts for the largest size, payload files too", async () => {
      const long = cassetteOf([recorded([chunkFrame("x".repeat(6 * 1_048_576))])]);
      const other = cassetteOf([recorded([chunkFrame("y".repeat(6 * 1_048_576))])]);
      await saveCassette(path, long, { secrets: [] });
      const { bytes, files } = await saveCassette(path, long, { secrets: [], append: true });
      // One payload, named twice.
      expect([bytes < 7 * 1_048_576, files]).toEqual([true, 1]);
      expect((await rejected(saveCassette(path, other, { secrets: [], append: true }))).code).toBe("size");
      expect((await loadCassette(path)).exchanges).toHaveLength(2);
    });
  });

  test("a secret in what is there is found as well", async () => {
    await writeFile(path, formatCassette(dirty));
    expect((await rejected(saveCassette(path, clean, { secrets: [key], append: true }))).code).toBe("secret");
  });
});

test("a process killed while it writes leaves a whole cassette", async () => {
  await saveCassette(path, clean, { secrets: [] });
  const writer = fileURLToPath(new URL("support/endless-writer.ts", import.meta.url));
  for (const writes of [1, 3, 8]) {
    const child = spawn(process.execPath, ["--conditions=@eventstream-kit/source", writer, path], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    let seen = 0;
    // Killed in the middle of whatever comes after so many writes.
    child.stdout.on("data", (chunk: Buffer) => {
      seen += chunk.length;
      if (seen >= writes) child.kill("SIGKILL");
    });
    await new Promise((resolve) => child.on("close", resolve));
    expect(child.signalCode).toBe("SIGKILL");
    const { exchanges } = await loadCassette(path);
    expect(exchanges.length).toBeGreaterThanOrEqual(1 + writes);
  }
  // What a killed write leaves behind is not taken for a cassette.
  expect(await loadCassettes(folder)).toHaveLength(1);
}, 30_000);

describe("loading", () => {
  test("a file, with CRLF as a checkout may have it", async () => {
    await writeFile(path, golden("worked-example").replaceAll("\n", "\r\n"));
    expect(await loadCassette(path)).toEqual(parseCassette(golden("worked-example")));
  });

  test("errors name the file, the line and the field", async () => {
    await writeFile(path, golden("worked-example").replace('"items":4', '"items":3'));
    const error = await rejected(loadCassette(path));
    expect(error).toMatchObject({ code: "integrity", path, line: 8, field: "end.items" });
    expect(error.message).toContain(path);
  });

  test("a file that is not there", async () => {
    expect(await rejected(loadCassette(path))).toMatchObject({ code: "file", path, cause: { code: "ENOENT" } });
    const { code, message } = await rejected(loadCassettes([path]));
    expect({ code, message }).toEqual({
      code: "file",
      message: `Could not read ${path}: ENOENT: no such file or directory`,
    });
  });

  test("a folder: its cassettes in the order of their names, nothing else", async () => {
    for (const name of ["d", "b", "e", "a", "c"]) {
      const cassette = cassetteOf([], { title: name });
      await saveCassette(join(folder, `${name}.cassette.jsonl`), cassette, { secrets: [] });
    }
    await writeFile(join(folder, "notes.jsonl"), "no cassette");
    await writeFile(join(folder, "c.cassette.jsonl.partial"), "half a cassette");
    await mkdir(join(folder, "deeper"));
    const titles = (await loadCassettes(folder)).map(({ header }) => header.title);
    expect(titles).toEqual(["a", "b", "c", "d", "e"]);
    const twice = await loadCassettes([join(folder, "b.cassette.jsonl"), folder]);
    expect(twice.map(({ header }) => header.title)).toEqual(["b", ...titles]);
  });

  test("a folder without cassettes", async () => {
    expect(await rejected(loadCassettes(folder))).toMatchObject({ code: "file", path: folder });
  });
});
