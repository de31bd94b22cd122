/** A promise that the test resolves: how a source waits until the client has acknowledged what came before. */
export interface Gate {
  readonly opened: Promise<void>;
  open(): void;
}

export function gate(): Gate {
  let open!: () => void;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}

export function gates(count: number): readonly Gate[] {
  return Array.from({ length: count }, gate);
}

/** Everything an async iterable yields. */
export async function all<T>(items: AsyncIterable<T> | undefined): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items ?? []) found.push(item);
  return found;
}
