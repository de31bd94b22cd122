import { cassetteSlug } from "@eventstream-kit/cassette/node";
import type { ServiceRequest } from "@eventstream-kit/service";
import { printable } from "./inspect/printable.ts";
import { maskedText } from "./masked-text.ts";
import { signingScope } from "./signing-scope.ts";

/** What a request is called in files and messages. */
export interface CallName {
  /** Service and operation as AWS names them, such as `lambda:InvokeWithResponseStream`. */
  readonly op: string;
  /** The function or model called, as it was named. Empty when the path names none. */
  readonly subject: string;
}

/** Paths of operations whose path says what they are (restJson). First group: the resource, percent-encoded. */
const operations: readonly (readonly [method: string, path: RegExp, op: string])[] = [
  ["POST", /^\/2021-11-15\/functions\/([^/]*)\/response-streaming-invocations$/, "lambda:InvokeWithResponseStream"],
  ["POST", /^\/2015-03-31\/functions\/([^/]*)\/invocations$/, "lambda:Invoke"],
  ["POST", /^\/2021-10-31\/functions\/([^/]*)\/url$/, "lambda:CreateFunctionUrlConfig"],
  ["GET", /^\/2021-10-31\/functions\/([^/]*)\/url$/, "lambda:GetFunctionUrlConfig"],
  ["PUT", /^\/2021-10-31\/functions\/([^/]*)\/url$/, "lambda:UpdateFunctionUrlConfig"],
  ["DELETE", /^\/2021-10-31\/functions\/([^/]*)\/url$/, "lambda:DeleteFunctionUrlConfig"],
  ["GET", /^\/2021-10-31\/functions\/([^/]*)\/urls$/, "lambda:ListFunctionUrlConfigs"],
  ["POST", /^\/2015-03-31\/functions\/?$/, "lambda:CreateFunction"],
  ["GET", /^\/2015-03-31\/functions\/?$/, "lambda:ListFunctions"],
  ["GET", /^\/2015-03-31\/functions\/([^/]+)$/, "lambda:GetFunction"],
  ["DELETE", /^\/2015-03-31\/functions\/([^/]+)$/, "lambda:DeleteFunction"],
  ["GET", /^\/2015-03-31\/functions\/([^/]+)\/configuration$/, "lambda:GetFunctionConfiguration"],
  ["PUT", /^\/2015-03-31\/functions\/([^/]+)\/configuration$/, "lambda:UpdateFunctionConfiguration"],
  ["PUT", /^\/2015-03-31\/functions\/([^/]+)\/code$/, "lambda:UpdateFunctionCode"],
  ["POST", /^\/2015-03-31\/functions\/([^/]+)\/versions$/, "lambda:PublishVersion"],
  ["GET", /^\/2015-03-31\/functions\/([^/]+)\/versions$/, "lambda:ListVersionsByFunction"],
  ["POST", /^\/2015-03-31\/functions\/([^/]+)\/aliases$/, "lambda:CreateAlias"],
  ["GET", /^\/2015-03-31\/functions\/([^/]+)\/aliases$/, "lambda:ListAliases"],
  ["GET", /^\/2015-03-31\/functions\/([^/]+)\/aliases\/[^/]+$/, "lambda:GetAlias"],
  ["PUT", /^\/2015-03-31\/functions\/([^/]+)\/aliases\/[^/]+$/, "lambda:UpdateAlias"],
  ["DELETE", /^\/2015-03-31\/functions\/([^/]+)\/aliases\/[^/]+$/, "lambda:DeleteAlias"],
  ["POST", /^\/2015-03-31\/functions\/([^/]+)\/policy$/, "lambda:AddPermission"],
  ["GET", /^\/2015-03-31\/functions\/([^/]+)\/policy$/, "lambda:GetPolicy"],
  ["DELETE", /^\/2015-03-31\/functions\/([^/]+)\/policy\/[^/]+$/, "lambda:RemovePermission"],
  ["PUT", /^\/2017-10-31\/functions\/([^/]+)\/concurrency$/, "lambda:PutFunctionConcurrency"],
  ["GET", /^\/2019-09-30\/functions\/([^/]+)\/concurrency$/, "lambda:GetFunctionConcurrency"],
  ["DELETE", /^\/2017-10-31\/functions\/([^/]+)\/concurrency$/, "lambda:DeleteFunctionConcurrency"],
  ["POST", /^\/model\/([^/]*)\/converse-stream$/, "bedrock-runtime:ConverseStream"],
  ["POST", /^\/model\/([^/]*)\/invoke-with-response-stream$/, "bedrock-runtime:InvokeModelWithResponseStream"],
  ["POST", /^\/model\/([^/]*)\/converse$/, "bedrock-runtime:Converse"],
  ["POST", /^\/model\/([^/]*)\/invoke$/, "bedrock-runtime:InvokeModel"],
];

/** Names a request by method and path; the query does not matter. */
export function callName(method: string, target: string, service: string): CallName {
  const path = target.replace(/[?#].*/s, "");
  for (const [wanted, pattern, op] of operations) {
    const match = wanted === method ? pattern.exec(path) : null;
    if (match) return { op, subject: decode(match[1] ?? "") };
  }
  // A service we do not know by heart: its name and the last word of the path still tell calls apart.
  return { op: `${service}:${method}`, subject: decode(path.split("/").findLast((segment) => segment !== "") ?? "") };
}

/**
 * Names a request that a client sent, signed or not.
 *
 * @param shown its target as its subject is to be taken from. Default: as it came.
 */
export function nameOfRequest(request: ServiceRequest, shown = request.target): CallName {
  let service = "unsigned";
  try {
    ({ service } = signingScope(request));
  } catch {
    // The path may name it all the same.
  }
  const { op } = callName(request.method, request.target, service);
  return { op, subject: callName(request.method, shown, service).subject };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/**
 * A name as people read it. A client chooses it, so it holds nothing that a terminal would obey; and nothing that looks like a
 * secret, as what is recorded of it does not.
 */
export function textOf({ op, subject }: CallName): string {
  return printable(subject === "" ? op : `${op} ${maskedText(subject)}`);
}

/** The part of an ARN or partial ARN that names the function: no region, account or `function:`. Masked as in the cassette. */
function shortSubject(subject: string): string {
  return maskedText(subject)
    .replace(/^.*:function:/, "")
    .replace(/^\d{12}:/, "");
}

/** The file name for calls of one name, without extension: `invoke-with-response-stream-report`. */
export function callSlug({ op, subject }: CallName): string {
  const operation = op.replace(/^[^:]*:/, "").replace(/(?<=[a-z0-9])(?=[A-Z])/g, "-");
  return cassetteSlug(`${operation}-${shortSubject(subject)}`);
}
