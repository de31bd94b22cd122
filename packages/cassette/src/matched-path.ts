import { decoded, storedPath } from "./stored-path.ts";

/**
 * A path and query as requests are compared: without signature, percent-encoding in one form, query parameters by name,
 * and without what an ARN says about place and account.
 *
 *     /2021-11-15/functions/arn:aws:lambda:eu-west-1:123456789012:function:chat/...
 *     /2021-11-15/functions/arn%3A*%3Alambda%3A*%3A*%3Afunction%3Achat/...
 */
export function matchedPath(target: string): string {
  const [path = "", query] = storedPath(target).path.split(/\?(.*)/s);
  const segments = path.split("/").map(canonical).join("/");
  if (query === undefined || query === "") return segments;
  const parameters = query.split("&").map((parameter) => parameter.split(/=(.*)/s, 2).map(canonical));
  // The sort is stable: a parameter given twice keeps its order.
  parameters.sort(([a = ""], [b = ""]) => (a < b ? -1 : Number(a > b)));
  return `${segments}?${parameters.map((parameter) => parameter.join("=")).join("&")}`;
}

function canonical(text: string): string {
  const anywhere = decoded(text)
    .replace(/^arn:[^:]*:([^:]*):[^:]*:[^:]*:/, "arn:*:$1:*:*:")
    // Lambda's partial ARN.
    .replace(/^\d{12}:function:/, "*:function:");
  // A lone surrogate cannot come out of decoding, so this never throws.
  return encodeURIComponent(anywhere);
}
