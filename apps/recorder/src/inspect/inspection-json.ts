import { itemMembers } from "@eventstream-kit/cassette";
import type { InspectedFrame, InspectedStream, Inspection } from "./inspection.ts";

/** What `inspect --json` prints: one object. Members may be added under the same version. */
export function inspectionJson({ file, format, header, streams }: Inspection, frame?: number): object {
  return {
    schema: "eventstream/inspect",
    version: 1,
    file,
    format,
    ...(header ? { header } : {}),
    streams: streams.map((stream) => streamJson(stream, frame)),
  };
}

function streamJson(stream: InspectedStream, frame: number | undefined): object {
  const { number, exchange, body, frames, opaque, chunks, warnings } = stream;
  return {
    number,
    ...(exchange
      ? {
          request: { method: exchange.request.method, path: exchange.request.path, headers: exchange.request.headers },
          response: exchange.response,
          ...(exchange.trailers ? { trailers: exchange.trailers } : {}),
          end: exchange.end,
          ...(exchange.timing ? { head: exchange.timing.res } : {}),
        }
      : {}),
    bytes: body.length,
    ...(opaque === undefined ? {} : { opaque }),
    ...(chunks ? { chunks } : {}),
    frames: frames.filter(({ number: own }) => frame === undefined || own === frame).map(frameJson),
    warnings,
  };
}

function frameJson({ number, offset, length, at, kind, name, message, problem }: InspectedFrame): object {
  return {
    number,
    offset,
    bytes: length,
    ...(at === undefined ? {} : { at }),
    kind,
    ...(message
      ? { name, payloadBytes: message.payload.length, message: itemMembers({ kind: "frame", message }) }
      : {}),
    ...(problem ? { problem } : {}),
  };
}
