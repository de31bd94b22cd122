/** `requestContext.authorizer.iam` of the event: who signed a request for an `AWS_IAM` URL. */
export interface UrlCaller {
  readonly accessKey: string;
  readonly accountId: string;
  readonly callerId: string;
  readonly cognitoIdentity: null;
  readonly principalOrgId: string;
  readonly userArn: string;
  readonly userId: string;
}

/** The access key is the caller's own; the rest of the identity is one example user of the emulated account. */
export function callerOf(accessKey: string, accountId: string): UrlCaller {
  const userId = "AIDACKCEVSQ6C2EXAMPLE";
  return {
    accessKey,
    accountId,
    callerId: userId,
    cognitoIdentity: null,
    principalOrgId: "o-exampleorgid",
    userArn: `arn:aws:iam::${accountId}:user/example`,
    userId,
  };
}
