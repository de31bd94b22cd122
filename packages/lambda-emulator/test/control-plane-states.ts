import { createHash } from "node:crypto";
import { expect } from "vitest";
import { createLambda } from "../src/index.ts";
import { arnOf, role, zip } from "./control-plane-client.ts";

export const uuid = expect.stringMatching(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/) as string;
export const sha256 = createHash("sha256").update(zip).digest("base64");

/** What every function made from `minimal` says, whatever its state. */
export const configuration = {
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

export const reason = "The function is being created.";
export const pending = { State: "Pending", StateReason: reason, StateReasonCode: "Creating" };
export const active = { State: "Active", LastUpdateStatus: "Successful" };
export const startedAt = Date.UTC(2026, 8, 15, 11, 59, 39, 307);

/** A Lambda whose clock the test turns. */
export function clocked() {
  let time = startedAt;
  const lambda = createLambda({ functions: {}, now: () => time, loadCode: () => "ran" });
  return { lambda, pass: (ms: number) => (time += ms) };
}
