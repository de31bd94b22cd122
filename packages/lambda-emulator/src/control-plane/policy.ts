import { invalidParameterValue } from "../lambda-error.ts";

/** A statement as the service writes it; its members are in this order. */
export interface Statement {
  readonly Sid: string;
  readonly Effect: "Allow";
  readonly Principal: "*" | { readonly AWS: string } | { readonly Service: string };
  readonly Action: string;
  readonly Resource: string;
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/** The resource policy of a function, a version or an alias. It has a statement at least: without one there is no policy. */
export interface Policy {
  readonly statements: readonly Statement[];
  readonly revisionId: string;
}

/** What AddPermission was asked for. */
export interface PermissionRequest {
  readonly statementId: string;
  readonly action: string;
  readonly principal: string;
  readonly functionUrlAuthType?: string;
  readonly invokedViaFunctionUrl?: boolean;
  readonly sourceArn?: string;
  readonly sourceAccount?: string;
  readonly principalOrgId?: string;
  readonly eventSourceToken?: string;
}

/** The largest policy, in bytes of its JSON. */
export const mostPolicyBytes = 20_480;

/**
 * @param resource ARN of the function, version or alias
 * @throws {LambdaError} `InvalidParameterValueException`
 */
export function statementOf(request: PermissionRequest, resource: string, partition: string): Statement {
  const { statementId, action, functionUrlAuthType, invokedViaFunctionUrl, sourceArn } = request;
  if (functionUrlAuthType !== undefined && action !== "lambda:InvokeFunctionUrl") {
    throw invalidParameterValue("FunctionUrlAuthType is only supported for lambda:InvokeFunctionUrl action");
  }
  if (invokedViaFunctionUrl !== undefined && action !== "lambda:InvokeFunction") {
    throw invalidParameterValue(
      "lambda:InvokedViaFunctionURL condition key is only supported for lambda:InvokeFunction action",
    );
  }
  const equals = withoutUndefined({
    "AWS:SourceAccount": request.sourceAccount,
    "lambda:FunctionUrlAuthType": functionUrlAuthType,
    "aws:PrincipalOrgID": request.principalOrgId,
    "lambda:EventSourceToken": request.eventSourceToken,
  });
  const condition = {
    ...(Object.keys(equals).length > 0 && { StringEquals: equals }),
    ...(sourceArn !== undefined && { ArnLike: { "AWS:SourceArn": sourceArn } }),
    ...(invokedViaFunctionUrl !== undefined && {
      Bool: { "lambda:InvokedViaFunctionUrl": String(invokedViaFunctionUrl) },
    }),
  };
  return {
    Sid: statementId,
    Effect: "Allow",
    Principal: principalOf(request.principal, partition),
    Action: action,
    Resource: resource,
    ...(Object.keys(condition).length > 0 && { Condition: condition }),
  };
}

function principalOf(principal: string, partition: string): Statement["Principal"] {
  if (principal === "*") return "*";
  if (/^\d{12}$/.test(principal)) return { AWS: `arn:${partition}:iam::${principal}:root` };
  if (/^arn:aws[a-zA-Z-]*:(iam|sts)::\d{12}:.+$/.test(principal)) return { AWS: principal };
  if (/^[a-z0-9][a-z0-9.-]*\.(amazonaws\.com|amazon\.com|amazonaws\.com\.cn)$/.test(principal))
    return { Service: principal };
  throw invalidParameterValue("The provided principal was invalid. Please check the principal and try again.");
}

/** `Policy` of GetPolicy: JSON text. */
export function policyText({ statements }: Pick<Policy, "statements">): string {
  return JSON.stringify({ Version: "2012-10-17", Id: "default", Statement: statements });
}

function withoutUndefined(members: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(members).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}
