/** What a client has seen of a stream: what it got, and how it ended. */
export class Seen {
  readonly events: string[] = [];

  add(event: string): void {
    this.events.push(event);
  }
}

/** So long may a client that nothing more comes to take to say so. */
const deadline = 4000;

/** Reads to the end, and says in one line what was read and how it ended: what `read` throws, for example. */
export async function outcomeOf(read: (seen: Seen) => Promise<void>): Promise<string> {
  const seen = new Seen();
  let timer: NodeJS.Timeout | undefined;
  const hanging = new Promise<string>((resolve) => {
    timer = setTimeout(resolve, deadline, "hangs");
  });
  const ended = read(seen).then(() => "ends normally", thrown);
  const how = await Promise.race([ended, hanging]);
  clearTimeout(timer);
  return [...seen.events, how].join(" · ");
}

function thrown(error: unknown): string {
  return `throws ${named(error)}`;
}

function named(error: unknown): string {
  const { name, message, code, cause } = error as Error & { code?: unknown };
  // Our own errors are told apart by their code. Numbers, such as checksums, are none of the reader's business.
  if (name === "LambdaStreamError" && code === "interrupted") return `${name} interrupted by ${named(cause)}`;
  if (name === "EventStreamError" || name === "LambdaStreamError" || name === "ServiceError") {
    return `${name} ${String(code)}`;
  }
  // What the SDK adds to a message is on a line of its own.
  return `${name}: ${message.replace(/\n.*/s, "").replaceAll(/\d{5,}/g, "n")}`;
}
