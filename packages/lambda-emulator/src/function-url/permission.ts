import type { Statement } from "../control-plane/policy.ts";
import type { AuthType } from "../url-configs/url-config.ts";
import type { UrlCaller } from "./caller.ts";

/** Who asks for what. */
export interface UrlAccess {
  readonly authType: AuthType;
  /** Absent for an anonymous caller. */
  readonly caller?: UrlCaller | undefined;
  /**
   * Since October 2025 the documentation asks for two permissions: `lambda:InvokeFunctionUrl`, and `lambda:InvokeFunction`
   * for calls through a URL. A capture of September 2026 shows that the first is enough.
   */
  readonly both: boolean;
}

/** True when a resource policy lets a caller use a function URL. Identity-based policies are not known here. */
export function permitsUrl(statements: readonly Statement[], { both, ...access }: UrlAccess): boolean {
  const permits = (action: string) => statements.some((statement) => allows(statement, action, access));
  return permits("lambda:InvokeFunctionUrl") && (!both || permits("lambda:InvokeFunction"));
}

function allows(statement: Statement, action: string, access: Omit<UrlAccess, "both">): boolean {
  const { Action, Principal, Condition = {} } = statement;
  if (Action !== action && Action !== "lambda:*" && Action !== "*") return false;
  if (!isMeant(Principal, access.caller)) return false;
  const facts: Readonly<Record<string, string | undefined>> = {
    "lambda:FunctionUrlAuthType": access.authType,
    "lambda:InvokedViaFunctionUrl": "true",
    "aws:PrincipalOrgID": access.caller?.principalOrgId,
  };
  // What is not known of a request, such as its source, is not what a condition asks for.
  return Object.values(Condition)
    .flatMap((conditions) => Object.entries(conditions))
    .every(([key, value]) => facts[key] === value);
}

function isMeant(principal: Statement["Principal"], caller: UrlCaller | undefined): boolean {
  if (principal === "*") return true;
  if (caller === undefined || !("AWS" in principal)) return false;
  return principal.AWS === caller.userArn || /:iam::(\d{12}):root$/.exec(principal.AWS)?.[1] === caller.accountId;
}
