/** What the clients report, as the tables of the guide. */

/** Outcome to the ways that have it: "transport, client, reader". */
export type Outcomes = Readonly<Record<string, readonly string[]>>;
/** By the name of the case. The first has nothing wrong. */
export type Table = Readonly<Record<string, Outcomes>>;

interface Way {
  readonly transport: string;
  readonly client: string;
  readonly reader: string;
}

interface Column {
  readonly title: string;
  readonly has: (way: Way) => boolean;
}

const isSdk = ({ client }: Way) => client.startsWith("the SDK");

const columns: readonly Column[] = [
  { title: "the SDK's own loop", has: (way) => isSdk(way) && way.reader === "its own loop" },
  { title: "`readLambdaStream` of the SDK", has: (way) => isSdk(way) && way.reader === "readLambdaStream" },
  { title: "`decodeEvents` of `fetch`", has: (way) => !isSdk(way) && way.reader === "decodeEvents" },
  { title: "`readLambdaStream` of `fetch`", has: (way) => !isSdk(way) && way.reader === "readLambdaStream" },
];

/** One case by what was read and how that ended, flat. */
interface Result extends Way {
  /** Such as `one · two · `. */
  readonly read: string;
  /** `ends normally`, or what it throws. */
  readonly end: string;
}

/**
 * Two tables, for all versions of msw together: what each reader reports of each fault, and by which name, where transports
 * differ.
 */
export function renderGuide(tables: readonly Table[]): string {
  const cases = new Map<string, Result[]>();
  for (const [name, outcomes] of tables.flatMap((table) => Object.entries(table))) {
    cases.set(name, (cases.get(name) ?? []).concat(resultsOf(outcomes)));
  }
  const [whole] = cases.values();
  const rows = [...cases].map(([name, results]) =>
    [named(name)].concat(columns.map(({ has }) => cell(results.filter(has), whole!.filter(has)))),
  );
  const differing = [...cases].filter(([, results]) => columns.some(({ has }) => ends(results.filter(has)).length > 1));
  return [
    renderTable(["fault", ...columns.map(({ title }) => title)], rows),
    "",
    "_error_ has another name wherever you look:",
    "",
    renderDifferences(differing),
  ].join("\n");
}

function resultsOf(outcomes: Outcomes): Result[] {
  return Object.entries(outcomes).flatMap(([outcome, ways]) => {
    const at = outcome.lastIndexOf(" · ");
    const [read, end] = at === -1 ? ["", outcome] : [outcome.slice(0, at + 3), outcome.slice(at + 3)];
    return ways.map((way) => {
      const [transport, client, reader] = way.split(", ") as [string, string, string];
      return { transport, client, reader, read, end };
    });
  });
}

const placeOf = ({ client, transport }: Way) => `${client}, ${transport}`;
const ends = (results: readonly Result[]) => [...new Set(results.map(({ end }) => end))];
const throws = (end: string) => end.startsWith("throws ");

/** What a reader reports. In bold: it has not noticed. */
function cell(results: readonly Result[], whole: readonly Result[]): string {
  const [{ read, end }] = results as [Result];
  if (ends(results).length === 1) {
    const noticed = throws(end) || (read === whole[0]!.read && end === whole[0]!.end);
    return noticed ? `${read}${end}` : `${read}**${end}**`;
  }
  const unnoticed = [...new Set(results.filter((one) => !throws(one.end)).map(({ transport }) => transport))];
  return `${read}throws _error_${unnoticed.map((transport) => `; over ${transport} **ends normally**`).join("")}`;
}

/** A line for each client, a column for each fault. Faults with the same names share one. */
function renderDifferences(cases: readonly (readonly [name: string, results: readonly Result[]])[]): string {
  const places = [...new Set(cases.flatMap(([, results]) => results.map(placeOf)))];
  const byContent = new Map<string, { names: string[]; cells: string[] }>();
  for (const [name, results] of cases) {
    const cells = places.map((place) => namesOf(results.filter((result) => placeOf(result) === place)));
    const same = byContent.get(cells.join("\n"));
    if (same) same.names.push(named(name));
    else byContent.set(cells.join("\n"), { names: [named(name)], cells });
  }
  const found = [...byContent.values()];
  return renderTable(
    ["client", ...found.map(({ names }) => names.join(", "))],
    places.map((place, index) => [place].concat(found.map(({ cells }) => cells[index]!))),
  );
}

function namesOf(results: readonly Result[]): string {
  const different = ends(results);
  return different
    .map((end) => {
      const readers = results.filter((result) => result.end === end).map(({ reader }) => reader);
      return `${end.replace("throws ", "")}${different.length > 1 ? ` (${readers.join(", ")})` : ""}`;
    })
    .join("; ");
}

/** A fault as code, and what is said of it as text. */
function named(name: string): string {
  return name.replace(/^(?!nothing)[^,]+/, (fault) => `\`${fault}\``);
}

/** Columns are as wide as their widest cell, as the formatter wants it. */
function renderTable(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = header.map((_, index) => Math.max(...[header, ...rows].map((row) => row[index]!.length)));
  const line = (cells: readonly string[]) =>
    `| ${cells.map((text, index) => text.padEnd(widths[index]!)).join(" | ")} |`;
  return [line(header), line(widths.map((width) => "-".repeat(width))), ...rows.map(line)].join("\n");
}
