import process from "node:process";

/** What one test file could leave changed for the next one in its process. */
export interface ProcessState {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly globals: Readonly<Record<string, PropertyDescriptor>>;
  readonly listeners: Readonly<Record<string, number>>;
  readonly folder: string;
}

const events = ["exit", "beforeExit", "uncaughtException", "unhandledRejection", "warning", "SIGINT", "SIGTERM"];

export function processState(): ProcessState {
  return {
    env: { ...process.env },
    globals: Object.getOwnPropertyDescriptors(globalThis),
    listeners: Object.fromEntries(events.map((event) => [event, process.listenerCount(event)])),
    folder: process.cwd(),
  };
}

function isSame(one: PropertyDescriptor, other: PropertyDescriptor | undefined): boolean {
  if (other === undefined) return false;
  // Node.js 22 puts a value in the place of many getters when they are first read.
  if (one.get !== undefined && other.get === undefined) return Object.is(one.get.call(globalThis), other.value);
  return Object.is(one.value, other.value) && one.get === other.get;
}

/**
 * What differs, by name, and never with its value: it could be a key of this machine. Globals that are new do not count.
 * Packages make some when they are loaded, and go on using them.
 */
export function changesBetween(before: ProcessState, after: ProcessState): string[] {
  const variables = [...new Set([...Object.keys(before.env), ...Object.keys(after.env)])];
  const globals = Object.entries(before.globals);
  return [
    ...variables.filter((name) => before.env[name] !== after.env[name]).map((name) => `the variable ${name}`),
    ...globals.filter(([name, is]) => !isSame(is, after.globals[name])).map(([name]) => `the global ${name}`),
    ...events
      .filter((event) => before.listeners[event] !== after.listeners[event])
      .map((event) => `the listeners of ${event}`),
    ...(before.folder === after.folder ? [] : ["the working directory"]),
  ];
}
