import { dataEnd } from "../../src/crc32-fold-module.ts";

/** What a piece of code made the platform do. */
export interface Work {
  /** Bytes that `set` and `slice` of typed arrays have copied, but for `summedBytes`. */
  copiedBytes: number;
  /** Bytes copied into the memory of WebAssembly to be summed there, each window in the place of the last. */
  summedBytes: number;
  /** Bytes asked for with `new Uint8Array(length)`. */
  allocatedBytes: number;
  /** Bytes that text decoders have read, and characters made of their codes. */
  decodedBytes: number;
  /** Calls of `has`, `get` and `set` of maps. */
  lookups: number;
}

type Method = (this: unknown, ...args: never[]) => unknown;

/**
 * Runs code and counts its work: the same on a slow machine as on a fast one. The platform's methods are wrapped while
 * it runs and put back afterwards.
 */
export function countWork(run: () => void): Work {
  const work: Work = { copiedBytes: 0, summedBytes: 0, allocatedBytes: 0, decodedBytes: 0, lookups: 0 };
  const undo: (() => void)[] = [];
  const watch = (
    owner: object,
    name: string,
    count: (result: unknown, args: readonly unknown[], self: unknown) => void,
  ) => {
    const original = Reflect.get(owner, name) as Method;
    const wrapper = function (this: unknown, ...args: never[]) {
      const result = original.apply(this, args);
      count(result, args, this);
      return result;
    };
    Object.assign(owner, { [name]: wrapper });
    undo.push(() => Object.assign(owner, { [name]: original }));
  };

  const typedArray = Object.getPrototypeOf(Uint8Array.prototype) as object;
  watch(typedArray, "set", (_, [source], target) => {
    const summing = (target as Uint8Array).buffer.byteLength === dataEnd;
    work[summing ? "summedBytes" : "copiedBytes"] += (source as Uint8Array).length;
  });
  watch(typedArray, "slice", (result) => (work.copiedBytes += (result as Uint8Array).length));
  watch(TextDecoder.prototype, "decode", (_, [bytes]) => (work.decodedBytes += (bytes as Uint8Array).length));
  watch(String, "fromCharCode", (text) => (work.decodedBytes += (text as string).length));
  for (const name of ["has", "get", "set"]) watch(Map.prototype, name, () => (work.lookups += 1));

  const original = globalThis.Uint8Array;
  globalThis.Uint8Array = new Proxy(original, {
    construct(target, args: readonly unknown[]) {
      if (typeof args[0] === "number") work.allocatedBytes += args[0];
      return Reflect.construct(target, args) as object;
    },
  });
  undo.push(() => (globalThis.Uint8Array = original));

  try {
    run();
  } finally {
    for (const step of undo) step();
  }
  return work;
}
