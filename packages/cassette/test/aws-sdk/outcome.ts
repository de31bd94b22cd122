import type { StreamingClient } from "./clients.ts";

/** All that a caller can see of a call. */
export interface Outcome {
  readonly output?: object;
  readonly events: readonly string[];
  readonly error?: object;
}

/** Makes the one call of a client and reads to the end. `onEvent` is told how many events there have been. */
export async function outcomeOf(
  { call }: StreamingClient,
  { signal, onEvent = () => {} }: { readonly signal?: AbortSignal; readonly onEvent?: (count: number) => void } = {},
): Promise<Outcome> {
  const events: string[] = [];
  let output: object | undefined;
  try {
    const answer = await call(signal);
    output = visible(answer.output);
    for await (const event of answer.events) {
      events.push(event);
      onEvent(events.length);
    }
    return { output, events };
  } catch (error) {
    return { ...(output ? { output } : {}), events, error: visible(error as Error) };
  }
}

/** Without what differs between any two calls. */
function visible(value: object): object {
  const { name, message, code } = value as Error & { readonly code?: unknown };
  const own = Object.fromEntries(Object.entries(value).map(([key, member]) => [key, withoutId(key, member)]));
  return value instanceof Error ? { ...own, name, message, code } : own;
}

function withoutId(key: string, member: unknown): unknown {
  if (key !== "$metadata") return member;
  const { requestId, ...others } = member as { readonly requestId?: unknown };
  return { ...others, requestId: typeof requestId };
}
