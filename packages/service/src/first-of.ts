import type { Service } from "./service.ts";

/**
 * One service out of several: each is asked in order, and the first reply counts. It answers `undefined` when none
 * of them does. A service that throws ends the search: its error is not a "not mine".
 */
export function firstOf(services: Service | readonly Service[]): Service {
  if (!Array.isArray(services)) return services as Service;
  const candidates: readonly Service[] = [...(services as readonly Service[])];
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
