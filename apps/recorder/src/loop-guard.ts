import { randomUUID } from "node:crypto";
import { headerValues, type HeaderLine, type ServiceRequest } from "@eventstream-kit/service";
import { RecorderError } from "./errors.ts";
import { hostnameOf, isLoopbackName } from "./upstream-address.ts";

/** Finds out when a request comes back to where it was sent from. */
export interface LoopGuard {
  /** Throws `upstream_refused` for a request that has been here. */
  check(request: ServiceRequest): void;
  /** Marks a request that goes to this machine, where alone a loop can begin. AWS never sees the mark. */
  mark(headers: readonly HeaderLine[], url: URL): readonly HeaderLine[];
}

/** `Via` is HTTP's own means against loops (RFC 9110 section 7.6.3). */
export function loopGuard(id: string = randomUUID()): LoopGuard {
  const mark = `1.1 eventstream-${id}`;
  return {
    check({ headers }) {
      if (!headerValues(headers, "via").some((value) => value.includes(mark))) return;
      throw new RecorderError(
        "upstream_refused",
        "The recorder was sent its own request: its upstream leads back to it",
        {
          hint: "Give the real endpoint with --upstream, or leave it out for AWS",
        },
      );
    },
    mark: (headers, url) => (isLoopbackName(hostnameOf(url)) ? [...headers, ["via", mark]] : headers),
  };
}
