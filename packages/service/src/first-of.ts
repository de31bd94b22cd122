import { ServiceError } from "./errors.ts";
import type { Service } from "./service.ts";

/**
 * One service out of several: each is asked in order, and the first reply counts. It answers `undefined` when none
 * of them does. A service that throws ends the search: its error is not a "not mine".
 *
 * @throws ServiceError `not_a_service`
 */
export function firstOf(services: Service | readonly Service[]): Service {
  if (!Array.isArray(services)) return checked(services);
  const candidates: readonly Service[] = (services as readonly unknown[]).map(checked);
  return {
    async handle(request) {
      for (const service of candidates) {
        const reply = await service.handle(request);
        if (reply !== undefined) return reply;
      }
      return undefined;
    },
  };
}

/** Without types a call may be given the promise of a service, or nothing. */
function checked(service: unknown): Service {
  if (typeof (service as Partial<Service> | null | undefined)?.handle === "function") return service as Service;
  const found = service === null ? "null" : typeof service;
  throw new ServiceError("not_a_service", `Expected a service, an object with a function "handle"; found ${found}`);
}
