import { latin1Text } from "../bytes.ts";
import { badOption } from "../options.ts";

/** One step of a path: a member or index by name, any (`undefined`), and whether it may be any number of levels down. */
interface Step {
  readonly name: string | undefined;
  readonly deep: boolean;
}

/** How far a path has got at some place in a JSON value. */
export interface PathState {
  readonly steps: readonly Step[];
  readonly next: number;
}

/**
 * The state of paths at the root of a value.
 *
 * @throws CassetteError `option`
 */
export function pathStates(paths: readonly string[]): PathState[] {
  return paths.map((path) => ({ steps: path.startsWith("$") ? jsonPath(path) : jsonPointer(path), next: 0 }));
}

/** The state one level down, at a member or index. */
export function inside(states: readonly PathState[], name: string): PathState[] {
  const further: PathState[] = [];
  // Each once: a path that may skip levels gets to the same place in more and more ways.
  const add = (steps: readonly Step[], next: number) => {
    if (!further.some((state) => state.steps === steps && state.next === next)) further.push({ steps, next });
  };
  for (const { steps, next } of states) {
    const step = steps[next];
    if (!step) continue;
    if (step.name === undefined || step.name === name) add(steps, next + 1);
    if (step.deep) add(steps, next);
  }
  return further;
}

/** Whether a path ends here. */
export function isSelected(states: readonly PathState[]): boolean {
  return states.some(({ steps, next }) => next === steps.length);
}

/** RFC 6901. */
function jsonPointer(pointer: string): Step[] {
  if (!/^(?:\/(?:[^~/]|~[01])*)*$/.test(pointer)) throw unreadable(pointer);
  const names = pointer.split("/").slice(1);
  return names.map((name) => ({ name: bytesOf(name.replaceAll("~1", "/").replaceAll("~0", "~")), deep: false }));
}

/** The part of RFC 9535 that names places: no slices, filters and lists. */
function jsonPath(path: string): Step[] {
  const step =
    /(\.\.|\.)(\*|[\p{L}_][\p{L}\p{N}_-]*)|(\.\.)?\[(?:(\*)|(\d+)|'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)")\]/uy;
  const steps: Step[] = [];
  for (step.lastIndex = 1; step.lastIndex < path.length;) {
    const match = step.exec(path);
    if (!match) throw unreadable(path);
    const [, dots, name = "*", deep = dots, , index, single, double] = match;
    const quoted = (single ?? double)?.replaceAll(/\\(.)/g, "$1");
    const found = quoted ?? index ?? name;
    steps.push({ name: found === "*" && quoted === undefined ? undefined : bytesOf(found), deep: deep === ".." });
  }
  return steps;
}

/** Names are compared where one character stands for one byte. */
function bytesOf(name: string): string {
  return latin1Text(new TextEncoder().encode(name));
}

function unreadable(path: unknown): Error {
  return badOption(
    "redact.json",
    path,
    "a path such as $.user.email or $.items[*].name, or a JSON Pointer such as /user/email",
  );
}
