/**
 * `npm run demo`: the main job, end to end and checked. An emulated Lambda streams through the recorder to the real
 * AWS SDK; the stream becomes a cassette, without the secret that another function gives away; the cassette is inspected,
 * replayed in process and on a socket, and replayed with a fault; every byte and chunk is compared. Exit code 0 when all are equal, 1 when anything differs. `-- --tamper` spoils the cassette first.
 */
import { mkdtemp, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { parseArgs } from "node:util";
import { InvokeWithResponseStreamCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { loadCassette } from "@eventstream-kit/cassette/node";
import { readLambdaStream } from "@eventstream-kit/codec/lambda";
import { createLambda } from "@eventstream-kit/lambda-emulator";
import { replayHandlers } from "@eventstream-kit/mock-handlers";
import { serve } from "@eventstream-kit/service/node";
import { setupServer } from "msw/node";
import { runEventstream, startEventstream } from "./eventstream-process.ts";
import { rawInvoke } from "./raw-client.ts";
import { comparison, heading, indented } from "./report.ts";
import type { Measured } from "./report.ts";
import { signatureFront } from "./signature-front.ts";
import { tamper } from "./tamper.ts";

const help = `Usage: npm run demo [-- --tamper | --wrong-key]

Streams from an emulated Lambda through the recorder, replays the recording three times, the last time
with a fault, and compares every byte of the others.

  --tamper     flip one byte of the recording before it is replayed: must be noticed (exit code 1)
  --wrong-key  let the recorder sign with a wrong secret key: must be refused (exit code 1)`;

const payload = JSON.stringify({ topic: "event streams" });
const region = "us-east-1";
// Published example keys and a made-up pair: the application's keys are not the recorder's.
const applicationKeys = {
  accessKeyId: "AKIAIOSFODNN7EXAMPLE",
  secretAccessKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
};
const recorderKeys = { accessKeyId: "AKIDRECORDEREXAMPLE", secretAccessKey: "recorder-example-secret-key-0123456789" };

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** The function: words of a sentence with a pause between them, bytes that are not text, and an empty finish. */
async function* story(event: { topic: string }) {
  for (const word of `A short story about ${event.topic}, told as it happens.`.split(/(?<= )/)) {
    yield word;
    await pause(40);
  }
  yield new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0xff, 0x00]);
}

/** A secret in two pieces, as streams cut words anywhere. It opens nothing. */
const leaked = "AKIA5EXAMPLEDEMOKEY2";
async function* careless() {
  yield `Your key is ${leaked.slice(0, 9)}`;
  await pause(40);
  yield `${leaked.slice(9)}. Do not tell anybody.`;
}

/** Text as JSON, anything else in hex. */
function shown(bytes: Uint8Array): string {
  try {
    return JSON.stringify(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    return `<${Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join(" ")}>`;
  }
}

/** Streams with the real SDK client; prints each chunk with the time it arrived. */
async function streamWithSdk(endpoint: string, FunctionName = "story"): Promise<void> {
  // The variable every AWS SDK reads. Nothing in the application's code knows about the recorder.
  process.env["AWS_ENDPOINT_URL_LAMBDA"] = endpoint;
  const lambda = new LambdaClient({ region, credentials: applicationKeys });
  const started = performance.now();
  try {
    const output = await lambda.send(new InvokeWithResponseStreamCommand({ FunctionName, Payload: payload }));
    for await (const bytes of readLambdaStream(output)) {
      const time = `${(performance.now() - started).toFixed(0)} ms`.padStart(9);
      console.log(`${time}  ${shown(bytes)}`);
    }
  } finally {
    lambda.destroy();
    delete process.env["AWS_ENDPOINT_URL_LAMBDA"];
  }
}

interface DemoOptions {
  readonly tamper: boolean;
  readonly wrongKey: boolean;
}

async function demo(options: DemoOptions): Promise<boolean> {
  const folder = await mkdtemp(join(tmpdir(), "eventstream-demo-"));
  const measured: Measured[] = [];
  const measure = async (where: string, endpoint: string) => {
    measured.push({ where, ...(await rawInvoke(endpoint, "story", payload, applicationKeys)) });
  };
  try {
    heading("1. An emulated Lambda on a socket, behind a gate that checks every SigV4 signature");
    const front = signatureFront(createLambda({ functions: { story, careless } }), [applicationKeys, recorderKeys]);
    await using upstream = await serve(front);
    console.log(upstream.url);
    await measure("direct", upstream.url);

    heading("2. The recorder in between; the real AWS SDK streams through it");
    await using recorder = await startEventstream(
      ["record", "--mode", "record", "--upstream", upstream.url, "--out", folder],
      {
        AWS_ACCESS_KEY_ID: recorderKeys.accessKeyId,
        AWS_SECRET_ACCESS_KEY: options.wrongKey ? "not-the-secret-key" : recorderKeys.secretAccessKey,
        AWS_REGION: region,
        AWS_EC2_METADATA_DISABLED: "true",
        // The recorder signs with what it finds, and a developer's own settings must not be found.
        AWS_PROFILE: undefined,
        AWS_SESSION_TOKEN: undefined,
      },
    );
    await streamWithSdk(recorder.url);
    await measure("through the recorder", recorder.url);
    console.log("\nAnother function gives a secret away, cut in two:");
    await streamWithSdk(recorder.url, "careless");
    const recorded = await recorder.stop();
    if (recorded.code !== 0 && recorded.code !== 130) throw new Error(`The recorder failed\n${recorded.stderr}`);
    console.log(indented(recorded.stderr));

    heading("3. The recording");
    const names = await readdir(folder);
    const pathOf = (functionName: string) =>
      join(folder, names.find((name) => name.includes(functionName)) ?? `no recording of ${functionName}`);
    const path = pathOf("story");
    if (options.tamper) {
      await writeFile(path, tamper(await readFile(path, "utf8")));
      console.log("(one byte of a payload was flipped)");
    }
    const lines = (await readFile(path, "utf8")).trimEnd().split("\n");
    const first = lines.findIndex((line) => line.startsWith('{"k":"meta"')) + 1;
    console.log(indented(lines.slice(0, first).join("\n")));
    console.log(`  … and ${lines.length - first} lines of the raw client's call`);

    console.log("\nand of the secret: masked, in frames of the same length with new checksums");
    const secretive = await readFile(pathOf("careless"), "utf8");
    console.log(
      indented(
        secretive
          .split("\n")
          .filter((line) => /"k":"(frame|meta)"/.test(line))
          .join("\n"),
      ),
    );
    const isMasked = !secretive.includes(leaked.slice(0, 9)) && !secretive.includes(leaked.slice(9));
    if (!isMasked) console.log("✗ the recording holds the secret, or a part of it");

    const cassette = await loadCassette(path);
    heading("4. Looked at: eventstream inspect");
    console.log(indented(await runEventstream("inspect", "--exchange", "1", path)));

    heading("5. Replayed in process, through msw, as fast as it goes");
    const server = setupServer(...replayHandlers(cassette));
    server.listen({ onUnhandledRequest: "error" } as Parameters<typeof server.listen>[0]);
    const aws = `https://lambda.${region}.amazonaws.com`;
    await streamWithSdk(aws);
    await measure("replayed by msw", aws);
    server.close();

    heading("6. Replayed on a socket by eventstream replay, with the recorded pauses");
    await using replay = await startEventstream(["replay", folder, "--speed", "1"], {});
    await streamWithSdk(replay.url);
    await measure("replayed on a socket", replay.url);
    console.log(indented((await replay.stop()).stderr));

    heading("7. Replayed with a fault: the stream ends inside its fourth frame");
    await using faulty = await startEventstream(["replay", path, "--fault", "truncate@frame:4+20"], {});
    const failure = await streamWithSdk(faulty.url).then(
      () => undefined,
      (error: unknown) => (error instanceof Error ? `${error.name}: ${error.message}` : String(error)),
    );
    console.log(failure === undefined ? "✗ nobody noticed" : `           ${failure}`);

    heading("8. Compared: sha256 and chunk sizes, seen by a raw node:http client");
    const resigned = front.admitted.filter((key) => key === recorderKeys.accessKeyId).length;
    console.log(
      `${front.admitted.length} requests passed the signature check, ${resigned} of them signed by the recorder\n`,
    );
    const { table, differences } = comparison(measured);
    console.log(table);
    for (const difference of differences) console.log(`✗ ${difference}`);
    if (resigned !== 3) console.log(`✗ the recorder signed ${resigned} requests, expected 3`);
    return differences.length === 0 && resigned === 3 && isMasked && failure !== undefined;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const { values } = parseArgs({
  options: {
    help: { type: "boolean", short: "h" },
    tamper: { type: "boolean", default: false },
    "wrong-key": { type: "boolean", default: false },
  },
});
if (values.help) console.log(help);
else {
  try {
    const same = await demo({ tamper: values.tamper, wrongKey: values["wrong-key"] });
    console.log(same ? "\n✓ All the same" : "\n✗ Not the same");
    process.exitCode = same ? 0 : 1;
  } catch (error) {
    console.log(`\n✗ ${error instanceof Error ? error.message : String(error)}`);
    process.exitCode = 1;
  }
}
