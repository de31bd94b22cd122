import { isIPv6 } from "node:net";
import { InvalidArgumentError } from "commander";
import { endpointVariable } from "./child.ts";

// How the values of options are read. What is wrong is said in a few words: commander puts option and value before them.

/** For an option that may be given several times. */
export function repeated<T>(parse: (text: string) => T) {
  return (text: string, before: readonly T[] | undefined): readonly T[] | undefined => [...(before ?? []), parse(text)];
}

/** `example.com`, `*.example.com` or an IP address. With a scheme or a port, it would be the name of no host. */
export function parseHost(text: string): string {
  if (!isIPv6(text) && !/^(?:\*?\.)?[^\s*/:@]+$/.test(text)) {
    throw new InvalidArgumentError(
      "Expected a host name without scheme and port, such as example.com or *.example.com",
    );
  }
  return text;
}

/** Path and query of a request, as a cassette has it. */
export function parsePath(text: string): string {
  if (!/^\/[^\s#\p{Cc}]*$/u.test(text)) throw new InvalidArgumentError("Expected a path from / on, without blanks");
  return text;
}

/** A number that counts things, from 1. */
export function parseNumber(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidArgumentError("Expected a number from 1");
  return Number(text);
}

export function parsePort(text: string): number {
  if (!/^\d{1,5}$/.test(text) || Number(text) > 65_535) throw new InvalidArgumentError("Expected 0 to 65535");
  return Number(text);
}

/** `lambda,bedrock-runtime` */
export function parseServices(text: string): string[] {
  const services = text.split(",").map((name) => name.trim());
  try {
    for (const name of services) endpointVariable(name);
  } catch {
    throw new InvalidArgumentError("Expected names such as lambda,bedrock-runtime");
  }
  return services;
}

/** `max`, or how many times as fast as recorded. */
export function parseSpeed(text: string): "max" | number {
  if (text === "max") return "max";
  const speed = Number(text);
  if (!(speed > 0 && speed < Infinity)) throw new InvalidArgumentError("Expected max or a number above 0");
  return speed;
}

/** Of a Lambda function: up to 15 minutes. */
export function parseSeconds(text: string): number {
  const seconds = Number(text);
  if (!(seconds > 0 && seconds <= 900)) throw new InvalidArgumentError("Expected seconds above 0, up to 900");
  return seconds;
}

/** `500ms`, `2s` or bare milliseconds. */
export function parseTime(text: string): number {
  const [, number, unit = "ms"] = /^(\d+(?:\.\d+)?)(ms|s)?$/.exec(text) ?? [];
  if (number === undefined) throw new InvalidArgumentError("Expected a time such as 500ms or 2s");
  return Number(number) * (unit === "s" ? 1000 : 1);
}

/** A time in which something has to happen, with its unit: of a bare 30, many think as seconds. */
export function parseLimit(text: string): number {
  const ms = /[a-z]$/.test(text) ? parseTime(text) : 0;
  if (ms === 0) throw new InvalidArgumentError("Expected a time above 0 with its unit, such as 500ms or 30s");
  return ms;
}

/** A whole number. */
export function parseSeed(text: string): number {
  const seed = Number(text);
  if (!/^-?\d+$/.test(text) || !Number.isSafeInteger(seed)) throw new InvalidArgumentError("Expected a whole number");
  return seed;
}

const hour = 3_600_000;
const ageUnits: Readonly<Record<string, number>> = { h: hour, d: 24 * hour, w: 7 * 24 * hour };

/** `90d`, `12h` or `2w`, in milliseconds. */
export function parseAge(text: string): number {
  const [, number, unit = ""] = /^(\d{1,5})([hdw])$/.exec(text) ?? [];
  if (number === undefined) throw new InvalidArgumentError("Expected an age such as 90d, 12h or 2w");
  return Number(number) * ageUnits[unit]!;
}

export function parseNormalizer(text: string): "bedrock-padding" {
  if (text !== "bedrock-padding") throw new InvalidArgumentError("Expected bedrock-padding");
  return text;
}
