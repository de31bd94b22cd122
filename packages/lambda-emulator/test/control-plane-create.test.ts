import { describe, expect, test } from "vitest";
import { chunks } from "../src/index.ts";
import type { FunctionPackage } from "../src/index.ts";
import {
  answered,
  arnOf,
  conflict,
  invalid,
  minimal,
  quickLambda,
  role,
  violation,
  zip,
} from "./control-plane-client.ts";
import { send } from "./function-url-client.ts";
import { invokeTarget, stream } from "./invoke-client.ts";
import { active, clocked, configuration, pending } from "./control-plane-states.ts";

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
