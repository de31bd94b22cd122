/** The numbered cases of function URL configurations as the callers of a real client see them. See sdk-cases.test.ts. */
import {
  CreateAliasCommand,
  CreateFunctionUrlConfigCommand,
  DeleteAliasCommand,
  DeleteFunctionUrlConfigCommand,
  GetFunctionUrlConfigCommand,
  ListFunctionUrlConfigsCommand,
  UpdateFunctionUrlConfigCommand,
} from "@aws-sdk/client-lambda";
import type {
  CreateFunctionUrlConfigCommandInput,
  GetFunctionUrlConfigCommandInput,
  UpdateFunctionUrlConfigCommandInput,
} from "@aws-sdk/client-lambda";
import { createLambda } from "@eventstream-kit/mock-handlers";
import { describe, expect, test } from "vitest";
import { sdkTransports } from "./transports.ts";

const arn = "arn:aws:lambda:us-east-1:123456789012:function:f";

const refusal = (name: string, message: string | RegExp) => ({
  name,
  message: typeof message === "string" ? message : expect.stringMatching(message),
});

describe.each(sdkTransports)("$name", (transport) => {
  /** The operations on URLs of a function `f`, which has an alias. */
  async function urls() {
    const lambda = createLambda({ functions: { f: { handler: () => "x", aliases: { live: "$LATEST" } } } });
    const { client, fetchUrl } = await transport.reach(lambda);
    const FunctionName = "f";
    return {
      fetchUrl,
      create: (more: Partial<CreateFunctionUrlConfigCommandInput> = {}) =>
        client.send(new CreateFunctionUrlConfigCommand({ FunctionName, AuthType: "NONE", ...more })),
      get: (more: Partial<GetFunctionUrlConfigCommandInput> = {}) =>
        client.send(new GetFunctionUrlConfigCommand({ FunctionName, ...more })),
      update: (more: Partial<UpdateFunctionUrlConfigCommandInput> = {}) =>
        client.send(new UpdateFunctionUrlConfigCommand({ FunctionName, ...more })),
      remove: (more: Partial<GetFunctionUrlConfigCommandInput> = {}) =>
        client.send(new DeleteFunctionUrlConfigCommand({ FunctionName, ...more })),
      list: (more: { FunctionName?: string; MaxItems?: number; Marker?: string } = {}) =>
        client.send(new ListFunctionUrlConfigsCommand({ FunctionName, ...more })),
      deleteAlias: () => client.send(new DeleteAliasCommand({ FunctionName, Name: "live" })),
      createAlias: () =>
        client.send(new CreateAliasCommand({ FunctionName, Name: "live", FunctionVersion: "$LATEST" })),
    };
  }

  test("lambda case 42 by the SDK: what was not said is not echoed, but is BUFFERED", async () => {
    const { create, get } = await urls();
    const created = await create();
    expect(created.$metadata.httpStatusCode).toBe(201);
    expect([created.InvokeMode, created]).toEqual([
      undefined,
      expect.not.objectContaining({ LastModifiedTime: expect.anything() }),
    ]);
    expect((await get()).InvokeMode).toBe("BUFFERED");
  });

  test("lambda case 43 by the SDK: RESPONSE_STREAM is echoed", async () => {
    const { create, get, list } = await urls();
    const InvokeMode = "RESPONSE_STREAM";
    expect((await create({ InvokeMode })).InvokeMode).toBe(InvokeMode);
    expect((await get()).InvokeMode).toBe(InvokeMode);
    expect((await list()).FunctionUrlConfigs).toMatchObject([{ InvokeMode }]);
  });

  test("lambda case 44 by the SDK: a second create is refused", async () => {
    const { create } = await urls();
    await create();
    const message = `Failed to create function url config for [functionArn = ${arn}]. Error message:  FunctionUrlConfig exists for this Lambda function`;
    await expect(create()).rejects.toMatchObject(refusal("ResourceConflictException", message));
  });

  test("lambda case 45 by the SDK: an alias has a URL of its own", async () => {
    const { create, list } = await urls();
    expect((await create({ Qualifier: "live" })).FunctionArn).toBe(`${arn}:live`);
    expect((await create()).FunctionArn).toBe(arn);
    expect((await list()).FunctionUrlConfigs).toHaveLength(2);
  });

  test("lambda case 46 by the SDK: no version is a qualifier of a URL, even of a missing function", async () => {
    const { create, get, update, remove } = await urls();
    for (const Qualifier of ["1", "$LATEST"]) {
      for (const operation of [create, get, update, remove]) {
        await expect(operation({ FunctionName: "missing", Qualifier })).rejects.toMatchObject(
          refusal("ValidationException", /^1 validation error detected: Value '(1|\$LATEST)' at 'qualifier' /),
        );
      }
    }
  });

  test("lambda case 47 by the SDK: two texts for a missing function", async () => {
    const { create, get, update, remove, list } = await urls();
    const missing = { FunctionName: "missing" };
    for (const operation of [create, update, list]) {
      await expect(operation(missing)).rejects.toMatchObject(
        refusal("ResourceNotFoundException", "Function does not exist"),
      );
    }
    for (const operation of [get, remove]) {
      await expect(operation(missing)).rejects.toMatchObject(
        refusal("ResourceNotFoundException", "The resource you requested does not exist."),
      );
    }
  });

  test("lambda case 48 by the SDK: an empty update changes nothing but the time", async () => {
    const { create, get, update } = await urls();
    const { FunctionUrl } = await create();
    const before = await get();
    const updated = await update();
    expect([updated.FunctionUrl, updated.AuthType, updated.InvokeMode]).toEqual([FunctionUrl, "NONE", undefined]);
    expect(updated.LastModifiedTime! > before.LastModifiedTime!).toBe(true);
  });

  test("lambda case 49 by the SDK: Cors without AllowOrigins is refused", async () => {
    const { create, get, update } = await urls();
    const Cors = { AllowOrigins: ["https://example.com"] };
    await create({ Cors });
    await expect(update({ Cors: { AllowHeaders: ["x"] } })).rejects.toMatchObject(
      refusal("InvalidParameterValueException", "You can't leave AllowOrigins as empty when Cors is enabled."),
    );
    expect((await get()).Cors).toEqual(Cors);
  });

  test("lambda case 50 by the SDK: Cors is replaced as a whole", async () => {
    const { create, update, get } = await urls();
    await create({ Cors: { AllowOrigins: ["https://example.com"], MaxAge: 60 } });
    expect((await update({ Cors: {} })).Cors).toBeUndefined();
    expect((await get()).Cors).toBeUndefined();
    const empty = { AllowOrigins: [], AllowHeaders: [], AllowMethods: [], ExposeHeaders: [] };
    expect((await update({ Cors: { ...empty, AllowCredentials: false, MaxAge: 0 } })).Cors).toMatchObject(empty);
  });

  test.each([
    ["cors.maxAge", { MaxAge: 86_401 }],
    ["cors.allowMethods", { AllowMethods: ["GET", "PUT", "HEAD", "POST", "PATCH", "DELETE", "*"] }],
    ["cors.allowMethods", { AllowMethods: ["OPTIONS"] }],
  ])("lambda case 51 by the SDK: bounds of %s", async (member, Cors) => {
    const { create } = await urls();
    await expect(create({ Cors: { AllowOrigins: ["*"], ...Cors } })).rejects.toMatchObject(
      refusal("ValidationException", new RegExp(`'${member.replace(".", String.raw`\.`)}`)),
    );
  });

  test.each([
    ["AuthType", "[AWS_IAM, NONE]"],
    ["InvokeMode", "[RESPONSE_STREAM, BUFFERED]"],
  ])("lambda case 52 by the SDK: an unknown %s", async (member, values) => {
    const { create } = await urls();
    await expect(create({ [member]: "UNKNOWN" })).rejects.toMatchObject({
      name: "ValidationException",
      message: expect.stringContaining(`Member must satisfy enum value set: ${values}`),
    });
  });

  test("lambda case 53 by the SDK: pages", async () => {
    const { create, list } = await urls();
    await create();
    await create({ Qualifier: "live" });
    const first = await list({ MaxItems: 1 });
    const second = await list({ MaxItems: 1, Marker: first.NextMarker! });
    expect([first.FunctionUrlConfigs!.length, second.FunctionUrlConfigs!.length, second.NextMarker]).toEqual([
      1,
      1,
      undefined,
    ]);
    await expect(list({ Marker: "bad" })).rejects.toMatchObject(
      refusal("InvalidParameterValueException", "Invalid marker value from user."),
    );
  });

  test("lambda case 54 by the SDK: a new URL after a delete, and 403 of the old one", async () => {
    const { create, get, remove, fetchUrl } = await urls();
    const old = (await create()).FunctionUrl!;
    expect((await remove()).$metadata.httpStatusCode).toBe(204);
    await expect(get()).rejects.toMatchObject({ name: "ResourceNotFoundException" });
    expect((await create()).FunctionUrl).not.toBe(old);
    const answer = await fetchUrl(old);
    expect([answer.status, await answer.text()]).toEqual([403, '{"Message":null}']);
  });

  test("lambda case 55 by the SDK: a URL outlives its alias, forbidden until it is back", async () => {
    const { create, get, fetchUrl, deleteAlias, createAlias } = await urls();
    const url = (await create({ Qualifier: "live" })).FunctionUrl!;
    await deleteAlias();
    expect((await get({ Qualifier: "live" })).FunctionUrl).toBe(url);
    const forbidden = await fetchUrl(url);
    expect([forbidden.status, await forbidden.text()]).toEqual([
      403,
      expect.stringContaining("Forbidden. For troubleshooting"),
    ]);
    await createAlias();
    expect((await fetchUrl(url)).status).toBe(200);
  });

  test("lambda case 56 by the SDK: times", async () => {
    const { create, get } = await urls();
    const { CreationTime } = await create();
    expect(CreationTime).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z$/);
    expect(await get()).toMatchObject({ CreationTime, LastModifiedTime: CreationTime });
  });

  test("lambda case 57 by the SDK: every refusal has its name and its text", async () => {
    const { create, get } = await urls();
    await expect(get()).rejects.toMatchObject(
      refusal("ResourceNotFoundException", "The resource you requested does not exist."),
    );
    await create();
    await expect(create()).rejects.toMatchObject(refusal("ResourceConflictException", /^Failed to create /));
    await expect(create({ AuthType: "" as never })).rejects.toMatchObject({
      name: "ValidationException",
      message: expect.stringContaining("Value '' at 'authType'"),
    });
  });
});
