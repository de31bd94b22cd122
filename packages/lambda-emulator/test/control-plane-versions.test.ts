import { describe, expect, test } from "vitest";
import { createLambda } from "../src/index.ts";
import {
  answered,
  arnOf,
  conflict,
  invalid,
  minimal,
  notFound,
  quickLambda,
  violation,
} from "./control-plane-client.ts";
import { createUrl, send } from "./function-url-client.ts";
import { invokeTarget } from "./invoke-client.ts";

/** What an invocation answers. */
const ran = async (lambda: ReturnType<typeof quickLambda>, name: string, qualifier?: string) =>
  (await send(lambda, "POST", invokeTarget(name, qualifier))).text;

/** A Lambda whose functions answer their handler's name and version, with one function made. */
async function withFunction() {
  const lambda = quickLambda({
    loadCode:
      ({ handler }) =>
      (_event, { functionVersion }) =>
        `${handler} ${functionVersion}`,
  });
  await answered(lambda, "POST", "", minimal);
  const configure = (changes: object) => answered(lambda, "PUT", "/made/configuration", changes);
  const publish = (body: object = {}) => answered(lambda, "POST", "/made/versions", body);
  return { lambda, configure, publish };
}

/** The same with versions 1 and 2. */
async function withVersions() {
  const { lambda, configure, publish } = await withFunction();
  await publish();
  await configure({ Handler: "other.handler" });
  await publish();
  const create = (body: object) => answered(lambda, "POST", "/made/aliases", body);
  return { lambda, create };
}

describe("PublishVersion", () => {
  test("201: what $LATEST is, under a number, for good", async () => {
    const { lambda, configure, publish } = await withFunction();
    const first = await publish({ Description: "The first" });
    expect(first).toMatchObject({
      status: 201,
      json: {
        Version: "1",
        FunctionArn: arnOf("made:1"),
        Description: "The first",
        State: "Active",
        LastUpdateStatus: "Successful",
      },
    });
    await configure({ Handler: "other.handler", Timeout: 9 });
    expect((await publish()).json).toMatchObject({ Version: "2", Timeout: 9 });
    expect(await ran(lambda, "made", "1")).toBe('"index.handler 1"');
    expect(await ran(lambda, "made", "2")).toBe('"other.handler 2"');
    expect(await ran(lambda, "made")).toBe('"other.handler $LATEST"');
    const kept = (await answered(lambda, "GET", "/made/configuration?Qualifier=1")).json;
    expect(kept).toEqual(first.json);
  });

  test("without a change the last version is the answer; numbers are never given again", async () => {
    const { lambda, configure, publish } = await withFunction();
    const first = await publish();
    expect(await publish({ Description: "Nothing new" })).toEqual(first);
    await configure({ Timeout: 9 });
    expect((await publish()).json["Version"]).toBe("2");
    await answered(lambda, "DELETE", "/made?Qualifier=2");
    expect((await publish()).json["Version"]).toBe("3");
  });

  test("is a revision of $LATEST", async () => {
    const { lambda, publish } = await withFunction();
    const revision = async () => (await answered(lambda, "GET", "/made/configuration")).json["RevisionId"];
    const before = await revision();
    const { json } = await publish({ RevisionId: before });
    const after = await revision();
    expect(new Set([before, after, json["RevisionId"]]).size).toBe(3);
    expect((await publish({ RevisionId: before })).status).toBe(412);
  });

  test("refuses another CodeSha256 than that of $LATEST", async () => {
    const { publish, configure } = await withFunction();
    const { json } = await configure({});
    const CodeSha256 = json["CodeSha256"] as string;
    expect(await publish({ CodeSha256: "other" })).toEqual(
      invalid(
        `CodeSHA256 (other) is different from current CodeSHA256 in $LATEST (${CodeSha256}). Please try again with the CodeSHA256 in $LATEST.`,
      ),
    );
    expect((await publish({ CodeSha256 })).status).toBe(201);
  });

  test("a version keeps its timeout", async () => {
    const lambda = quickLambda({
      loadCode: () => (_event, context) => Math.ceil(context.getRemainingTimeInMillis() / 1000),
    });
    await answered(lambda, "POST", "", { ...minimal, Publish: true });
    await answered(lambda, "PUT", "/made/configuration", { Timeout: 60 });
    expect([await ran(lambda, "made", "1"), await ran(lambda, "made")]).toEqual(["3", "60"]);
  });

  test("of a function of the test's own goes on counting", async () => {
    const lambda = quickLambda({ functions: { own: { handler: "new", versions: { 7: "seven" } } } });
    expect((await answered(lambda, "POST", "/own/versions")).json["Version"]).toBe("8");
    expect([await ran(lambda, "own", "7"), await ran(lambda, "own", "8")]).toEqual(['"seven"', '"new"']);
    lambda.define("own", "other");
    expect(await ran(lambda, "own", "$LATEST")).toBe('"other"');
    expect((await answered(lambda, "GET", "/own?Qualifier=8")).status).toBe(404);
  });
});

test("ListVersionsByFunction: $LATEST, then by number, without states, in pages", async () => {
  const versions = { 1: "a", 2: "b", 10: "c" };
  const lambda = createLambda({ functions: { own: { handler: "x", versions } } });
  const arns: string[] = [];
  let query = "?MaxItems=3";
  for (;;) {
    const { json } = await answered(lambda, "GET", `/own/versions${query}`);
    for (const item of json["Versions"] as Record<string, string>[]) {
      arns.push(item["FunctionArn"]!);
      expect(item).not.toHaveProperty("LastUpdateStatus");
    }
    if (json["NextMarker"] === undefined) break;
    query = `?MaxItems=3&Marker=${encodeURIComponent(json["NextMarker"] as string)}`;
  }
  expect(arns).toEqual(["$LATEST", "1", "2", "10"].map((version) => arnOf(`own:${version}`)));
  expect(await answered(lambda, "GET", "/missing/versions")).toEqual(
    notFound(`Function not found: ${arnOf("missing")}`),
  );
});

describe("aliases", () => {
  test("are created, read, moved, listed and deleted, and calls follow them", async () => {
    const { lambda, create } = await withVersions();
    const { path } = await createUrl(lambda, "made").then(async () => {
      await create({ Name: "live", FunctionVersion: "1", Description: "Now" });
      return createUrl(lambda, "made", {}, "live");
    });
    const live = await answered(lambda, "GET", "/made/aliases/live");
    expect(live).toEqual({
      status: 200,
      json: {
        AliasArn: arnOf("made:live"),
        Name: "live",
        FunctionVersion: "1",
        Description: "Now",
        RevisionId: expect.any(String) as string,
      },
    });
    expect(await ran(lambda, "made", "live")).toBe('"index.handler 1"');
    expect((await send(lambda, "GET", `${path}/`)).text).toBe("index.handler 1");

    const RevisionId = live.json["RevisionId"];
    const moved = await answered(lambda, "PUT", "/made/aliases/live", { FunctionVersion: "2", RevisionId });
    expect(moved.json).toMatchObject({ FunctionVersion: "2", Description: "Now" });
    expect(moved.json["RevisionId"]).not.toBe(RevisionId);
    expect((await answered(lambda, "PUT", "/made/aliases/live", { RevisionId })).status).toBe(412);
    expect((await send(lambda, "GET", `${path}/`)).text).toBe("other.handler 2");

    await create({ Name: "beta", FunctionVersion: "1" });
    const listed = await answered(lambda, "GET", "/made/aliases");
    expect(listed.json["Aliases"]).toMatchObject([{ Name: "beta" }, { Name: "live" }]);
    const ofTwo = await answered(lambda, "GET", "/made/aliases?FunctionVersion=2");
    expect(ofTwo.json["Aliases"]).toMatchObject([{ Name: "live" }]);

    for (let time = 0; time < 2; time++)
      expect((await answered(lambda, "DELETE", "/made/aliases/live")).status).toBe(204);
    expect((await send(lambda, "POST", invokeTarget("made", "live"))).status).toBe(404);
    expect((await send(lambda, "GET", `${path}/`)).status).toBe(403);
  });

  test("with weights go to another version now and then", async () => {
    let drawn = 0;
    const lambda = createLambda({
      functions: { own: { handler: "x", versions: { 1: "one", 2: "two" } } },
      random: () => drawn,
    });
    const RoutingConfig = { AdditionalVersionWeights: { 2: 0.25 } };
    const created = await answered(lambda, "POST", "/own/aliases", {
      Name: "live",
      FunctionVersion: "1",
      RoutingConfig,
    });
    expect(created.json).toMatchObject({ RoutingConfig });
    const seen: string[] = [];
    for (drawn of [0, 0.24, 0.25, 0.99]) seen.push(await ran(lambda, "own", "live"));
    expect(seen).toEqual(['"two"', '"two"', '"one"', '"one"']);
    const cleared = await answered(lambda, "PUT", "/own/aliases/live", {
      RoutingConfig: { AdditionalVersionWeights: {} },
    });
    expect(cleared.json).not.toHaveProperty("RoutingConfig");
  });

  const path = "routingConfig.additionalVersionWeights";
  test.each([
    [
      { Name: "2024", FunctionVersion: "1" },
      violation(
        "Value '2024' at 'name' failed to satisfy constraint: Member must satisfy regular expression pattern: (?!^[0-9]+$)([a-zA-Z0-9-_]+)",
      ),
    ],
    [
      { Name: "new" },
      violation("Value null at 'functionVersion' failed to satisfy constraint: Member must not be null"),
    ],
    [{ Name: "new", FunctionVersion: "10" }, notFound(`Function not found: ${arnOf("own:10")}`)],
    [{ Name: "live", FunctionVersion: "1" }, conflict(`Alias already exists: ${arnOf("own:live")}`)],
    [
      { Name: "new", FunctionVersion: "1", RoutingConfig: { AdditionalVersionWeights: { 1: 0.1, 2: 0.1 } } },
      invalid("Number of items in AdditionalVersionWeights cannot be greater than 1"),
    ],
    [
      { Name: "new", FunctionVersion: "1", RoutingConfig: { AdditionalVersionWeights: { 2: 2 } } },
      violation(
        `Value '{2=2.0}' at '${path}' failed to satisfy constraint: Map value must satisfy constraint: [Member must have value less than or equal to 1.0, Member must have value greater than or equal to 0.0, Member must not be null]`,
      ),
    ],
    [
      { Name: "new", FunctionVersion: "1", RoutingConfig: { AdditionalVersionWeights: { $LATEST: 0.5 } } },
      violation(
        `Value '{$LATEST=0.5}' at '${path}' failed to satisfy constraint: Map keys must satisfy constraint: [Member must have length less than or equal to 1024, Member must have length greater than or equal to 1, Member must satisfy regular expression pattern: [0-9]+]`,
      ),
    ],
    [
      { Name: "new", FunctionVersion: "1", RoutingConfig: { AdditionalVersionWeights: { 1: 0.5 } } },
      invalid("Invalid function version 1. Function version 1 is already included in routing configuration."),
    ],
    [
      { Name: "new", FunctionVersion: "$LATEST", RoutingConfig: { AdditionalVersionWeights: { 1: 0.5 } } },
      invalid("$LATEST is not supported for an alias pointing to more than 1 version"),
    ],
    [
      { Name: "new", FunctionVersion: "1", RoutingConfig: { AdditionalVersionWeights: { 10: 0.5 } } },
      notFound(`Function not found: ${arnOf("own:10")}`),
    ],
  ])("CreateAlias refuses %j", async (body, refusal) => {
    const lambda = createLambda({
      functions: { own: { handler: "x", versions: { 1: "one", 2: "two" }, aliases: { live: 1 } } },
    });
    expect(await answered(lambda, "POST", "/own/aliases", body)).toEqual(refusal);
    expect((await answered(lambda, "GET", "/own/aliases")).json["Aliases"]).toHaveLength(1);
  });

  test("what is missing", async () => {
    const lambda = createLambda({ functions: { own: "x" } });
    expect(await answered(lambda, "POST", "/missing/aliases", { Name: "new", FunctionVersion: "1" })).toEqual(
      notFound(`Function not found: ${arnOf("missing:1")}`),
    );
    expect(await answered(lambda, "GET", "/own/aliases/none")).toEqual(
      notFound(`Cannot find alias arn: ${arnOf("own:none")}`),
    );
    expect(await answered(lambda, "PUT", "/own/aliases/none", {})).toEqual(
      notFound(`Alias not found: ${arnOf("own:none")}`),
    );
    expect((await answered(lambda, "DELETE", "/own/aliases/none")).status).toBe(204);
    expect(await answered(lambda, "GET", "/missing/aliases")).toEqual(
      notFound(`Function not found: ${arnOf("missing")}`),
    );
  });
});
