import { describe, expect, test } from "vitest";
import { createLambda } from "../src/index.ts";
import { answered, arnOf, conflict, invalid, notFound, quickLambda, violation } from "./control-plane-client.ts";
import { call } from "./function-url-client.ts";

const invoke = { StatementId: "s", Action: "lambda:InvokeFunction", Principal: "*" };
const functions = { own: { handler: "x", versions: { 1: "one" }, aliases: { live: 1 } } };

describe("AddPermission", () => {
  test.each<[string, object, object]>([
    ["everybody", {}, { Principal: "*" }],
    ["a service", { Principal: "s3.amazonaws.com" }, { Principal: { Service: "s3.amazonaws.com" } }],
    ["an account", { Principal: "111122223333" }, { Principal: { AWS: "arn:aws:iam::111122223333:root" } }],
    [
      "a user",
      { Principal: "arn:aws:iam::111122223333:user/a" },
      { Principal: { AWS: "arn:aws:iam::111122223333:user/a" } },
    ],
    [
      "a function URL",
      { Action: "lambda:InvokeFunctionUrl", FunctionUrlAuthType: "NONE" },
      { Action: "lambda:InvokeFunctionUrl", Condition: { StringEquals: { "lambda:FunctionUrlAuthType": "NONE" } } },
    ],
    [
      "calls through a function URL",
      { InvokedViaFunctionUrl: true },
      { Condition: { Bool: { "lambda:InvokedViaFunctionUrl": "true" } } },
    ],
    [
      "a source",
      { SourceArn: "arn:aws:s3:::b", SourceAccount: "111122223333", PrincipalOrgID: "o-1", EventSourceToken: "t" },
      {
        Condition: {
          StringEquals: {
            "AWS:SourceAccount": "111122223333",
            "aws:PrincipalOrgID": "o-1",
            "lambda:EventSourceToken": "t",
          },
          ArnLike: { "AWS:SourceArn": "arn:aws:s3:::b" },
        },
      },
    ],
  ])("201 with the statement as text, its members in order: %s", async (_who, changes, members) => {
    const { status, json } = await answered(createLambda({ functions }), "POST", "/own/policy", {
      ...invoke,
      ...changes,
    });
    const order = {
      Sid: "s",
      Effect: "Allow",
      Principal: "*",
      Action: "lambda:InvokeFunction",
      Resource: arnOf("own"),
    };
    expect([status, json["Statement"]]).toEqual([201, JSON.stringify({ ...order, ...members })]);
  });

  const path = "/own/policy";
  test.each<[string, string, object, object]>([
    [
      "a bad statement id",
      path,
      { StatementId: "example.com" },
      violation(
        "Value 'example.com' at 'statementId' failed to satisfy constraint: Member must satisfy regular expression pattern: ([a-zA-Z0-9-_]+)",
      ),
    ],
    [
      "no action",
      path,
      { Action: undefined },
      violation("Value null at 'action' failed to satisfy constraint: Member must not be null"),
    ],
    ["$LATEST", `${path}?Qualifier=$LATEST`, {}, invalid("We currently do not support adding policies for $LATEST.")],
    [
      "a bad principal",
      path,
      { Principal: "invalid.nonaws.com" },
      invalid("The provided principal was invalid. Please check the principal and try again."),
    ],
    [
      "a duplicate id",
      path,
      { StatementId: "taken" },
      conflict(
        "The statement id (taken) provided already exists. Please provide a new statement id, or remove the existing statement.",
      ),
    ],
    ["a missing alias", `${path}?Qualifier=none`, {}, notFound(`Cannot find alias arn: ${arnOf("own:none")}`)],
    ["a missing version", `${path}?Qualifier=42`, {}, notFound(`Function not found: ${arnOf("own:42")}`)],
    ["an odd qualifier", `${path}?Qualifier=a$b`, {}, notFound(`Function not found: ${arnOf("own:a$b")}`)],
    ["a missing function", "/missing/policy", {}, notFound(`Function not found: ${arnOf("missing")}`)],
    [
      "FunctionUrlAuthType with another action",
      path,
      { FunctionUrlAuthType: "NONE" },
      invalid("FunctionUrlAuthType is only supported for lambda:InvokeFunctionUrl action"),
    ],
    [
      "InvokedViaFunctionUrl with another action",
      path,
      { Action: "lambda:InvokeFunctionUrl", InvokedViaFunctionUrl: true },
      invalid("lambda:InvokedViaFunctionURL condition key is only supported for lambda:InvokeFunction action"),
    ],
  ])("refuses %s", async (_what, target, changes, refusal) => {
    const lambda = createLambda({ functions });
    await answered(lambda, "POST", path, { ...invoke, StatementId: "taken" });
    expect(await answered(lambda, "POST", target, { ...invoke, ...changes })).toEqual(refusal);
  });

  test("20,480 bytes of policy are the most", async () => {
    const lambda = createLambda({ functions });
    const add = (StatementId: string, SourceArn: string) =>
      answered(lambda, "POST", path, { ...invoke, StatementId, SourceArn });
    await add("a", "x".repeat(10_000));
    const { json } = await answered(lambda, "GET", path);
    // One more statement is as long as the first without its frame, and a comma.
    const frame = (json["Policy"] as string).length - 10_000;
    const statement = (JSON.parse(json["Policy"] as string) as { Statement: object[] }).Statement[0];
    const room = 20_480 - 10_000 - frame - (JSON.stringify(statement).length - 10_000) - 1;
    expect(await add("b", "x".repeat(room + 1))).toEqual({
      status: 400,
      type: "PolicyLengthExceededException",
      json: { Type: "User", message: "The final policy size (20481) is bigger than the limit (20480)." },
    });
    expect((await add("b", "x".repeat(room))).status).toBe(201);
  });
});

describe("GetPolicy and RemovePermission", () => {
  test("function, version and alias have policies of their own", async () => {
    const lambda = createLambda({ functions });
    for (const qualifier of ["", "1", "live"]) {
      const target = `/own/policy${qualifier && `?Qualifier=${qualifier}`}`;
      await answered(lambda, "POST", target, invoke);
      const { json } = await answered(lambda, "GET", target);
      expect(JSON.parse(json["Policy"] as string)).toEqual({
        Version: "2012-10-17",
        Id: "default",
        Statement: [expect.objectContaining({ Sid: "s", Resource: arnOf(qualifier ? `own:${qualifier}` : "own") })],
      });
    }
    await answered(lambda, "DELETE", "/own/aliases/live");
    await answered(lambda, "POST", "/own/aliases", { Name: "live", FunctionVersion: "1" });
    expect((await answered(lambda, "GET", "/own/policy?Qualifier=live")).status).toBe(404);
    expect((await answered(lambda, "GET", "/own/policy?Qualifier=1")).status).toBe(200);
  });

  test("a statement is removed; the last one takes the policy with it", async () => {
    const lambda = createLambda({ functions });
    await answered(lambda, "POST", "/own/policy", invoke);
    await answered(lambda, "POST", "/own/policy", { ...invoke, StatementId: "t" });
    const { json } = await answered(lambda, "GET", "/own/policy");
    const RevisionId = json["RevisionId"] as string;
    expect(await answered(lambda, "DELETE", "/own/policy/none")).toEqual(
      notFound("Statement none is not found in resource policy."),
    );
    const removed = await call(lambda, "DELETE", `/2015-03-31/functions/own/policy/s?RevisionId=${RevisionId}`);
    expect([removed.answer.status, removed.answer.text]).toEqual([204, ""]);
    const stale = {
      status: 412,
      type: "PreconditionFailedException",
      json: {
        Type: "User",
        message:
          "The Revision Id provided does not match the latest Revision Id. Call the GetPolicy API to retrieve the latest Revision Id",
      },
    };
    expect(await answered(lambda, "DELETE", `/own/policy/t?RevisionId=${RevisionId}`)).toEqual(stale);
    expect(await answered(lambda, "POST", "/own/policy", { ...invoke, RevisionId })).toEqual(stale);
    await answered(lambda, "DELETE", "/own/policy/t");
    expect(await answered(lambda, "GET", "/own/policy")).toEqual(
      notFound("The resource you requested does not exist."),
    );
  });

  test("what is missing", async () => {
    const lambda = createLambda({ functions });
    for (const target of ["/own", "/missing"]) {
      expect(await answered(lambda, "GET", `${target}/policy`)).toEqual(
        notFound("The resource you requested does not exist."),
      );
    }
    expect(await answered(lambda, "DELETE", "/own/policy/s")).toEqual(
      notFound("No policy is associated with the given resource."),
    );
    expect(await answered(lambda, "DELETE", "/own/policy/s?Qualifier=live")).toEqual(
      notFound(`No policy found for: ${arnOf("own:live")}`),
    );
    expect(await answered(lambda, "DELETE", "/own/policy/s?Qualifier=none")).toEqual(
      notFound(`Cannot find alias arn: ${arnOf("own:none")}`),
    );
    expect(await answered(lambda, "DELETE", "/missing/policy/s")).toEqual(
      notFound(`No policy found for: ${arnOf("missing")}`),
    );
  });
});

describe("reserved concurrency through the API", () => {
  const put = "/2017-10-31/functions/own/concurrency";
  const get = "/2019-09-30/functions/own/concurrency";

  test("is put, read and deleted; 0 throttles", async () => {
    const lambda = quickLambda({ functions });
    const answer = await call(lambda, "PUT", put, { ReservedConcurrentExecutions: 0 });
    expect([answer.answer.status, answer.json]).toEqual([200, { ReservedConcurrentExecutions: 0 }]);
    expect((await call(lambda, "GET", get)).json).toEqual({ ReservedConcurrentExecutions: 0 });
    expect((await call(lambda, "POST", "/2015-03-31/functions/own/invocations")).answer.status).toBe(429);
    expect((await call(lambda, "DELETE", put)).answer.status).toBe(204);
    expect((await call(lambda, "GET", get)).json).toEqual({});
    expect((await call(lambda, "POST", "/2015-03-31/functions/own/invocations")).answer.status).toBe(200);
  });

  test("refusals", async () => {
    const lambda = quickLambda({ functions });
    const body = { ReservedConcurrentExecutions: 1 };
    expect((await call(lambda, "PUT", put.replace("own", "missing"), body)).json).toEqual({
      Type: "User",
      Message: `Function not found: ${arnOf("missing:$LATEST")}`,
    });
    expect((await call(lambda, "DELETE", put.replace("own", "missing"))).json["Message"]).toBe(
      `Function not found: ${arnOf("missing:$LATEST")}`,
    );
    expect((await call(lambda, "GET", get.replace("own", "missing"))).json["Message"]).toBe(
      `Function not found: ${arnOf("missing")}`,
    );
    expect((await call(lambda, "PUT", put.replace("own", "own:live"), body)).json["message"]).toMatch(
      /^This operation is permitted on Lambda functions only\./,
    );
    expect((await call(lambda, "PUT", put, {})).answer.all("x-amzn-ErrorType")).toEqual(["ValidationException"]);
  });
});
