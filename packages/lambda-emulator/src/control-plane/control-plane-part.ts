import type { EmulatorPart } from "../emulator-context.ts";
import { aliasRoutes } from "./alias-operations.ts";
import { concurrencyRoutes } from "./concurrency-operations.ts";
import type { ControlPlane } from "./control-plane.ts";
import { functionRoutes } from "./function-operations.ts";
import { permissionRoutes } from "./permission-operations.ts";
import { versionRoutes } from "./version-operations.ts";

/** The operations with which a test suite written for Lambda sets itself up. */
export function controlPlanePart(plane: ControlPlane): EmulatorPart {
  return {
    routes: [
      ...functionRoutes(plane),
      ...versionRoutes(plane),
      ...aliasRoutes(plane),
      ...permissionRoutes(plane),
      ...concurrencyRoutes(plane),
    ],
    reset: () => plane.records.clear(),
  };
}
