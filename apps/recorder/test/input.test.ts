import { Command } from "commander";
import { expect, test } from "vitest";
import type { CommandContext } from "../src/command.ts";
import { inputOf } from "../src/input.ts";
import { linesOf } from "../src/lines.ts";

test("On a terminal, without a file, there is nothing to read: the help is printed instead", () => {
  const notes: string[] = [];
  const terminal = { stdin: { isTTY: true }, say: (line: string) => notes.push(line) };
  const command = new Command("decode").argument("[file]").parse([], { from: "user" });
  expect(inputOf(command, { terminal } as unknown as CommandContext)).toBeUndefined();
  expect(notes.join("\n")).toContain("Usage: decode");
});

async function lines(...chunks: (string | Uint8Array)[]): Promise<string[]> {
  async function* source() {
    for (const chunk of chunks) yield typeof chunk === "string" ? Buffer.from(chunk) : chunk;
  }
  const all: string[] = [];
  for await (const line of linesOf(source())) all.push(line);
  return all;
}

test("Lines come out whole however they are cut, with LF or CRLF, with or without a last line end", async () => {
  expect(await lines("a\nb\r\n", "c")).toEqual(["a", "b", "c"]);
  expect(await lines("a", "b", "\r", "\n", "\n", "c\n")).toEqual(["ab", "", "c"]);
  const euro = Buffer.from("€\n");
  expect(await lines(euro.subarray(0, 1), euro.subarray(1))).toEqual(["€"]);
});

test("What is no text, or has no line ends, is refused", async () => {
  for (const bytes of [new Uint8Array([0xff]), Buffer.from("€").subarray(0, 1), new Uint8Array(1_100_000).fill(65)]) {
    await expect(lines("one\n", bytes)).rejects.toMatchObject({
      code: "integrity",
      message: expect.stringContaining("Line 2") as string,
    });
  }
});
