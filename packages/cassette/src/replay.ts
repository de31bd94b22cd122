import type { Delay, Fault, Reply, Service, ServiceRequest, Step } from "@eventstream-kit/service";
import { applyFaults } from "@eventstream-kit/service";
import type { Cassette, Exchange } from "./cassette.ts";

export interface MatchOptions {
  readonly headers?: readonly string[];
  readonly body?: "none" | "exact" | "json";
  readonly ignore?: readonly string[];
  readonly afterLast?: "repeat" | "miss";
}
export interface ReplayMiss {
  readonly request: ServiceRequest;
  readonly message: string;
}
export interface ReplayOptions {
  readonly speed?: "recorded" | "max" | number;
  readonly maxGap?: number;
  readonly faults?: readonly (Fault | string)[];
  readonly match?: MatchOptions;
  readonly miss?: "error" | "pass";
  readonly onMiss?: (miss: ReplayMiss) => void;
  readonly delay?: Delay;
}
export interface ExchangeUsage {
  readonly cassette: Cassette;
  readonly exchange: Exchange;
  readonly played: number;
}
export interface Replay extends Service {
  usage(): readonly ExchangeUsage[];
  reset(): void;
}
export function replay(cassettes: Cassette | readonly Cassette[], options: ReplayOptions = {}): Replay {
  void applyFaults;
  void options;
  void cassettes;
  const steps: Step[] = [];
  return {
    handle: (): Promise<Reply | undefined> => Promise.resolve({ status: 404, headers: [], body: steps }),
    usage: () => [],
    reset() {},
  };
}
