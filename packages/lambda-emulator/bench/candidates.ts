/** The servers that are compared: ours, and two on node:http that answer the same without being a Lambda. */
import { once } from "node:events";
import http from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { encodeEvent } from "@eventstream-kit/codec";
import { chunks, createLambda } from "@eventstream-kit/lambda-emulator";
import { serve } from "@eventstream-kit/service/node";
import { EventStreamCodec } from "@smithy/core/event-streams";
import { fromUtf8, toUtf8 } from "@smithy/core/serde";
import { replyLines, targetOf, texts, workloads } from "./workload.ts";
import type { Workload } from "./workload.ts";

export type CandidateName = "emulator" | "bare" | "smithy";

/** A server that listens in this process. */
export interface Candidate {
  readonly port: number;
  /** Chunks whose bytes have been asked for since the last `forget`, all requests together. */
  produced(): number;
  /** Forgets what it has counted and recorded. */
  forget(): void;
}

export const candidates: Readonly<Record<CandidateName, () => Promise<Candidate>>> = {
  emulator: startEmulator,
  bare: () => startNodeHttp(preEncoded()),
  smithy: () => startNodeHttp(encodedBySmithy()),
};

async function startEmulator(): Promise<Candidate> {
  let produced = 0;
  const { tokens, bulk } = workloads;
  const counted = ({ payloads }: Workload) =>
    async function* () {
      for (const payload of payloads()) {
        produced++;
        yield payload;
      }
    };
  const lambda = createLambda({
    functions: {
      tokens: counted(tokens),
      list: chunks(...texts),
      bulk: { handler: counted(bulk), timeout: 900 },
    },
  });
  const { port } = await serve(lambda);
  const forget = () => {
    produced = 0;
    lambda.reset();
  };
  return { port, produced: () => produced, forget };
}

/** Makes the frames of a workload, one at a time. */
type Frames = (workload: Workload) => Iterable<Uint8Array>;

/** The limit: nothing is left to do but to write. */
function preEncoded(): Frames {
  const { tokens, bulk } = workloads;
  const complete = encodeEvent({ event: "InvokeComplete", json: {} });
  const small = [...[...tokens.payloads()].map((payload) => encodeEvent({ event: "PayloadChunk", payload })), complete];
  const [payload] = bulk.payloads();
  const large = encodeEvent({ event: "PayloadChunk", payload });
  return function* (workload) {
    if (workload.name !== "bulk") {
      yield* small;
      return;
    }
    for (let index = 0; index < workload.chunks; index++) yield large;
    yield complete;
  };
}

/** What one would write with the AWS SDK's own codec. */
function encodedBySmithy(): Frames {
  const codec = new EventStreamCodec(toUtf8, fromUtf8);
  const encode = (event: string, contentType: string, body: Uint8Array) =>
    codec.encode({
      headers: {
        ":event-type": { type: "string", value: event },
        ":content-type": { type: "string", value: contentType },
        ":message-type": { type: "string", value: "event" },
      },
      body,
    });
  return function* ({ payloads }) {
    for (const payload of payloads()) yield encode("PayloadChunk", "application/octet-stream", payload);
    yield encode("InvokeComplete", "application/json", new TextEncoder().encode("{}"));
  };
}

/** A node:http server that reads a request to its end and then writes frames, as fast as the client takes them. */
async function startNodeHttp(frames: Frames): Promise<Candidate> {
  let produced = 0;
  const byTarget = new Map(Object.values(workloads).map((workload) => [targetOf(workload), workload]));
  const lines = replyLines.flat();
  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const workload = byTarget.get(request.url ?? "");
    if (workload === undefined) throw new Error(`Nobody asks for ${request.url}`);
    response.writeHead(200, lines);
    for (const frame of frames(workload)) {
      produced++;
      if (!response.write(frame)) await once(response, "drain");
    }
    response.end();
  };
  const server = http.createServer({ noDelay: true }, (request, response) => {
    request.resume();
    request.once("end", () => void answer(request, response));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return { port, produced: () => produced, forget: () => (produced = 0) };
}
