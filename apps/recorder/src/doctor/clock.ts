import { messageOf, RecorderError } from "../errors.ts";
import { checkEndpoint } from "../lambda-call.ts";
import type { Diagnosis } from "./diagnosis.ts";

/** AWS refuses signatures whose time is more than five minutes off. */
const allowedMs = 5 * 60_000;
/** From here on it is worth knowing. */
const noticedMs = 60_000;

/** Compares the clock with the `Date` of a server's answer. Asks only the server that was named. */
export async function clockDiagnosis(server: string | undefined): Promise<Diagnosis> {
  const name = "clock";
  if (server === undefined) {
    return { name, status: "ok", message: "not compared, which would take the network: --clock <url>" };
  }
  try {
    const url = checkEndpoint(server);
    const response = await fetch(url, { method: "HEAD", redirect: "manual", signal: AbortSignal.timeout(10_000) });
    const date = response.headers.get("date");
    // The header has whole seconds.
    const off = date === null ? Number.NaN : Date.now() - Date.parse(date);
    if (Number.isNaN(off)) return { name, status: "hint", message: `${url.host} does not say what time it is` };
    const seconds = Math.round(Math.abs(off) / 1000);
    const message = `${seconds} s ${off < 0 ? "behind" : "ahead of"} ${url.host}`;
    if (Math.abs(off) < noticedMs) return { name, status: "ok", message };
    const advice = "AWS refuses signatures that are five minutes off: set the clock by a time server";
    return { name, status: Math.abs(off) < allowedMs ? "hint" : "problem", message, advice };
  } catch (error) {
    const cause = error instanceof RecorderError ? error : ((error as Error).cause ?? error);
    return { name, status: "problem", message: `not compared: ${messageOf(cause)}` };
  }
}
