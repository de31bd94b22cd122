import { describe, expect, test } from "vitest";
import { chunks, createLambda } from "../src/index.ts";
import {
  answered,
  arnOf,
  conflict,
  functionsPath,
  invalid,
  minimal,
  notFound,
  quickLambda,
  role,
  violation,
  zip,
} from "./control-plane-client.ts";
import { call, createUrl, send } from "./function-url-client.ts";
import { invokeTarget, stream } from "./invoke-client.ts";
import { active, clocked, configuration, pending, reason } from "./control-plane-states.ts";

const updating = {
  State: "Active",
  LastUpdateStatus: "InProgress",
  LastUpdateStatusReason: reason,
  LastUpdateStatusReasonCode: "Creating",
};

describe("GetFunction and GetFunctionConfiguration", () => {
  test("of a function of the test's own", async () => {
    const handler = chunks("x");
    const lambda = createLambda({
      functions: { own: { handler, versions: { 2: handler }, aliases: { live: 2 }, timeout: 0.5, concurrency: 5 } },
    });
    const { json } = await answered(lambda, "GET", "/own");
    expect(json).toMatchObject({
      Configuration: { FunctionName: "own", FunctionArn: arnOf("own"), Timeout: 1, ...active, Version: "$LATEST" },
      Code: { RepositoryType: "S3" },
      Concurrency: { ReservedConcurrentExecutions: 5 },
    });
    expect((await answered(lambda, "GET", "/own/configuration")).json).toEqual(json["Configuration"]);
    for (const [name, qualifier] of [
      ["own", "live"],
      ["own:live", ""],
    ]) {
      const path = `/${name}/configuration${qualifier && `?Qualifier=${qualifier}`}`;
      expect((await answered(lambda, "GET", path)).json).toMatchObject({
        FunctionArn: arnOf("own:live"),
        Version: "2",
      });
    }
  });

  test("what is missing", async () => {
    const lambda = createLambda({ functions: { own: chunks("x") } });
    for (const suffix of ["", "/configuration"]) {
      expect(await answered(lambda, "GET", `/missing${suffix}`)).toEqual(
        notFound(`Function not found: ${arnOf("missing")}`),
      );
      expect(await answered(lambda, "GET", `/own${suffix}?Qualifier=7`)).toEqual(
        notFound(`Function not found: ${arnOf("own:7")}`),
      );
    }
  });
});

describe("ListFunctions", () => {
  const functions = { b: chunks("x"), a: { handler: chunks("x"), versions: { 1: "1", 10: "10", 2: "2" } } };

  test("by name, without states; with ALL every version", async () => {
    const lambda = createLambda({ functions });
    const { Functions } = (await answered(lambda, "GET", "")).json as { Functions: Record<string, unknown>[] };
    expect(Functions.map((item) => item["FunctionArn"])).toEqual([arnOf("a"), arnOf("b")]);
    expect(Functions[0]).not.toHaveProperty("State");
    const all = (await answered(lambda, "GET", "?FunctionVersion=ALL")).json as {
      Functions: { FunctionArn: string }[];
    };
    expect(all.Functions.map((item) => item.FunctionArn)).toEqual(
      ["a:$LATEST", "a:1", "a:2", "a:10", "b:$LATEST"].map(arnOf),
    );
  });

  test("50 a page with 51 functions, and pages that come and go", async () => {
    const names = Array.from({ length: 51 }, (_, index) => `f${String(index).padStart(2, "0")}`);
    const lambda = createLambda({ functions: Object.fromEntries(names.map((name) => [name, name])) });
    const first = await answered(lambda, "GET", "?MaxItems=10000");
    expect(first.json["Functions"]).toHaveLength(50);
    const marker = encodeURIComponent(first.json["NextMarker"] as string);
    lambda.remove("f49");
    const second = await answered(lambda, "GET", `?Marker=${marker}`);
    expect(second.json).toMatchObject({ Functions: [{ FunctionName: "f50" }] });
    expect(second.json).not.toHaveProperty("NextMarker");
  });

  test.each([
    [
      "?FunctionVersion=invalid",
      violation(
        "Value 'invalid' at 'functionVersion' failed to satisfy constraint: Member must satisfy enum value set: [ALL]",
      ),
    ],
    [
      "?MaxItems=0",
      violation(
        "Value '0' at 'maxItems' failed to satisfy constraint: Member must have value greater than or equal to 1",
      ),
    ],
    [
      "?MaxItems=10001",
      violation(
        "Value '10001' at 'maxItems' failed to satisfy constraint: Member must have value less than or equal to 10000",
      ),
    ],
    ["?MaxItems=x", violation("Value 'x' at 'maxItems' failed to satisfy constraint: Member must be an integer")],
    ["?Marker=bad", invalid("Invalid marker value from user.")],
  ])("refuses %s", async (query, refusal) => {
    expect(await answered(createLambda({ functions }), "GET", query)).toEqual(refusal);
  });
});

describe("UpdateFunctionConfiguration and UpdateFunctionCode", () => {
  test("are in progress for two seconds, in which nothing else may begin", async () => {
    const { lambda, pass } = clocked();
    await answered(lambda, "POST", "", minimal);
    const stillPending = conflict(
      "The operation cannot be performed at this time. The function is currently in the following state: Pending",
    );
    const update = { Timeout: 9, Description: "New", Environment: { Variables: { A: "1" } } };
    expect(await answered(lambda, "PUT", "/made/configuration", update)).toEqual(stillPending);
    expect(await answered(lambda, "PUT", "/made/code", minimal["Code"])).toEqual(stillPending);
    expect(await answered(lambda, "POST", "/made/versions", {})).toEqual(stillPending);

    pass(2000);
    const updated = await answered(lambda, "PUT", "/made/configuration", update);
    const LastModified = "2026-09-15T11:59:41.307+0000";
    expect(updated).toEqual({ status: 200, json: { ...configuration, ...update, ...updating, LastModified } });
    const inProgress = conflict(
      `The operation cannot be performed at this time. An update is in progress for resource: ${arnOf("made")}`,
    );
    expect(await answered(lambda, "PUT", "/made/configuration", {})).toEqual(inProgress);
    expect(await answered(lambda, "POST", "/made/versions", {})).toEqual(inProgress);
    // It can be called all the while.
    expect((await send(lambda, "POST", invokeTarget("made"))).text).toBe('"ran"');

    pass(2000);
    const settled = await answered(lambda, "GET", "/made/configuration");
    expect(settled.json).toEqual({ ...configuration, ...update, ...active, LastModified });
    expect((await answered(lambda, "PUT", "/made/code", minimal["Code"])).json).toMatchObject(updating);
  });

  test("a function of the test's own can be configured and stays its own code", async () => {
    const lambda = quickLambda({ functions: { own: chunks("mine") }, loadCode: () => "loaded" });
    const Environment = { Variables: { A: "1" } };
    await answered(lambda, "PUT", "/own/configuration", { Environment, MemorySize: 256 });
    expect((await stream(lambda, "own")).chunks).toEqual(["mine"]);
    await answered(lambda, "PUT", "/own/code", minimal["Code"]);
    expect((await stream(lambda, "own")).chunks).toEqual(['"loaded"']);
    lambda.reset();
    expect((await stream(lambda, "own")).chunks).toEqual(["mine"]);
    expect((await answered(lambda, "GET", "/own/configuration")).json).toMatchObject({ MemorySize: 128 });
  });

  test("refuse a revision that is not the latest", async () => {
    const lambda = quickLambda();
    const { json } = await answered(lambda, "POST", "", minimal);
    const RevisionId = json["RevisionId"];
    expect((await answered(lambda, "PUT", "/made/configuration", { RevisionId, Timeout: 5 })).status).toBe(200);
    const stale = {
      status: 412,
      type: "PreconditionFailedException",
      json: {
        Type: "User",
        message:
          "The Revision Id provided does not match the latest Revision Id. Call the GetFunction/GetAlias API to retrieve the latest Revision Id",
      },
    };
    expect(await answered(lambda, "PUT", "/made/configuration", { RevisionId, Timeout: 6 })).toEqual(stale);
    expect(await answered(lambda, "PUT", "/made/code", { ...(minimal["Code"] as object), RevisionId })).toEqual(stale);
    expect((await answered(lambda, "GET", "/made/configuration")).json).toMatchObject({ Timeout: 5 });
  });

  test("DryRun changes nothing; Publish makes a version that is Pending", async () => {
    const { lambda, pass } = clocked();
    await answered(lambda, "POST", "", minimal);
    pass(2000);
    const ZipFile = Buffer.concat([zip, zip]).toString("base64");
    const dry = await answered(lambda, "PUT", "/made/code", { ZipFile, DryRun: true });
    expect(dry.json).toMatchObject({ CodeSize: 2 * zip.length });
    expect((await answered(lambda, "GET", "/made/configuration")).json).toEqual({ ...configuration, ...active });
    const published = await answered(lambda, "PUT", "/made/code", { ZipFile, Publish: true });
    expect(published.json).toMatchObject({ FunctionArn: arnOf("made:1"), Version: "1", ...pending });
  });

  test("are about a function as a whole", async () => {
    const lambda = quickLambda({ functions: { own: { handler: "x", versions: { 1: "one" } } } });
    const text =
      "This operation is permitted on Lambda functions only. Aliases and versions do not support this operation. Please specify either a function name or an unqualified function ARN.";
    for (const [method, path] of [
      ["PUT", "configuration"],
      ["PUT", "code"],
      ["POST", "versions"],
    ] as const) {
      expect(await answered(lambda, method, `/own:1/${path}`, {})).toEqual(invalid(text));
    }
  });

  test("refuse the wrong package, and what is missing", async () => {
    const lambda = quickLambda();
    await answered(lambda, "POST", "", minimal);
    expect(await answered(lambda, "PUT", "/made/code", { ImageUri: "x" })).toEqual(
      invalid("Please don't provide ImageUri when updating a function with packageType Zip."),
    );
    await answered(lambda, "POST", "", {
      FunctionName: "image",
      Role: role,
      PackageType: "Image",
      Code: { ImageUri: "x" },
    });
    expect(await answered(lambda, "PUT", "/image/code", minimal["Code"])).toEqual(
      invalid("Please provide ImageUri when updating a function with packageType Image."),
    );
    expect(await answered(lambda, "PUT", "/missing/code", minimal["Code"])).toEqual(
      notFound(`Function not found: ${arnOf("missing")}`),
    );
    expect(await answered(lambda, "PUT", "/missing/configuration", {})).toEqual(
      notFound(`Function not found: ${arnOf("missing")}`),
    );
  });
});

describe("DeleteFunction", () => {
  test("204 on the wire; the function, its URLs and its policy are gone for good", async () => {
    const lambda = quickLambda({ loadCode: () => "ran" });
    await answered(lambda, "POST", "", minimal);
    const { path } = await createUrl(lambda, "made");
    const deleted = await call(lambda, "DELETE", `${functionsPath}/made`);
    expect(deleted.answer.status).toBe(204);
    expect(deleted.answer.all("Content-Length")).toEqual([]);
    expect((await send(lambda, "POST", invokeTarget("made"))).status).toBe(404);
    await answered(lambda, "POST", "", minimal);
    expect((await send(lambda, "GET", `${path}/`)).text).toBe('{"Message":null}');
    expect(await answered(lambda, "DELETE", "/missing?Qualifier=1")).toEqual(
      notFound(`Function not found: ${arnOf("missing")}`),
    );
  });

  test("of a version; not of $LATEST, of an alias, or of what an alias points to", async () => {
    const lambda = quickLambda({
      functions: { own: { handler: "x", versions: { 1: "one", 2: "two" }, aliases: { live: 1 } } },
    });
    expect(await answered(lambda, "DELETE", "/own?Qualifier=$LATEST")).toEqual(
      invalid("$LATEST version cannot be deleted without deleting the function."),
    );
    expect(await answered(lambda, "DELETE", "/own?Qualifier=live")).toEqual(
      invalid("Deletion of aliases is not currently supported."),
    );
    expect(await answered(lambda, "DELETE", "/own?Qualifier=1")).toEqual(
      conflict("Unable to delete version because the following aliases reference it: [live]"),
    );
    expect((await answered(lambda, "DELETE", "/own?Qualifier=2")).status).toBe(204);
    expect((await answered(lambda, "DELETE", "/own?Qualifier=2")).status).toBe(204);
    expect((await send(lambda, "POST", invokeTarget("own", "2"))).status).toBe(404);
    expect((await send(lambda, "POST", invokeTarget("own", "1"))).text).toBe('"one"');
  });
});
