import { itemBytes, type Item } from "@eventstream-kit/cassette";
import { hexDump } from "../inspect/hex-dump.ts";
import { textHeader, titleOf } from "../inspect/inspection.ts";
import { preview } from "../inspect/inspection-text.ts";
import { cut, printable } from "../inspect/printable.ts";
import { walkBody } from "../inspect/walk-body.ts";
import type { Colors } from "../terminal.ts";
import type { Format } from "./formats.ts";

export interface PrinterOptions {
  readonly colors: Colors;
  /** Columns of the terminal. */
  readonly width: number;
}

/** What is printed of the next item. Called in the order of the items, for it counts frames and bytes. */
export type ItemPrinter = (item: Item) => string | Uint8Array;

/** A printer of every format but the lines of a cassette, which are `itemLine`. */
export function itemPrinter(format: Exclude<Format, "jsonl">, options: PrinterOptions): ItemPrinter {
  if (format === "payload") return payloadOf;
  const row = format === "table" ? tableRow : hexRows;
  let [number, offset] = [0, 0];
  return (item) => {
    const bytes = itemBytes(item);
    const printed = row({ item, bytes, number: ++number, offset }, options);
    offset += bytes.length;
    return printed;
  };
}

/** What a program would have got: of Lambda's events, not the one that only says how it ended. */
function payloadOf(item: Item): Uint8Array {
  const isPayload = item.kind === "frame" && textHeader(item.message, ":event-type") !== "InvokeComplete";
  return isPayload ? item.message.payload : new Uint8Array();
}

interface PlacedItem {
  readonly item: Item;
  readonly bytes: Uint8Array;
  /** From 1. */
  readonly number: number;
  readonly offset: number;
}

/** Widths that most streams keep to: a row is printed before the next one is known. */
const [numberWidth, offsetWidth, bytesWidth, nameWidth] = [4, 9, 7, 20] as const;

function cells(no: string, at: string, size: string, name: string): string {
  return [no.padStart(numberWidth), at.padStart(offsetWidth), size.padStart(bytesWidth), name.padEnd(nameWidth)].join(
    "  ",
  );
}

function tableRow({ item, bytes, number, offset }: PlacedItem, { colors, width }: PrinterOptions): string {
  const { kind, name } = titleOf(item.kind === "frame" ? item.message : undefined);
  const said = item.kind === "frame" ? preview(item.message.payload) : item.why;
  const row = cells(String(number), String(offset), String(bytes.length), printable(name));
  const text = `${row}  ${cut(said, Math.max(12, width - row.length - 2))}`.trimEnd();
  const head = number === 1 ? `${colors.dim(`${cells("#", "offset", "bytes", "name")}  payload`)}\n` : "";
  const color = kind === "event" ? (plain: string) => plain : kind === "damaged" ? colors.red : colors.yellow;
  return `${head}${color(text)}\n`;
}

function hexRows({ bytes, number, offset, item }: PlacedItem, { colors }: PrinterOptions): string {
  // A raw item may be part of what is damaged: then only its first bytes can be told.
  const problem = item.kind === "raw" ? [...walkBody(bytes)][0]?.problem : undefined;
  const frame = {
    ...titleOf(item.kind === "frame" ? item.message : undefined),
    number,
    offset: 0,
    length: bytes.length,
  };
  const rows = hexDump({ body: bytes }, [{ ...frame, ...(problem ? { problem } : {}) }], colors, offset);
  return `${rows.slice(number === 1 ? 1 : 0).join("\n")}\n`;
}
