import type { Body, Step } from "@eventstream-kit/service";

/** A body whose failure somebody hears about: behind msw it is no more than a connection that breaks. */
export function watched(body: Body, report: (error: unknown) => void): Body {
  return Array.isArray(body) ? body : watching(body, report);
}

async function* watching(body: Body, report: (error: unknown) => void): AsyncGenerator<Step, void> {
  try {
    yield* body;
  } catch (error) {
    report(error);
    throw error;
  }
}
