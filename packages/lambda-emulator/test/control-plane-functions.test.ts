import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { chunks, createLambda } from "../src/index.ts";
import type { FunctionPackage } from "../src/index.ts";
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

const uuid = expect.stringMatching(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/) as string;
const sha256 = createHash("sha256").update(zip).digest("base64");

/** What every function made from `minimal` says, whatever its state. */
const configuration = {
  FunctionName: "made",
  FunctionArn: arnOf("made"),
  Runtime: "nodejs22.x",
  Role: role,
  Handler: "index.handler",
  CodeSize: zip.length,
  Description: "",
  Timeout: 3,
  MemorySize: 128,
  LastModified: "2026-09-15T11:59:39.307+0000",
  CodeSha256: sha256,
  Version: "$LATEST",
  TracingConfig: { Mode: "PassThrough" },
  RevisionId: uuid,
  PackageType: "Zip",
  Architectures: ["x86_64"],
  EphemeralStorage: { Size: 512 },
  SnapStart: { ApplyOn: "None", OptimizationStatus: "Off" },
  RuntimeVersionConfig: {
    RuntimeVersionArn: expect.stringMatching(/^arn:aws:lambda:us-east-1::runtime:[0-9a-f]{64}$/) as string,
  },
  LoggingConfig: { LogFormat: "Text", LogGroup: "/aws/lambda/made" },
};
const reason = "The function is being created.";
const pending = { State: "Pending", StateReason: reason, StateReasonCode: "Creating" };
const active = { State: "Active", LastUpdateStatus: "Successful" };
const updating = {
  State: "Active",
  LastUpdateStatus: "InProgress",
  LastUpdateStatusReason: reason,
  LastUpdateStatusReasonCode: "Creating",
};
const startedAt = Date.UTC(2026, 8, 15, 11, 59, 39, 307);

/** A Lambda whose clock the test turns. */
function clocked() {
  let time = startedAt;
  const lambda = createLambda({ functions: {}, now: () => time, loadCode: () => "ran" });
  return { lambda, pass: (ms: number) => (time += ms) };
}

describe("CreateFunction", () => {
  test("answers 201, Pending; after two seconds the function is Active and another revision", async () => {
    const { lambda, pass } = clocked();
    const created = await answered(lambda, "POST", "", minimal);
    expect(created).toEqual({ status: 201, json: { ...configuration, ...pending } });

    pass(1999);
    const same = await answered(lambda, "GET", "/made/configuration");
    expect(same).toEqual({ status: 200, json: created.json });
    for (const type of ["RequestResponse", "Event"]) {
      const headers = [["X-Amz-Invocation-Type", type]] as const;
      expect((await send(lambda, "POST", invokeTarget("made"), { headers })).text).toBe(
        JSON.stringify({
          Type: "User",
          message:
            "The operation cannot be performed at this time. The function is currently in the following state: Pending",
        }),
      );
    }

    pass(1);
    const later = await answered(lambda, "GET", "/made/configuration");
    expect(later.json).toEqual({ ...configuration, ...active });
    expect(later.json["RevisionId"]).not.toBe(created.json["RevisionId"]);
    expect((await send(lambda, "POST", invokeTarget("made"))).text).toBe('"ran"');
  });

  test("members in the order of the model", async () => {
    const { json } = await answered(quickLambda(), "POST", "", minimal);
    expect(Object.keys(json)).toEqual(
      [
        "FunctionName FunctionArn Runtime Role Handler CodeSize Description Timeout MemorySize LastModified",
        "CodeSha256 Version TracingConfig RevisionId State LastUpdateStatus PackageType Architectures",
        "EphemeralStorage SnapStart RuntimeVersionConfig LoggingConfig",
      ]
        .join(" ")
        .split(" "),
    );
  });

  test("settings are echoed", async () => {
    const settings = {
      Description: "Chats",
      Timeout: 30,
      MemorySize: 512,
      Environment: { Variables: { MODE: "test" } },
      Architectures: ["arm64"],
      EphemeralStorage: { Size: 1024 },
      TracingConfig: { Mode: "Active" },
      KMSKeyArn: "arn:aws:kms:us-east-1:123456789012:key/1",
      DeadLetterConfig: { TargetArn: "arn:aws:sqs:us-east-1:123456789012:q" },
    };
    const lambda = quickLambda();
    const { json } = await answered(lambda, "POST", "", {
      ...minimal,
      ...settings,
      FunctionName: arnOf("made"),
      Layers: ["arn:aws:lambda:us-east-1:123456789012:layer:l:1"],
      VpcConfig: { SubnetIds: ["s"], SecurityGroupIds: ["g"] },
      SnapStart: { ApplyOn: "PublishedVersions" },
      LoggingConfig: { LogFormat: "JSON" },
      Tags: { team: "a" },
    });
    expect(json).toMatchObject({
      FunctionName: "made",
      ...settings,
      Layers: [{ Arn: "arn:aws:lambda:us-east-1:123456789012:layer:l:1", CodeSize: 0 }],
      VpcConfig: { SubnetIds: ["s"], SecurityGroupIds: ["g"], VpcId: "" },
      SnapStart: { ApplyOn: "PublishedVersions", OptimizationStatus: "Off" },
      LoggingConfig: { LogFormat: "JSON", LogGroup: "/aws/lambda/made" },
    });
    expect((await answered(lambda, "GET", "/made")).json).toMatchObject({ Tags: { team: "a" } });
  });

  test("Publish makes version 1, which the answer is", async () => {
    const lambda = quickLambda({ loadCode: () => "ran" });
    const { json } = await answered(lambda, "POST", "", { ...minimal, Publish: true });
    expect(json).toMatchObject({ Version: "1", FunctionArn: arnOf("made") });
    expect((await send(lambda, "POST", invokeTarget("made", "1"))).text).toBe('"ran"');
  });

  test.each([
    [
      "no Role",
      { Role: undefined },
      violation("Value null at 'role' failed to satisfy constraint: Member must not be null"),
    ],
    [
      "no Code",
      { Code: undefined },
      violation("Value null at 'code' failed to satisfy constraint: Member must not be null"),
    ],
    [
      "a Role that is none",
      { Role: "r1" },
      violation(
        String.raw`Value 'r1' at 'role' failed to satisfy constraint: Member must satisfy regular expression pattern: arn:(aws[a-zA-Z-]*)?:iam::\d{12}:role/?[a-zA-Z_0-9+=,.@\-_/]+`,
      ),
    ],
    [
      "a name of a wrong form",
      { FunctionName: "invalid:function:name" },
      violation(
        String.raw`Value 'invalid:function:name' at 'functionName' failed to satisfy constraint: Member must satisfy regular expression pattern: (arn:(aws[a-zA-Z-]*)?:lambda:)?((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:)?(\d{12}:)?(function:)?([a-zA-Z0-9-_]+)(:(\$LATEST|[a-zA-Z0-9-_]+))?`,
      ),
    ],
    [
      "a name of 65 characters",
      { FunctionName: "a".repeat(65) },
      invalid(
        `1 validation error detected: Value '${"a".repeat(65)}' at 'functionName' failed to satisfy constraint: Member must have length less than or equal to 64`,
      ),
    ],
    [
      "two architectures",
      { Architectures: ["x86_64", "arm64"] },
      violation(
        "Value '[x86_64, arm64]' at 'architectures' failed to satisfy constraint: Member must have length less than or equal to 1",
      ),
    ],
    [
      "an architecture in capitals",
      { Architectures: ["X86_64"] },
      violation(
        "Value '[X86_64]' at 'architectures' failed to satisfy constraint: Member must satisfy constraint: [Member must satisfy enum value set: [x86_64, arm64], Member must not be null]",
      ),
    ],
    [
      "a timeout of 0",
      { Timeout: 0 },
      violation(
        "Value '0' at 'timeout' failed to satisfy constraint: Member must have value greater than or equal to 1",
      ),
    ],
    [
      "too much memory",
      { MemorySize: 32_769 },
      violation(
        "Value '32769' at 'memorySize' failed to satisfy constraint: Member must have value less than or equal to 32768",
      ),
    ],
    [
      "no Handler",
      { Handler: undefined },
      invalid("Runtime and Handler are mandatory parameters for functions created with deployment packages."),
    ],
    [
      "a zip that is none",
      { Code: { ZipFile: Buffer.from("text").toString("base64") } },
      invalid("Could not unzip uploaded file. Please check your file, then try to upload again."),
    ],
    [
      "an empty zip",
      { Code: { ZipFile: Buffer.from("PK\x05\x06").toString("base64") } },
      invalid("Uploaded file must be a non-empty zip"),
    ],
    ["a source that is empty", { Code: {} }, invalid("Please provide a source for function code.")],
    [
      "two sources",
      { Code: { ZipFile: zip.toString("base64"), S3Bucket: "b", S3Key: "k" } },
      invalid("Please do not provide other FunctionCode parameters when providing a ZipFile."),
    ],
    [
      "an image for a zip",
      { Code: { ImageUri: "repo:tag" } },
      invalid("Please don't provide ImageUri when creating a function with packageType Zip."),
    ],
    [
      "a reserved variable",
      { Environment: { Variables: { AWS_REGION: "x", A: "b" } } },
      invalid(
        "Lambda was unable to configure your environment variables because the environment variables you have provided contains reserved keys that are currently not supported for modification. Reserved keys used in this request: AWS_REGION",
      ),
    ],
    [
      "more than 4 KB of variables",
      { Environment: { Variables: { A: "x".repeat(4089) } } },
      invalid(
        `Lambda was unable to configure your environment variables because the environment variables you have provided exceeded the 4KB limit. String measured: {"A":"${"x".repeat(4089)}"}`,
      ),
    ],
  ])("refuses %s", async (_what, changes, refusal) => {
    const lambda = quickLambda();
    expect(await answered(lambda, "POST", "", { ...minimal, ...changes })).toEqual(refusal);
    expect((await answered(lambda, "GET", "")).json).toEqual({ Functions: [] });
  });

  test("refuses an unknown runtime with the list of those it knows", async () => {
    const { status, json } = await answered(quickLambda(), "POST", "", { ...minimal, Runtime: "PYTHON3.9" });
    expect([status, json["message"]]).toEqual([
      400,
      expect.stringMatching(
        /^Value PYTHON3.9 at 'runtime' failed to satisfy constraint: Member must satisfy enum value set: \[nodejs20\.x, .*, java8\.al2\] or be a valid ARN$/,
      ),
    ]);
  });

  test("4,096 bytes of variables are the most", async () => {
    const Environment = { Variables: { A: "x".repeat(4088) } };
    expect((await answered(quickLambda(), "POST", "", { ...minimal, Environment })).status).toBe(201);
  });

  test("a zip of 50 MiB is the largest", async () => {
    const size = 50 * 1024 * 1024;
    const bytes = Buffer.alloc(size + 1);
    zip.copy(bytes);
    const lambda = quickLambda();
    const create = (ZipFile: string) => answered(lambda, "POST", "", { ...minimal, Code: { ZipFile } });
    expect(await create(bytes.toString("base64"))).toEqual({
      status: 413,
      type: "RequestEntityTooLargeException",
      json: { message: "Zipped size must be smaller than 52428800 bytes" },
    });
    expect((await create(bytes.subarray(0, size).toString("base64"))).json).toMatchObject({ CodeSize: size });
  }, 60_000);

  test("refuses a function that exists, given to createLambda or made", async () => {
    const lambda = quickLambda({ functions: { own: chunks("x") } });
    await answered(lambda, "POST", "", minimal);
    for (const name of ["own", "made"]) {
      expect(await answered(lambda, "POST", "", { ...minimal, FunctionName: name })).toEqual(
        conflict(`Function already exist: ${name}`),
      );
    }
  });

  test("from S3 and from an image", async () => {
    const lambda = quickLambda();
    const s3 = await answered(lambda, "POST", "", { ...minimal, Code: { S3Bucket: "b", S3Key: "k" } });
    expect(s3.json).toMatchObject({ CodeSize: 0, PackageType: "Zip" });
    const image = { FunctionName: "image", Role: role, PackageType: "Image", Code: { ImageUri: "host/repo:tag" } };
    expect((await answered(lambda, "POST", "", image)).json).not.toHaveProperty("Runtime");
    expect((await answered(lambda, "GET", "/image")).json).toMatchObject({
      Code: {
        RepositoryType: "ECR",
        ImageUri: "host/repo:tag",
        ResolvedImageUri: expect.stringMatching(/^host\/repo@sha256:[0-9a-f]{64}$/) as string,
      },
    });
  });
});

describe("loadCode", () => {
  test("gets what the function was created with, and again what changed", async () => {
    const seen: FunctionPackage[] = [];
    const lambda = quickLambda({
      loadCode: async (code) => {
        seen.push(code);
        return () => `${code.handler} ${code.environment["MODE"]}`;
      },
    });
    const Environment = { Variables: { MODE: "one" } };
    await answered(lambda, "POST", "", { ...minimal, Environment, Timeout: 7 });
    expect(seen).toEqual([
      {
        functionName: "made",
        zip: new Uint8Array(zip),
        runtime: "nodejs22.x",
        handler: "index.handler",
        environment: { MODE: "one" },
        timeout: 7,
        memorySize: 128,
      },
    ]);
    expect((await stream(lambda, "made")).chunks).toEqual(['"index.handler one"']);

    await answered(lambda, "PUT", "/made/configuration", { Description: "Nothing to load" });
    expect(seen).toHaveLength(1);
    await answered(lambda, "PUT", "/made/configuration", { Environment: { Variables: { MODE: "two" } } });
    expect((await stream(lambda, "made")).chunks).toEqual(['"index.handler two"']);
    const other = Buffer.concat([zip, zip]);
    await answered(lambda, "PUT", "/made/code", { ZipFile: other.toString("base64") });
    expect(seen.map((code) => code.zip!.length)).toEqual([zip.length, zip.length, other.length]);
  });

  test("may refuse, and nothing has changed then", async () => {
    const lambda = quickLambda({ loadCode: () => Promise.reject(new Error("No handler there")) });
    expect(await answered(lambda, "POST", "", minimal)).toEqual(invalid("No handler there"));
    expect((await answered(lambda, "GET", "/made")).status).toBe(404);
  });

  test("is missed by whoever invokes, not before", async () => {
    const lambda = quickLambda();
    await answered(lambda, "POST", "", minimal);
    const answer = await send(lambda, "POST", invokeTarget("made"));
    expect(answer.all("X-Amz-Function-Error")).toEqual(["Unhandled"]);
    expect(JSON.parse(answer.text)).toMatchObject({ errorType: "Runtime.CodeNotLoaded" });
  });
});

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
