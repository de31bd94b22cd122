import type { RedactionRule } from "@eventstream-kit/cassette";

/** From AWS's documentation. */
export const keyId = "AKIAIOSFODNN7EXAMPLE";
const secretKey = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";

const x = (length: number) => "X".repeat(length);
const after = (prefix: string, secret: string): [string, string] => [prefix + secret, prefix + x(secret.length)];

const jwt = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U";
/** Encrypted: a refresh token of Cognito. The second one has no key of its own. */
const jwe =
  "eyJlbmMiOiJBMjU2R0NNIn0.OKOawDo13gRp2ojaHV7LFpZcgV7T6DVZ.48V1_ALb6US04U3b.5eym8TW_c8SuK0ltJ3rpYIzO.XFBoMYUZodetZdvTiFvSkQ";
const directJwe = "eyJhbGciOiJkaXIifQ..48V1_ALb6US04U3b.5eym8TW_c8.XFBoMYUZodetZdvTiFvSkQ";
const token = `IQoJb3JpZ2luX2VjEJr${"abcDEF123+/".repeat(20)}==`;
const signature = "58aa2d30d3a56a508daaa2fda6df0e543b8527a8fe33e450ae12e88ee2b1a50a";

/** A rule, a text with what it is for, and the text after redaction. */
export const secrets: readonly (readonly [rule: RedactionRule, text: string, masked: string])[] = [
  ["aws-access-key-id", ...after("AKIA", keyId.slice(4))],
  ["aws-access-key-id", ...after("ASIA", "QWERTYUIOPASDFGH")],
  ["aws-secret-access-key", ...after("aws_secret_access_key = ", secretKey)],
  ["aws-secret-access-key", ...after("SecretAccessKey: ", secretKey)],
  ["aws-secret-access-key", ...after("<SecretAccessKey>", secretKey)],
  // As people, and models, write it.
  ["aws-secret-access-key", ...after("**Secret access key**: `", secretKey)],
  ["aws-secret-access-key", ...after("| AWS_SECRET_ACCESS_KEY | ", secretKey)],
  ["aws-secret-access-key", ...after("<td>Secret access key</td>\n<td>", secretKey)],
  ["aws-secret-access-key", ...after("secretAccessKey: >-\n  ", secretKey)],
  ["aws-secret-access-key", ...after("the secret access key of the user is now ", secretKey)],
  // As Cognito calls it, behind its key id.
  ["aws-secret-access-key", ...after('"AccessKeyId":"ASIAXXXXXXXXXXXXXXXX","SecretKey":"', secretKey)],
  ["aws-secret-access-key", ...after("secret_key = ", secretKey)],
  // Name and value as members of their own, as in the settings of a container or of a stack.
  ["aws-secret-access-key", ...after('{"name":"AWS_SECRET_ACCESS_KEY","value":"', secretKey)],
  [
    "aws-secret-access-key",
    ...after('{ "Name" : "/app/AWS_SECRET_ACCESS_KEY",\n  "Type" : "SecureString", "Value" : "', secretKey),
  ],
  ["aws-secret-access-key", ...after('"ParameterKey":"AwsSecretAccessKey","ParameterValue":"', secretKey)],
  ["aws-secret-access-key", ...after("- name: AWS_SECRET_ACCESS_KEY\n  value: ", secretKey)],
  ["aws-secret-access-key", ...after("<Name>AWS_SECRET_ACCESS_KEY</Name><Value>", secretKey)],
  ["aws-secret-access-key", ...after("Var.1.Name=AWS_SECRET_ACCESS_KEY&Var.1.Value=", secretKey)],
  ["aws-secret-access-key", ...after("%22name%22%3A%22AWS_SECRET_ACCESS_KEY%22%2C%22value%22%3A%22", secretKey)],
  ["aws-secret-access-key", ...after('["AWS_SECRET_ACCESS_KEY","', secretKey)],
  ["aws-secret-access-key", ...after("('AWS_SECRET_ACCESS_KEY', '", secretKey)],
  ["aws-secret-access-key", ...after('"secretAccessKey":["', secretKey)],
  ["aws-secret-access-key", ...after('"secretAccessKey": {"S": "', secretKey)],
  [
    "aws-secret-access-key",
    `{"value":"${secretKey}","name":"AWS_SECRET_ACCESS_KEY"}`,
    `{"value":"${x(40)}","name":"AWS_SECRET_ACCESS_KEY"}`,
  ],
  ["aws-session-token", ...after('{"name":"AWS_SESSION_TOKEN","value":"', "0123456789abcdef")],
  ["aws-session-token", ...after('"X-Amz-Security-Token":["', "0123456789abcdef")],
  ["aws-session-token", ...after('["x-amz-security-token","', "0123456789abcdef")],
  ["aws-session-token", ...after('"sessionToken":{"S":"', "0123456789abcdef")],
  ["aws-session-token", token, x(token.length)],
  ["aws-session-token", ...after("AWS_SESSION_TOKEN=", "0123456789abcdef")],
  ["aws-session-token", ...after('"accessToken":"', "aoaAAAAAGVjb25kcw-x1")],
  ["aws-session-token", ...after("refresh_token=", "aorAAAAAGVjb25kcw-x1")],
  ["aws-session-token", ...after('"authorizationToken":"', "QVdTOmV5SndZWGxzYjJGa0lqb2k=")],
  ["aws-session-token", ...after("X-Amz-Security-Token: ", "Zm9vYmFyYmF6cXV4%2F%3D")],
  ["aws-signature", ...after("X-Amz-Signature=", signature)],
  ["aws-signature", ...after("SignedHeaders=host, Signature=", signature)],
  ["aws-account-id", "arn:aws:iam::123456789012:role/r", "arn:aws:iam::000000000000:role/r"],
  [
    "aws-account-id",
    "arn:aws-us-gov:lambda:us-gov-west-1:123456789012:function:f",
    "arn:aws-us-gov:lambda:us-gov-west-1:000000000000:function:f",
  ],
  [
    "aws-account-id",
    "arn%3Aaws%3Asns%3Aeu-west-1%3A123456789012%3At",
    "arn%3Aaws%3Asns%3Aeu-west-1%3A000000000000%3At",
  ],
  ["bedrock-api-key", ...after("ABSK", "QmVkcm9ja0FQSUtleS1hYmNkZWZnaGlqa2xtbm9wcXJzdHV2")],
  ["bedrock-api-key", ...after("bedrock-api-key-", "YmVkcm9jay5hbWF6b25hd3MuY29tLz9BY3Rpb249Q2FsbFdpdGg=")],
  ["jwt", jwt, x(jwt.length)],
  ["jwt", jwe, x(jwe.length)],
  ["jwt", directJwe, x(directJwe.length)],
  ["bearer-token", ...after("Authorization: Bearer ", "sk-0123456789abcdefghij")],
  ["basic-credentials", ...after("Authorization: Basic ", "QWxhZGRpbjpvcGVuIHNlc2FtZQ==")],
  ["basic-credentials", ...after('"proxy-authorization":"basic ', "YTpi")],
  ["basic-credentials", ...after("Authorization%3A%20Basic%20", "YTpi%2B%2Fw%3D%3D")],
  ["basic-credentials", ...after('"Authorization":["Basic ', "YTpi")],
  ["basic-credentials", ...after('["authorization","Basic ', "YTpi")],
  ["basic-credentials", ...after('{"name":"Authorization","value":"Basic ', "YTpi")],
  ["bearer-token", ...after("bearer%20", "0123456789abcdefghij==")],
  [
    "private-key",
    "-----BEGIN RSA PRIVATE KEY-----\nMIIEowIBAAKCAQEA\nabc/+==\n-----END RSA PRIVATE KEY-----",
    `-----BEGIN RSA PRIVATE KEY-----\n${x(16)}\n${x(7)}\n-----END RSA PRIVATE KEY-----`,
  ],
  [
    "private-key",
    "-----BEGIN PRIVATE KEY-----\r\nMIIEow\r\n\r\n-----END PRIVATE KEY-----",
    `-----BEGIN PRIVATE KEY-----\r\n${x(6)}\r\n\r\n-----END PRIVATE KEY-----`,
  ],
];
