import { describe, expect, test } from "vitest";
import { callName, callSlug, textOf } from "../src/call-name.ts";

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
    ["POST", "/2015-03-31/functions", "lambda:CreateFunction", "", "create-function"],
    ["GET", "/2015-03-31/functions/?Marker=x", "lambda:ListFunctions", "", "list-functions"],
    ["GET", "/2015-03-31/functions/report", "lambda:GetFunction", "report", "get-function-report"],
    [
      "PUT",
      "/2015-03-31/functions/report/configuration",
      "lambda:UpdateFunctionConfiguration",
      "report",
      "update-function-configuration-report",
    ],
    ["DELETE", "/2015-03-31/functions/report/aliases/live", "lambda:DeleteAlias", "report", "delete-alias-report"],
    [
      "DELETE",
      "/2015-03-31/functions/report/policy/s1",
      "lambda:RemovePermission",
      "report",
      "remove-permission-report",
    ],
    ["POST", "/model/a.b%3A1/converse-stream", "bedrock-runtime:ConverseStream", "a.b:1", "converse-stream-a-b-1"],
    [
      "POST",
      "/model/arn%3Aaws%3Abedrock%3Aeu-west-1%3A123456789012%3Ainference-profile%2Feu.a.b-v1%3A0/converse-stream",
      "bedrock-runtime:ConverseStream",
      "arn:aws:bedrock:eu-west-1:123456789012:inference-profile/eu.a.b-v1:0",
      "converse-stream-arn-aws-bedrock-eu-west-1-000000000000-inference-profile-eu-a-b--81c1233e",
    ],
    ["POST", "/", "logs:POST", "", "post"],
    ["GET", "/a/b%zz", "logs:GET", "b%zz", "get-b-zz"],
  ])("%s %s", (method, target, op, subject, file) => {
    const name = callName(method, target, op.split(":")[0]!);
    expect(name).toEqual({ op, subject });
    expect(callSlug(name)).toBe(file);
  });

  test("A file's name and a line say nothing of secrets and the account, also not by the hash for what is cut off", () => {
    const slugs = ["123456789012", "000000000000"].map((account) =>
      callSlug({
        op: "bedrock-runtime:InvokeModel",
        subject: `arn:aws:bedrock:us-east-1:${account}:${"x".repeat(80)}`,
      }),
    );
    expect(slugs[0]).toBe(slugs[1]);
    expect(callSlug({ op: "sns:POST", subject: "arn:aws-cn:sns:cn-north-1:123456789012:topic" })).toBe(
      "post-arn-aws-cn-sns-cn-north-1-000000000000-topic",
    );
    const token = `eyJ${"a".repeat(20)}.eyJ${"b".repeat(20)}.${"c".repeat(20)}`;
    const verified = { op: "own:GET", subject: token };
    expect(callSlug(verified)).toBe(`get-${"x".repeat(token.length)}`);
    expect(textOf(verified)).toBe(`own:GET ${"X".repeat(token.length)}`);
    expect(textOf({ op: "lambda:Invoke", subject: "arn:aws:lambda:us-east-1:123456789012:function:f" })).toBe(
      "lambda:Invoke arn:aws:lambda:us-east-1:000000000000:function:f",
    );
    // Without an ARN around it, it is any number.
    expect(callSlug({ op: "logs:POST", subject: "123456789012" })).toBe("post-123456789012");
  });
});
