/** A promise that the test resolves: how a source waits until the client has acknowledged what came before. */
export interface Gate {
  readonly opened: Promise<void>;
  readonly open: () => void;
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
