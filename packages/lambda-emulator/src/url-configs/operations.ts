import type { Reply, ServiceRequest } from "@eventstream-kit/service";
import type { EmulatorContext, OperationParameters, Route } from "../emulator-context.ts";
import { functionArn, resolveReference } from "../function-name.ts";
import { jsonReply, noContent } from "../json-reply.ts";
import { resourceConflict, resourceNotFound } from "../lambda-error.ts";
import { Violations } from "../validation.ts";
import { pageOf } from "./pagination.ts";
import { readUrlConfigBody } from "./request-body.ts";
import { nanoseconds } from "./timestamp.ts";
import type { UrlConfigStore, UrlOwner } from "./url-config-store.ts";
import type { UrlConfig } from "./url-config.ts";
import { configJson, createdJson, updatedJson } from "./url-config.ts";
import { newUrlId } from "./url-id.ts";
import { checkBody, checkFunction, checkMaxItems, settingsOf } from "./validate.ts";

/** One function URL, and the list of a function's URLs. */
const onePath = /^\/2021-10-31\/functions\/([^/]*)\/url\/?$/;
const listPath = /^\/2021-10-31\/functions\/([^/]*)\/urls\/?$/;

/** The five operations on function URL configurations, over a store of their own. */
export function urlConfigRoutes(context: EmulatorContext, store: UrlConfigStore): readonly Route[] {
  const operations = new UrlConfigOperations(context, store);
  return [
    { method: "POST", path: onePath, operation: async (...call) => operations.create(...call) },
    { method: "GET", path: onePath, operation: async (...call) => operations.get(...call) },
    { method: "PUT", path: onePath, operation: async (...call) => operations.update(...call) },
    { method: "DELETE", path: onePath, operation: async (...call) => operations.delete(...call) },
    { method: "GET", path: listPath, operation: async (...call) => operations.list(...call) },
  ];
}

/** Each method checks in the order of the service: shape, names, existence, state. */
class UrlConfigOperations {
  readonly #context: EmulatorContext;
  readonly #store: UrlConfigStore;

  constructor(context: EmulatorContext, store: UrlConfigStore) {
    this.#context = context;
    this.#store = store;
  }

  /** `CreateFunctionUrlConfig`: 201. */
  create(request: ServiceRequest, call: OperationParameters): Reply {
    const violations = new Violations();
    checkFunction(violations, call.functionName, qualifierOf(call));
    const body = readUrlConfigBody(request.body);
    violations.required("authType", body.authType);
    checkBody(violations, body);
    violations.throwIfAny();
    const owner = this.#owner(request, call);
    const { authType = "NONE", cors, invokeMode } = settingsOf(body);
    this.#requireFunction(owner);

    const arn = this.#arn(owner);
    if (this.#store.find(owner)) {
      throw resourceConflict(
        `Failed to create function url config for [functionArn = ${arn}]. Error message:  FunctionUrlConfig exists for this Lambda function`,
      );
    }
    const createdAt = nanoseconds(this.#context.now());
    const config = this.#store.add({
      ...owner,
      urlId: newUrlId(
        () => this.#context.random(),
        (id) => this.#store.findById(id) !== undefined,
      ),
      functionArn: arn,
      authType,
      ...(cors && { cors }),
      ...(invokeMode && { invokeMode }),
      createdAt,
      modifiedAt: createdAt,
    });
    return jsonReply(201, createdJson(config), call.requestId);
  }

  /** `GetFunctionUrlConfig`: 200. A URL outlives its alias, so only the URL itself is asked for. */
  get(request: ServiceRequest, call: OperationParameters): Reply {
    return jsonReply(200, configJson(this.#existing(this.#checkedOwner(request, call))), call.requestId);
  }

  /** `UpdateFunctionUrlConfig`: 200. Members left out keep their value; `Cors` is replaced as a whole. */
  update(request: ServiceRequest, call: OperationParameters): Reply {
    const violations = new Violations();
    checkFunction(violations, call.functionName, qualifierOf(call));
    const body = readUrlConfigBody(request.body);
    checkBody(violations, body);
    violations.throwIfAny();
    const owner = this.#owner(request, call);
    const { cors: newCors, ...settings } = settingsOf(body);
    this.#requireFunction(owner);

    const { cors: oldCors, ...old } = this.#existing(owner);
    const cors = newCors === undefined ? oldCors : newCors;
    const now = nanoseconds(this.#context.now());
    const config = this.#store.replace({
      ...old,
      ...settings,
      ...(cors && { cors }),
      // Every update is later than the one before, even within one tick of the clock.
      modifiedAt: now > old.modifiedAt ? now : old.modifiedAt + 1n,
    });
    return jsonReply(200, updatedJson(config), call.requestId);
  }

  /** `DeleteFunctionUrlConfig`: 204. URLs of aliases are not touched. */
  delete(request: ServiceRequest, call: OperationParameters): Reply {
    this.#store.delete(this.#existing(this.#checkedOwner(request, call)));
    return noContent(call.requestId);
  }

  /** `ListFunctionUrlConfigs`: 200. All URLs of the function; those of one alias when the name is qualified. */
  list(request: ServiceRequest, call: OperationParameters): Reply {
    const violations = new Violations();
    checkFunction(violations, call.functionName, undefined);
    const maxItems = checkMaxItems(violations, call.query.get("MaxItems"));
    violations.throwIfAny();
    const owner = this.#owner(request, { ...call, query: new URLSearchParams() });
    this.#requireFunction(owner);

    const marker = call.query.get("Marker") ?? undefined;
    const { configs, nextMarker } = pageOf(this.#store.list(owner), owner.functionName, marker, maxItems);
    return jsonReply(
      200,
      { FunctionUrlConfigs: configs.map(configJson), ...(nextMarker && { NextMarker: nextMarker }) },
      call.requestId,
    );
  }

  #checkedOwner(request: ServiceRequest, call: OperationParameters): UrlOwner {
    const violations = new Violations();
    checkFunction(violations, call.functionName, qualifierOf(call));
    violations.throwIfAny();
    return this.#owner(request, call);
  }

  #owner(request: ServiceRequest, call: OperationParameters): UrlOwner {
    const region = this.#context.region(request);
    const { accountId } = this.#context;
    const { name, qualifier } = resolveReference(call.functionName, qualifierOf(call), { region, accountId });
    return { region, functionName: name, ...(qualifier !== undefined && { alias: qualifier }) };
  }

  #arn({ region, functionName, alias }: UrlOwner): string {
    const { accountId } = this.#context;
    return functionArn({ region, accountId }, { name: functionName, ...(alias !== undefined && { qualifier: alias }) });
  }

  /** Create, Update and List ask for the function and its alias; Get and Delete only for the URL. */
  #requireFunction({ functionName, alias }: UrlOwner): void {
    const entry = this.#context.functions.find(functionName);
    if (entry === undefined || this.#context.functions.resolveVersion(entry, alias) === undefined) {
      throw resourceNotFound("Function does not exist");
    }
  }

  #existing(owner: UrlOwner): UrlConfig {
    const config = this.#store.find(owner);
    if (config === undefined) throw resourceNotFound("The resource you requested does not exist.");
    return config;
  }
}

function qualifierOf({ query }: OperationParameters): string | undefined {
  return query.get("Qualifier") ?? undefined;
}
