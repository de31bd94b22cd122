import type { FunctionEntry } from "../functions.ts";
import { partitionOf } from "../function-name.ts";
import { invalidParameterValue } from "../lambda-error.ts";
import type { Members } from "../request-members.ts";
import { present } from "../request-members.ts";
import type { MemberPattern, Violations } from "../validation.ts";

/** What CreateFunction and UpdateFunctionConfiguration set. */
export interface FunctionSettings {
  readonly role: string;
  readonly runtime?: string;
  readonly handler?: string;
  readonly description: string;
  /** In seconds. A function of the test's own may have a fraction. */
  readonly timeout: number;
  /** In MB. */
  readonly memorySize: number;
  /** Absent until set, which an empty object does too. */
  readonly environment?: Readonly<Record<string, string>>;
  readonly packageType: "Zip" | "Image";
  readonly architectures: readonly string[];
  /** In MB. */
  readonly ephemeralStorage: number;
  readonly tracingMode: string;
  readonly snapStart: string;
  readonly logging: Readonly<Record<string, string>>;
  /** ARNs. */
  readonly layers?: readonly string[];
  /** Members that are kept and given back as they came, by the API's names. */
  readonly kept: Readonly<Record<string, unknown>>;
}

const keptMembers = ["VpcConfig", "DeadLetterConfig", "FileSystemConfigs", "ImageConfig", "TenancyConfig"];
const rolePattern: MemberPattern = {
  pattern: /^arn:(aws[a-zA-Z-]*)?:iam::\d{12}:role\/?[a-zA-Z_0-9+=,.@\-_/]+$/,
  text: String.raw`arn:(aws[a-zA-Z-]*)?:iam::\d{12}:role/?[a-zA-Z_0-9+=,.@\-_/]+`,
};
const handlerPattern: MemberPattern = { pattern: /^\S+$/, text: String.raw`[^\s]+` };

/** Reads the settings that a request has, and notes what is wrong with their shape. */
export function readSettings(body: Members, violations: Violations): Partial<FunctionSettings> {
  const kms = body.text("KMSKeyArn");
  const kept = Object.fromEntries(
    keptMembers.flatMap((name) => {
      const value = body.any(name);
      return value === undefined ? [] : [[name, value]];
    }),
  );
  const logging = body.structure("LoggingConfig");
  const settings = present({
    role: body.text("Role"),
    runtime: body.text("Runtime"),
    handler: body.text("Handler"),
    description: body.text("Description"),
    timeout: body.integer("Timeout"),
    memorySize: body.integer("MemorySize"),
    environment: body.structure("Environment")?.texted("Variables"),
    packageType: body.text("PackageType") as "Zip" | "Image" | undefined,
    architectures: body.texts("Architectures"),
    ephemeralStorage: body.structure("EphemeralStorage")?.integer("Size"),
    tracingMode: body.structure("TracingConfig")?.text("Mode"),
    snapStart: body.structure("SnapStart")?.text("ApplyOn"),
    logging:
      logging &&
      (present({
        LogFormat: logging.text("LogFormat"),
        ApplicationLogLevel: logging.text("ApplicationLogLevel"),
        SystemLogLevel: logging.text("SystemLogLevel"),
        LogGroup: logging.text("LogGroup"),
      }) as Record<string, string>),
    layers: body.texts("Layers"),
    kept: kms === undefined && Object.keys(kept).length === 0 ? undefined : { ...kept, ...present({ KMSKeyArn: kms }) },
  });
  violations.pattern("role", settings.role, rolePattern);
  violations.length("handler", settings.handler, { max: 128 });
  violations.pattern("handler", settings.handler, handlerPattern);
  violations.length("description", settings.description, { max: 256 });
  violations.range("timeout", settings.timeout, { min: 1, max: 5400 });
  violations.range("memorySize", settings.memorySize, { min: 128, max: 32_768 });
  violations.oneOf("packageType", settings.packageType, ["Zip", "Image"]);
  checkArchitectures(violations, settings.architectures);
  violations.range("ephemeralStorage.size", settings.ephemeralStorage, { min: 512, max: 10_240 });
  violations.oneOf("tracingConfig.mode", settings.tracingMode, ["Active", "PassThrough"]);
  violations.oneOf("snapStart.applyOn", settings.snapStart, ["PublishedVersions", "None"]);
  return settings;
}

export function checkArchitectures(violations: Violations, architectures: readonly string[] | undefined): void {
  if (architectures === undefined) return;
  violations.length("architectures", architectures, { min: 1, max: 1 });
  if (architectures.every((item) => item === "x86_64" || item === "arm64")) return;
  violations.add(
    "architectures",
    architectures,
    "Member must satisfy constraint: [Member must satisfy enum value set: [x86_64, arm64], Member must not be null]",
  );
}

/** Of a new function, before what its maker says. */
export function defaultSettings(functionName: string): Omit<FunctionSettings, "role"> {
  return {
    description: "",
    timeout: 3,
    memorySize: 128,
    packageType: "Zip",
    architectures: ["x86_64"],
    ephemeralStorage: 512,
    tracingMode: "PassThrough",
    snapStart: "None",
    logging: { LogFormat: "Text", LogGroup: `/aws/lambda/${functionName}` },
    kept: {},
  };
}

/** Old settings with new ones in their place. */
export function merged<T extends Omit<FunctionSettings, "role">>(old: T, changes: Partial<FunctionSettings>): T {
  return {
    ...old,
    ...changes,
    logging: { ...old.logging, ...changes.logging },
    kept: { ...old.kept, ...changes.kept },
  };
}

/** What a function of the test's own would have been created with. */
export function settingsOfEntry(entry: FunctionEntry, accountId: string): FunctionSettings {
  const { name, timeout, memorySize } = entry;
  return {
    ...defaultSettings(name),
    role: `arn:${partitionOf("us-east-1")}:iam::${accountId}:role/${name}`,
    runtime: "nodejs24.x",
    handler: "index.handler",
    timeout,
    memorySize,
  };
}

/** In the order in which the service prints them when it refuses another (captured in November 2025). */
const runtimes =
  "nodejs20.x, python3.14, provided.al2023, python3.12, python3.13, nodejs24.x, nodejs22.x, java25, python3.10, python3.11, java21, ruby3.3, ruby3.4, ruby3.2, python3.8, python3.9, java17, nodejs16.x, dotnet10, dotnet8, java11, dotnet6, nodejs18.x, provided.al2, java8.al2";
/** Names of later runtimes will look so. */
const runtimeForm = /^(nodejs\d+\.x|python3\.\d+|java\d+(\.al2)?|dotnet\d+|ruby\d+\.\d+|provided\.al\d+)$/;
const reserved =
  /^(_HANDLER|_X_AMZN_TRACE_ID|AWS_(DEFAULT_REGION|REGION|EXECUTION_ENV|LAMBDA_FUNCTION_(NAME|MEMORY_SIZE|VERSION)|LAMBDA_INITIALIZATION_TYPE|LAMBDA_LOG_(GROUP|STREAM)_NAME|ACCESS_KEY(_ID)?|SECRET_ACCESS_KEY|SESSION_TOKEN|LAMBDA_RUNTIME_API)|LAMBDA_(TASK_ROOT|RUNTIME_DIR))$/;

/**
 * The checks of settings that come after their shape.
 *
 * @throws {LambdaError} `InvalidParameterValueException`
 */
export function checkSettings({ runtime, handler, environment = {}, packageType }: FunctionSettings): void {
  if (runtime !== undefined && !runtimeForm.test(runtime)) {
    throw invalidParameterValue(
      `Value ${runtime} at 'runtime' failed to satisfy constraint: Member must satisfy enum value set: [${runtimes}] or be a valid ARN`,
    );
  }
  if (packageType === "Zip" && (runtime === undefined || handler === undefined)) {
    throw invalidParameterValue(
      "Runtime and Handler are mandatory parameters for functions created with deployment packages.",
    );
  }
  const unable =
    "Lambda was unable to configure your environment variables because the environment variables you have provided";
  const taken = Object.keys(environment).filter((name) => reserved.test(name));
  if (taken.length > 0) {
    throw invalidParameterValue(
      `${unable} contains reserved keys that are currently not supported for modification. Reserved keys used in this request: ${taken.join(", ")}`,
    );
  }
  const measured = JSON.stringify(environment);
  if (Buffer.byteLength(measured) > 4096) {
    throw invalidParameterValue(`${unable} exceeded the 4KB limit. String measured: ${measured}`);
  }
}
