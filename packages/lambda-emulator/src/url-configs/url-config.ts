import { timestampText } from "./timestamp.ts";

/** In the order in which the service prints them when it refuses another value. */
export const authTypes = ["AWS_IAM", "NONE"] as const;
export type AuthType = (typeof authTypes)[number];

/** In the order in which the service prints them when it refuses another value. */
export const invokeModes = ["RESPONSE_STREAM", "BUFFERED"] as const;
export type InvokeMode = (typeof invokeModes)[number];

/** The `Cors` structure of the API. A member that the caller left out stays out. */
export interface Cors {
  readonly AllowCredentials?: boolean;
  readonly AllowHeaders?: readonly string[];
  readonly AllowMethods?: readonly string[];
  readonly AllowOrigins?: readonly string[];
  readonly ExposeHeaders?: readonly string[];
  /** Seconds. */
  readonly MaxAge?: number;
}

/** A function URL: of a function's `$LATEST`, or of one of its aliases. Never changed in place. */
export interface UrlConfig {
  /** 32 characters of `[a-z0-9]`, the first label of the host. */
  readonly urlId: string;
  readonly region: string;
  readonly functionName: string;
  /** The alias; absent for the unqualified URL. */
  readonly alias?: string;
  /** Ends in the alias when there is one. */
  readonly functionArn: string;
  readonly authType: AuthType;
  readonly cors?: Cors;
  /** Absent until a create or an update has set it: the URL is `BUFFERED` then, but not every answer says so. */
  readonly invokeMode?: InvokeMode;
  /** Nanoseconds since the epoch. */
  readonly createdAt: bigint;
  readonly modifiedAt: bigint;
  /** Counts creations: a later URL has the larger number. */
  readonly sequence: number;
}

/** The host of a function URL as real Lambda names it. */
export function domainName({ urlId, region }: UrlConfig): string {
  return `${urlId}.lambda-url.${region}.on.aws`;
}

/** The answer of Create: no `LastModifiedTime`, and `InvokeMode` only when the caller sent it. */
export function createdJson(config: UrlConfig): object {
  const { authType, cors, createdAt, functionArn, invokeMode } = config;
  return {
    FunctionUrl: `https://${domainName(config)}/`,
    FunctionArn: functionArn,
    AuthType: authType,
    ...(cors && { Cors: cors }),
    CreationTime: timestampText(createdAt),
    ...(invokeMode && { InvokeMode: invokeMode }),
  };
}

/** The answer of Update: `InvokeMode` only once a create or an update has set it. */
export function updatedJson(config: UrlConfig): object {
  return { ...createdJson(config), LastModifiedTime: timestampText(config.modifiedAt) };
}

/** The answer of Get, and an item of List: `InvokeMode` is always there. */
export function configJson(config: UrlConfig): object {
  return { ...updatedJson(config), InvokeMode: config.invokeMode ?? "BUFFERED" };
}
