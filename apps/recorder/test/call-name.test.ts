import { describe, expect, test } from "vitest";
import { callName, callSlug } from "../src/call-name.ts";

const stream = (name: string) => `/2021-11-15/functions/${name}/response-streaming-invocations`;

describe("Calls are named by operation and resource", () => {
  test.each([
    ["POST", stream("report"), "lambda:InvokeWithResponseStream", "report", "invoke-with-response-stream-report"],
    [
      "POST",
      `${stream("report")}?Qualifier=live`,
      "lambda:InvokeWithResponseStream",
      "report",
      "invoke-with-response-stream-report",
    ],
    [
      "POST",
      stream("arn%3Aaws%3Alambda%3Aus-east-1%3A123456789012%3Afunction%3AMy_fn%3Alive"),
      "lambda:InvokeWithResponseStream",
      "arn:aws:lambda:us-east-1:123456789012:function:My_fn:live",
      "invoke-with-response-stream-my-fn-live",
    ],
    [
      "POST",
      stream("123456789012:report"),
      "lambda:InvokeWithResponseStream",
      "123456789012:report",
      "invoke-with-response-stream-report",
    ],
    ["POST", "/2015-03-31/functions/report/invocations", "lambda:Invoke", "report", "invoke-report"],
    [
      "GET",
      "/2021-10-31/functions/report/urls?MaxItems=1",
      "lambda:ListFunctionUrlConfigs",
      "report",
      "list-function-url-configs-report",
    ],
    ["POST", "/model/a.b%3A1/converse-stream", "bedrock-runtime:ConverseStream", "a.b:1", "converse-stream-a-b-1"],
    ["POST", "/", "logs:POST", "", "post"],
    ["GET", "/a/b%zz", "logs:GET", "b%zz", "get-b-zz"],
  ])("%s %s", (method, target, op, subject, file) => {
    const name = callName(method, target, op.split(":")[0]!);
    expect(name).toEqual({ op, subject });
    expect(callSlug(name)).toBe(file);
  });
});
