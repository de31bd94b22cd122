/**
 * `npm run cases`: runs every test, then prints one matrix per numbered list and fails when a demanded number is
 * missing, doubled, failing, `todo`, or skipped without a listed reason. So does any other failing test, and any other
 * test that is skipped without one.
 */
import process from "node:process";
import { parseArgs } from "node:util";
import type { TestCase, TestModule } from "vitest/node";
import { startVitest } from "vitest/node";
import type { CaseRun, Cell, GridRow } from "./case-grid.ts";
import { gridComplaints, gridLines, gridOf } from "./case-grid.ts";
import type { CaseList } from "./case-lists.ts";
import { caseLists, skipReasons } from "./case-lists.ts";

const help = `Usage: npm run cases [-- --list <name>] [-- --json]

Runs the tests and checks the numbered behaviour cases. Where a list is to be shown over several transports, it prints
the grid of cases and transports, too.

  --list <name>  only this list: ${caseLists.map((list) => list.name).join(", ")}
  --json         one JSON object on stdout instead of the matrix

Example: npm run cases -- --list format`;

interface Shown {
  /** Where the number is: file and title. One number in two places is doubled. */
  readonly places: Set<string>;
  readonly runs: CaseRun[];
}

const { values } = parseArgs({
  options: { help: { type: "boolean", short: "h" }, json: { type: "boolean" }, list: { type: "string" } },
});
if (values.help) {
  console.log(help);
  process.exit(0);
}
const lists = caseLists.filter((list) => values.list === undefined || list.name === values.list);
if (lists.length === 0) {
  console.error(`No list is called ${values.list}; expected one of ${caseLists.map((list) => list.name).join(", ")}`);
  process.exit(2);
}

const shown = new Map<string, Shown>();
/** Every skipped test's reason, with how many have it. */
const skipped = new Map<string, number>();
const failures: string[] = [];
const tag = /^(\w+) case (\d+)( by the SDK)?:/;

/** What a test says of why it is skipped: to `skip`, or in its title as `(skipped: why)`. */
function reasonOf(test: TestCase): string {
  const result = test.result();
  const said = result.state === "skipped" ? result.note : undefined;
  return said ?? /\(skipped: ([^)]*)\)/.exec(test.fullName)?.[1] ?? `no reason: ${test.fullName}`;
}

function isListed(reason: string): boolean {
  return skipReasons.some((allowed) => allowed.test(reason));
}

function noteFailure(where: string, errors: readonly { readonly message: string }[] | undefined): void {
  failures.push(`${where}: ${errors?.[0]?.message.split("\n", 1)[0] ?? "failed"}`);
}

/** A file that cannot be loaded has no tests that could fail. */
function noteModule(module: TestModule): void {
  if (module.errors().length > 0) noteFailure(module.relativeModuleId, module.errors());
}

function note(test: TestCase): void {
  const { state, errors } = test.result();
  if (state === "failed") noteFailure(`${test.module.relativeModuleId} > ${test.fullName}`, errors);
  if (state === "skipped") skipped.set(reasonOf(test), (skipped.get(reasonOf(test)) ?? 0) + 1);
  const titles = test.fullName.split(" > ");
  titles.forEach((title, depth) => {
    const [, list, number, bySdk] = tag.exec(title) ?? [];
    if (list === undefined) return;
    const key = `${list} ${number}`;
    const entry = shown.get(key) ?? { places: new Set(), runs: [] };
    shown.set(key, entry);
    if (bySdk === undefined) {
      entry.places.add(`${test.module.relativeModuleId} > ${titles.slice(0, depth + 1).join(" > ")}`);
      entry.runs.push(runOf(test));
    } else entry.runs.push({ ...runOf(test), suites: titles.slice(0, depth) });
  });
}

function runOf(test: TestCase): CaseRun {
  const { name: project } = test.project;
  const { state } = test.result();
  if (test.options.mode === "todo") return { project, state: "todo" };
  if (state !== "passed" && state !== "failed") return { project, state: "skipped", reason: reasonOf(test) };
  const { requests } = test.meta() as { readonly requests?: number };
  return { project, state, ...(requests === undefined ? {} : { requests }) };
}

/** One letter for the matrix, and the complaint if the number is not in order. */
function judge(list: CaseList, number: number): { mark: string; complaint?: string } {
  const name = `${list.name} case ${number}`;
  const entry = shown.get(`${list.name} ${number}`);
  const demanded = !list.later?.includes(number);
  if (!entry || entry.places.size === 0)
    return demanded ? { mark: "!", complaint: `${name} is missing` } : { mark: "·" };
  if (entry.places.size > 1) return { mark: "D", complaint: `${name} is doubled: ${[...entry.places].join(" and ")}` };
  const states = new Set(entry.runs.map(({ state }) => state));
  if (states.has("failed")) return { mark: "F", complaint: `${name} fails` };
  if (states.has("todo")) return { mark: "T", complaint: `${name} is todo` };
  const unlisted = [...new Set(entry.runs.flatMap(({ reason }) => reason ?? []))].filter((reason) => !isListed(reason));
  if (unlisted.length > 0) return { mark: "S", complaint: `${name} is skipped: ${unlisted.join(", ")}` };
  return { mark: states.has("passed") ? "✓" : "s" };
}

/** How many numbers have to be shown. */
function demandedOf({ last, later = [] }: CaseList): number {
  return last - later.length;
}

function rowJson({ columns = [] }: CaseList, { number, cells }: GridRow) {
  return {
    case: number,
    over: Object.fromEntries(columns.map(({ driver, title }, at) => [`${driver}, ${title}`, cells[at]!])),
  };
}

const vitest = await startVitest("test", [], {
  watch: false,
  reporters: [{ onTestCaseResult: note, onTestModuleEnd: noteModule }],
});
const complaints: string[] = [];
interface Summary {
  readonly passed: number;
  readonly total: number;
  readonly demanded: number;
  /** Of every demanded number, what it came to in each column. */
  readonly grid?: readonly { readonly case: number; readonly over: Readonly<Record<string, Cell>> }[];
}
const summary: Record<string, Summary> = {};
for (const list of lists) {
  const marks: string[] = [];
  for (let number = 1; number <= list.last; number++) {
    const { mark, complaint } = judge(list, number);
    marks.push(mark);
    if (complaint !== undefined) complaints.push(complaint);
  }
  const strays = [...shown.keys()].filter((key) => {
    const [name, number] = key.split(" ");
    return name === list.name && (Number(number) < 1 || Number(number) > list.last);
  });
  complaints.push(...strays.map((key) => `${key.replace(" ", " case ")} is not in the list (1–${list.last})`));
  const passed = marks.filter((mark) => mark === "✓").length;
  const grid = gridOf(list, (number) => shown.get(`${list.name} ${number}`)?.runs ?? []);
  complaints.push(...gridComplaints(list, grid));
  summary[list.name] = {
    passed,
    total: list.last,
    demanded: demandedOf(list),
    ...(grid.length > 0 ? { grid: grid.map((row) => rowJson(list, row)) } : {}),
  };
  if (values.json) continue;
  console.log(`\n${list.title}: ${passed} of ${list.last} shown, ${demandedOf(list)} demanded`);
  for (let row = 0; row < marks.length; row += 10) {
    const label = `${row + 1}–${Math.min(row + 10, marks.length)}`.padStart(7);
    console.log(`${label}  ${marks.slice(row, row + 10).join(" ")}`);
  }
  for (const line of gridLines(list, grid)) console.log(line);
}
const strange = [...skipped].filter(([reason]) => !isListed(reason));
complaints.push(...strange.map(([reason, count]) => `${count} skipped for a reason that no list has: ${reason}`));
const unknown = [...shown.keys()].filter((key) => !caseLists.some((list) => key.startsWith(`${list.name} `)));
complaints.push(...unknown.map((key) => `"${key.replace(" ", " case ")}" belongs to no list`));

if (values.json)
  console.log(JSON.stringify({ schema: "eventstream-kit/cases", version: 1, lists: summary, complaints }));
else {
  console.log(
    "\n✓ passed  s skipped with a listed reason  S skipped  F fails  T todo  D doubled  ! missing  · later work",
  );
  for (const [reason, count] of skipped) console.log(`${count} skipped: ${reason}`);
  for (const complaint of complaints) console.log(`✗ ${complaint}`);
}
for (const failure of failures) console.error(`✗ ${failure}`);
if (failures.length > 0) console.error(`${failures.length} tests fail`);
process.exitCode = complaints.length > 0 || failures.length > 0 ? 1 : 0;
await vitest.close();
