import { accessDenied, invalidParameterValue, resourceNotFound } from "./lambda-error.ts";
import type { MemberPattern } from "./validation.ts";

/*
 * The forms of `FunctionName`, each with an optional `:<qualifier>`:
 *
 *     name                 my-fn
 *     partial ARN          123456789012:function:my-fn, 123456789012:my-fn
 *     region-prefixed      us-east-1:123456789012:function:my-fn
 *     full ARN             arn:aws:lambda:us-east-1:123456789012:function:my-fn
 *
 * The patterns below are those of the service model, API version 2015-03-31. The service prints some of them in its
 * messages, so they are kept as text.
 */

/** `FunctionName` of the invoke family: length 1 to 256. Checked in one form and printed in another. */
export const invokeName: MemberPattern = {
  pattern:
    /^(?:(arn:(aws[a-zA-Z-]*)?:lambda:(eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:\d{12}:|(((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:)?(\d{12}:)?))(function:)?([a-zA-Z0-9-_.]+)(:(\$LATEST(\.PUBLISHED)?|[a-zA-Z0-9-_]+))?)$/,
  text: String.raw`(arn:(aws[a-zA-Z-]*)?:lambda:)?((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:)?(\d{12}:)?(function:)?([a-zA-Z0-9-_\.]+)(:(\$LATEST(\.PUBLISHED)?|[a-zA-Z0-9-_]+))?`,
};

/** `FunctionName` of the function URL family: length 1 to 140. Neither `$LATEST` nor a number can be its suffix. */
export const urlName: MemberPattern = anchored(
  String.raw`(arn:(aws[a-zA-Z-]*)?:lambda:)?((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:)?(\d{12}:)?(function:)?([a-zA-Z0-9-_]{1,64})(:((?!\d+$)[0-9a-zA-Z-_]+))?`,
);

/** `Qualifier` of the invoke family: length 1 to 128. */
export const invokeQualifier: MemberPattern = anchored(String.raw`\$(LATEST(\.PUBLISHED)?)|[a-zA-Z0-9-_$]+`);

/** `Qualifier` of the function URL family: length 1 to 128. An alias only. */
export const urlQualifier: MemberPattern = anchored(String.raw`((?!^\d+$)^[0-9a-zA-Z-_]+$)`);

function anchored(text: string): MemberPattern {
  return { pattern: new RegExp(`^(?:${text})$`), text };
}

/** Where this Lambda is. */
export interface Place {
  readonly region: string;
  /** Twelve digits. */
  readonly accountId: string;
}

/** A function as a request names it. */
export interface FunctionReference {
  readonly name: string;
  /** Version or alias; absent when the request names none. */
  readonly qualifier?: string;
}

const form =
  /^(?:arn:(?:aws[a-zA-Z-]*)?:lambda:)?(?:(?<region>(?:eusc-)?[a-z]{2}(?:-gov|-iso[a-z]?)?-[a-z]+-\d):)?(?:(?<account>\d{12}):)?(?:function:)?(?<name>[a-zA-Z0-9-_.]+)(?::(?<qualifier>[a-zA-Z0-9-_.$]+))?$/;

/**
 * Resolves `FunctionName` and `Qualifier`, both of valid shape, in the order of the service: first the region and
 * account of an ARN, then the agreement of name suffix and parameter.
 *
 * @param functionName Any form, percent-decoded, already found to match its pattern.
 * @throws {LambdaError} `ResourceNotFoundException`, `AccessDeniedException` or `InvalidParameterValueException`
 */
export function resolveReference(functionName: string, qualifier: string | undefined, here: Place): FunctionReference {
  // What most are; unreachable after validation is that one with structure does not have the form.
  const parts = functionName.includes(":") ? form.exec(functionName)?.groups : undefined;
  if (parts === undefined) return { name: functionName, ...(qualifier === undefined ? {} : { qualifier }) };
  const { region, account, name = "", qualifier: suffix } = parts;
  if (region !== undefined && region !== here.region) {
    throw resourceNotFound(`Functions from '${region}' are not reachable in this region ('${here.region}')`);
  }
  // Captured of a caller without a permission there: no text at all.
  if (account !== undefined && account !== here.accountId) throw accessDenied(null);
  if (suffix !== undefined && qualifier !== undefined && suffix !== qualifier) {
    throw invalidParameterValue("The derived qualifier from the function name does not match the specified qualifier.");
  }
  const chosen = qualifier ?? suffix;
  return chosen === undefined ? { name } : { name, qualifier: chosen };
}

let last = { region: "", accountId: "", name: "", qualifier: undefined as string | undefined, arn: "" };

/** `arn:<partition>:lambda:<region>:<account>:function:<name>[:<qualifier>]` */
export function functionArn({ region, accountId }: Place, { name, qualifier }: FunctionReference): string {
  // Most calls are of the function called before, and whoever keeps the text of each keeps one.
  if (name !== last.name || qualifier !== last.qualifier || region !== last.region || accountId !== last.accountId) {
    const arn = `arn:${partitionOf(region)}:lambda:${region}:${accountId}:function:${name}`;
    last = { region, accountId, name, qualifier, arn: qualifier === undefined ? arn : `${arn}:${qualifier}` };
  }
  return last.arn;
}

/** The AWS partition that a region belongs to. */
export function partitionOf(region: string): string {
  // Most regions are in that one, and every call asks.
  if (!/^(?:cn|us-gov|us-iso|eu-iso|eusc)/.test(region)) return "aws";
  if (region.startsWith("cn-")) return "aws-cn";
  if (region.startsWith("us-gov-")) return "aws-us-gov";
  if (region.startsWith("us-isob-")) return "aws-iso-b";
  if (region.startsWith("us-isof-")) return "aws-iso-f";
  if (region.startsWith("eu-isoe-")) return "aws-iso-e";
  if (region.startsWith("us-iso-")) return "aws-iso";
  return region.startsWith("eusc-") ? "aws-eusc" : "aws";
}

/**
 * A path segment with its percent-encoding removed, once. SDKs send an ARN as `arn%3Aaws…`; a damaged encoding stays
 * as it is and fails the name's pattern.
 */
export function decodeSegment(segment: string): string {
  if (!segment.includes("%")) return segment;
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
