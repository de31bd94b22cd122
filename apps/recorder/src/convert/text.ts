import { itemBytes, type Exchange, type Item } from "@eventstream-kit/cassette";
import { titleOf } from "../inspect/inspection.ts";
import { printable } from "../inspect/printable.ts";

/**
 * A recorded call as people tell it: request line and body, status, then a line for each frame with its name and the
 * payload as text, trailers, and how the body ended.
 */
export function transcript({ request, response, items, trailers = [], end }: Exchange): string {
  const type = response.headers.find(([name]) => name === "content-type")?.[1];
  const lines = [
    `${request.method} ${printable(request.path)}`,
    ...(request.body.length > 0 ? [`  ${said(request.body)}`] : []),
    [String(response.status), ...(type === undefined ? [] : [printable(type)])].join(" "),
    ...items.map(itemText),
    ...trailers.map(([name, value]) => `  (trailer) ${printable(`${name}: ${value}`)}`),
    `(${end.how})`,
  ];
  return `${lines.join("\n")}\n`;
}

function itemText(item: Item): string {
  if (item.kind === "raw") return `  (${item.why}) ${said(itemBytes(item))}`;
  const { name } = titleOf(item.message);
  return `  ${printable(name)}: ${said(item.message.payload)}`.trimEnd();
}

/** On one line; what is no text, by its size. */
function said(bytes: Uint8Array): string {
  try {
    return printable(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes));
  } catch {
    return `${bytes.length} bytes`;
  }
}
