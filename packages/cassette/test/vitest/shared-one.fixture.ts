/** One of two test files of a user that record into one cassette: see use-cassette.test.ts. */
import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { useCassette } from "@eventstream-kit/cassette/vitest";
import { expect, test } from "vitest";

test("shared-one", async () => {
  const { use } = await useCassette("shared by files");
  const client = use(new LambdaClient({ endpoint: process.env["SERVICE"]!, maxAttempts: 1 }));
  const { StatusCode } = await client.send(new InvokeCommand({ FunctionName: "shared-one" }));
  expect(StatusCode).toBe(200);
});
