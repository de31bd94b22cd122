import type { Reply, ServiceRequest } from "@eventstream-kit/service";
import type { OperationParameters, Route } from "../emulator-context.ts";
import { functionArn } from "../function-name.ts";
import { jsonReply, noContent } from "../json-reply.ts";
import { resourceNotFound } from "../lambda-error.ts";
import { readMembers } from "../request-members.ts";
import { Violations } from "../validation.ts";
import type { ControlPlane } from "./control-plane.ts";
import type { FunctionRecord } from "./function-record.ts";

const path = /^\/2017-10-31\/functions\/([^/]+)\/concurrency\/?$/;
const readPath = /^\/2019-09-30\/functions\/([^/]+)\/concurrency\/?$/;

/** The operations on reserved concurrency: 0 throttles a function altogether. */
export function concurrencyRoutes(plane: ControlPlane): readonly Route[] {
  return [
    { method: "PUT", path, operation: async (...call) => put(plane, ...call) },
    { method: "DELETE", path, operation: async (...call) => remove(plane, ...call) },
    { method: "GET", path: readPath, operation: async (...call) => get(plane, ...call) },
  ];
}

/** `PutFunctionConcurrency`: 200. */
function put(plane: ControlPlane, request: ServiceRequest, call: OperationParameters): Reply {
  const violations = new Violations();
  const reserved = readMembers(request.body).integer("ReservedConcurrentExecutions");
  violations.required("reservedConcurrentExecutions", reserved);
  violations.range("reservedConcurrentExecutions", reserved, { min: 0 });
  const record = existing(plane, request, call, violations);
  plane.records.save({ ...record, concurrency: reserved! });
  return jsonReply(200, { ReservedConcurrentExecutions: reserved }, call.requestId);
}

/** `GetFunctionConcurrency`: 200; nothing in it when nothing is reserved. */
function get(plane: ControlPlane, request: ServiceRequest, call: OperationParameters): Reply {
  // Captured: of the three, this one names the function alone.
  const { concurrency } = plane.function(plane.unqualifiedTarget(request, call));
  return jsonReply(200, concurrency === undefined ? {} : { ReservedConcurrentExecutions: concurrency }, call.requestId);
}

/** `DeleteFunctionConcurrency`: 204. */
function remove(plane: ControlPlane, request: ServiceRequest, call: OperationParameters): Reply {
  const { concurrency: _, ...record } = existing(plane, request, call);
  plane.records.save(record);
  return noContent(call.requestId);
}

function existing(
  plane: ControlPlane,
  request: ServiceRequest,
  call: OperationParameters,
  violations?: Violations,
): FunctionRecord {
  const { name, place } = plane.unqualifiedTarget(request, call, violations);
  const record = plane.records.find(name);
  if (record !== undefined) return record;
  throw resourceNotFound(`Function not found: ${functionArn(place, { name, qualifier: "$LATEST" })}`);
}
