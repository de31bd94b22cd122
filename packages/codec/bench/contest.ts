import process from "node:process";

/** One way to do the work of a contest. */
export interface Side {
  readonly name: string;
  /** What comes out, in a form in which sides are compared before anything is timed. */
  result(): unknown;
  /** Does the work so many times. Returns a number made of all that was read, so that nothing can be left out. */
  run(times: number): number | Promise<number>;
}

/** How many times as fast as a rival, or how many units at most. */
export interface Target {
  /** What a release should reach. */
  readonly goal: number;
  /** The least. */
  readonly floor: number;
}

/** One of our ways, and what is expected of it. */
export interface Form extends Side {
  /** Against the first rival. */
  readonly target?: Target;
}

/** The same work, done by all sides in turn. */
export interface Contest {
  readonly name: string;
  /** Bytes of one time, for the rate. */
  readonly bytes: number;
  /** Messages of one time. Default 1. */
  readonly messages?: number;
  readonly forms: readonly Form[];
  readonly rivals: readonly Side[];
}

/** What was measured of one form. */
export interface Measured {
  readonly contest: string;
  readonly form: string;
  /** Median, for one message. */
  readonly nanoseconds: number;
  /** Median, of the bytes on the wire. */
  readonly megabytesPerSecond: number;
  /** The time of each rival, divided by ours of the same round: the median over the rounds. */
  readonly ratios: Readonly<Record<string, number>>;
  readonly target?: Target;
}

/** Makes sure that all sides say the same. */
export async function checkSides({ name, forms, rivals }: Contest): Promise<void> {
  let first: string | undefined;
  for (const side of [...forms, ...rivals]) {
    const text = JSON.stringify(await side.result(), (_, value: unknown) =>
      typeof value === "bigint" ? String(value) : value,
    );
    first ??= text;
    if (text !== first) throw new Error(`${name}: ${side.name} has another result than ${forms[0]!.name}`);
  }
}

/**
 * How long one turn of one side takes, about: the system counts the time of a thread in steps of a few milliseconds.
 */
const turnMilliseconds = 50;

/** Times all sides in turn, so that a noisy neighbour disturbs all of them alike. */
export async function measure(contest: Contest, rounds: number): Promise<Measured[]> {
  await checkSides(contest);
  const sides = [...contest.forms, ...contest.rivals];
  const turns = new Map<Side, number>();
  for (const side of sides) turns.set(side, await timesFor(side));
  const times = new Map<Side, number[]>(sides.map((side) => [side, []]));
  for (let round = 0; round < rounds; round++) {
    for (const side of sides) times.get(side)!.push(await timeOf(side, turns.get(side)!));
  }
  const { name, bytes, messages = 1 } = contest;
  return contest.forms.map((form) => {
    const own = times.get(form)!;
    const ratios = contest.rivals.map((rival) => {
      const theirs = times.get(rival)!;
      return [rival.name, median(theirs.map((time, round) => time / own[round]!))] as const;
    });
    const milliseconds = median(own);
    return {
      contest: name,
      form: form.name,
      nanoseconds: (milliseconds * 1e6) / messages,
      megabytesPerSecond: bytes / milliseconds / 1000,
      ratios: Object.fromEntries(ratios),
      ...(form.target && { target: form.target }),
    };
  });
}

/** Warms a side up, and finds how many times fill a turn. */
async function timesFor(side: Side): Promise<number> {
  for (let times = 1; ; times *= 2) {
    const taken = await timeOf(side, times);
    if (taken * times > turnMilliseconds) return Math.max(1, Math.round(turnMilliseconds / taken));
  }
}

/** Milliseconds of one time, on the processor: those that the thread has to wait for it do not count. */
async function timeOf(side: Side, times: number): Promise<number> {
  const started = process.threadCpuUsage();
  const read = await side.run(times);
  const { user, system } = process.threadCpuUsage(started);
  if (!Number.isFinite(read)) throw new Error(`${side.name} has read nothing`);
  return (user + system) / 1000 / times;
}

export function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  return (sorted[Math.floor((sorted.length - 1) / 2)]! + sorted[Math.ceil((sorted.length - 1) / 2)]!) / 2;
}
