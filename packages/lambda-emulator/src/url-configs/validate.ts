import { urlName, urlQualifier } from "../function-name.ts";
import { invalidParameterValue } from "../lambda-error.ts";
import type { Bounds, Violations } from "../validation.ts";
import type { UrlConfigBody } from "./request-body.ts";
import type { AuthType, Cors, InvokeMode } from "./url-config.ts";
import { authTypes, invokeModes } from "./url-config.ts";

/** Name and qualifier of any URL operation, the qualifier first, as the service reports them. */
export function checkFunction(violations: Violations, functionName: string, qualifier: string | undefined): void {
  violations.pattern("qualifier", qualifier, urlQualifier);
  violations.length("qualifier", qualifier, { min: 1, max: 128 });
  violations.pattern("functionName", functionName, urlName);
  violations.length("functionName", functionName, { min: 1, max: 140 });
}

/** Values and sizes of a body, with the bounds of the service model. */
export function checkBody(violations: Violations, { authType, cors, invokeMode }: UrlConfigBody): void {
  violations.oneOf("authType", authType, authTypes);
  violations.oneOf("invokeMode", invokeMode, invokeModes);
  if (cors === undefined) return;
  const { AllowHeaders, AllowMethods, AllowOrigins, ExposeHeaders, MaxAge } = cors;
  checkList(violations, "cors.allowHeaders", AllowHeaders, 100, { min: 0, max: 1024 });
  checkList(violations, "cors.allowMethods", AllowMethods, 6, { min: 0, max: 6 });
  checkList(violations, "cors.allowOrigins", AllowOrigins, 100, { min: 1, max: 253 });
  checkList(violations, "cors.exposeHeaders", ExposeHeaders, 100, { min: 0, max: 1024 });
  violations.range("cors.maxAge", MaxAge, { min: 0, max: 86_400 });
}

/** A list of a limited length whose items are. For items the service names the list and recites every constraint of an item. */
function checkList(
  violations: Violations,
  path: string,
  list: readonly string[] | undefined,
  mostItems: number,
  { min = 0, max = 0 }: Bounds,
): void {
  violations.length(path, list, { max: mostItems });
  if (list === undefined || list.every((item) => item.length >= min && item.length <= max)) return;
  const constraints = [
    `Member must have length less than or equal to ${max}`,
    `Member must have length greater than or equal to ${min}`,
    "Member must satisfy regular expression pattern: .*",
    "Member must not be null",
  ];
  violations.add(path, list, `Member must satisfy constraint: [${constraints.join(", ")}]`);
}

/**
 * Reads `MaxItems` out of a query. Above 50 is allowed and cut later; below 1 is a violation, as is what is no integer
 * (for that the service has no captured text).
 */
export function checkMaxItems(violations: Violations, text: string | null): number | undefined {
  if (text === null) return undefined;
  const value = Number(text);
  if (/^-?\d+$/.test(text) && Number.isSafeInteger(value)) violations.range("maxItems", value, { min: 1 });
  else violations.add("maxItems", text, "Member must be an integer");
  return value;
}

/** A body whose values have passed {@link checkBody}. */
export interface UrlSettings {
  readonly authType?: AuthType;
  /** `null`: no CORS, which is what an empty structure means. */
  readonly cors?: Cors | null;
  readonly invokeMode?: InvokeMode;
}

/**
 * The last check of a body, after its shape.
 *
 * `AllowOrigins` must be there as soon as `Cors` holds anything. A capture shows that a `Cors` in which every member
 * is there and empty is accepted; empty origins next to other settings are refused here by what the message says.
 *
 * @throws {LambdaError} `InvalidParameterValueException`
 */
export function settingsOf({ authType, cors, invokeMode }: UrlConfigBody): UrlSettings {
  if (cors && isIncomplete(cors)) {
    throw invalidParameterValue("You can't leave AllowOrigins as empty when Cors is enabled.");
  }
  return {
    ...(authType !== undefined && { authType: authType as AuthType }),
    ...(cors && { cors: Object.keys(cors).length === 0 ? null : cors }),
    ...(invokeMode !== undefined && { invokeMode: invokeMode as InvokeMode }),
  };
}

function isIncomplete(cors: Cors): boolean {
  const { AllowOrigins, AllowCredentials = false, AllowHeaders = [], AllowMethods = [], ExposeHeaders = [] } = cors;
  if (AllowOrigins === undefined) return Object.keys(cors).length > 0;
  const lists = AllowHeaders.length + AllowMethods.length + ExposeHeaders.length;
  return AllowOrigins.length === 0 && (AllowCredentials || lists > 0 || (cors.MaxAge ?? 0) > 0);
}
