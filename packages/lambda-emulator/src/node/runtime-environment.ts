import type { RemoteInvocation } from "../remote-code.ts";

/** What a process is started for: one version of one function, as configured. */
export interface FunctionIdentity {
  readonly functionName: string;
  readonly version: string;
  /** In MB. */
  readonly memorySize: number;
  readonly region: string;
}

export interface RuntimeEnvironment extends FunctionIdentity {
  /** `AWS_LAMBDA_RUNTIME_API`: host and port. */
  readonly runtimeApi: string;
  /** `_HANDLER` */
  readonly handler: string;
  /** `LAMBDA_TASK_ROOT` */
  readonly taskRoot: string;
  /** `AWS_LAMBDA_LOG_STREAM_NAME` */
  readonly logStream: string;
}

type Variables = Readonly<Record<string, string | undefined>>;

export function identityOf({ input, memorySize }: RemoteInvocation): FunctionIdentity {
  const { functionName, version, invokedFunctionArn } = input;
  // arn:aws:lambda:<region>:<account>:function:<name>
  return { functionName, version, memorySize, region: invokedFunctionArn.split(":")[3] ?? "us-east-1" };
}

/**
 * The environment of a function's process: that of this process, without its AWS settings (endpoints excepted), and what
 * Lambda documents as defined for a runtime. Keys are dummies, so that no function reaches a real account by accident.
 *
 * @param extra on top of all; `undefined` takes a variable away
 */
export function runtimeEnvironment(inherited: Variables, runtime: RuntimeEnvironment, extra: Variables): Variables {
  const kept = Object.entries(inherited).filter(([name]) => !/^AWS_(?!ENDPOINT_URL)/i.test(name));
  return {
    ...Object.fromEntries(kept),
    ...withoutProxyTo("127.0.0.1", inherited),
    AWS_LAMBDA_RUNTIME_API: runtime.runtimeApi,
    _HANDLER: runtime.handler,
    LAMBDA_TASK_ROOT: runtime.taskRoot,
    AWS_LAMBDA_FUNCTION_NAME: runtime.functionName,
    AWS_LAMBDA_FUNCTION_VERSION: runtime.version,
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(runtime.memorySize),
    AWS_LAMBDA_INITIALIZATION_TYPE: "on-demand",
    AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${runtime.functionName}`,
    AWS_LAMBDA_LOG_STREAM_NAME: runtime.logStream,
    AWS_REGION: runtime.region,
    AWS_DEFAULT_REGION: runtime.region,
    AWS_ACCESS_KEY_ID: "AKIDEVENTSTREAM",
    AWS_SECRET_ACCESS_KEY: "not-a-secret",
    AWS_EC2_METADATA_DISABLED: "true",
    TZ: ":UTC",
    ...extra,
  };
}

/** Clients that heed a proxy must not ask it for the Runtime API. */
function withoutProxyTo(host: string, inherited: Variables): Variables {
  const names = Object.keys(inherited);
  if (!names.some((name) => /^(all|http)_proxy$/i.test(name))) return {};
  const hosts = (before: string | undefined) => (before ? `${before},${host}` : host);
  return { NO_PROXY: hosts(inherited["NO_PROXY"]), no_proxy: hosts(inherited["no_proxy"]) };
}
