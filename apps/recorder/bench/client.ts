/** The process that calls and measures. Told what to do, and answers, over the channel of `fork`. */
import { createHash } from "node:crypto";
import http from "node:http";
import { headers, path, type StreamRequest } from "./stream-request.ts";

export type Task =
  /** Calls the addresses in turn, one at a time, and times each first byte of a body. */
  | { readonly kind: "first bytes"; readonly urls: readonly string[]; readonly rounds: number }
  /** Calls one address so many times at once. */
  | { readonly kind: "streams"; readonly url: string; readonly requests: readonly StreamRequest[] };

export type Result =
  | { readonly kind: "first bytes"; readonly ms: readonly (readonly number[])[] }
  | {
      readonly kind: "streams";
      readonly ms: number;
      readonly bytes: number;
      /** Of each body, in the order of the requests. */
      readonly sha256: readonly string[];
    };

/** Connections are kept, as SDK clients do. */
const agent = new http.Agent({ keepAlive: true, maxSockets: Infinity });

interface Answer {
  readonly firstByteMs: number;
  readonly bytes: number;
  readonly sha256: string;
}

function call(url: string, asked: StreamRequest): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const body = JSON.stringify(asked);
    const started = performance.now();
    const lines = { ...headers, "content-length": Buffer.byteLength(body) };
    const request = http.request(url + path, { method: "POST", agent, headers: lines }, (response) => {
      const hash = createHash("sha256");
      let firstByteMs: number | undefined;
      let bytes = 0;
      response.on("data", (chunk: Buffer) => {
        firstByteMs ??= performance.now() - started;
        hash.update(chunk);
        bytes += chunk.length;
      });
      response.on("error", reject);
      response.on("end", () => {
        if (response.statusCode === 200)
          resolve({ firstByteMs: firstByteMs ?? NaN, bytes, sha256: hash.digest("hex") });
        else reject(new Error(`${url} answered ${response.statusCode}`));
      });
    });
    request.on("error", reject);
    request.end(body);
  });
}

async function perform(task: Task): Promise<Result> {
  if (task.kind === "streams") {
    const started = performance.now();
    const answers = await Promise.all(task.requests.map((request) => call(task.url, request)));
    const ms = performance.now() - started;
    const bytes = answers.reduce((sum, answer) => sum + answer.bytes, 0);
    return { kind: "streams", ms, bytes, sha256: answers.map(({ sha256 }) => sha256) };
  }
  const ms = task.urls.map((): number[] => []);
  for (let round = 0; round < task.rounds; round++) {
    for (const [index, url] of task.urls.entries()) {
      const { firstByteMs } = await call(url, { stream: round, frames: 1, payload: 100, framesPerWrite: 1 });
      ms[index]!.push(firstByteMs);
    }
  }
  return { kind: "first bytes", ms };
}

process.on("message", (task: Task) => {
  perform(task).then(
    (result) => process.send!(result),
    (error: unknown) => {
      console.error(error);
      process.exit(1);
    },
  );
});
