import type { End } from "@eventstream-kit/cassette";
import type { HeaderLine, ServiceRequest } from "@eventstream-kit/service";
import type { CallName } from "./call-name.ts";
import type { RecorderErrorCode } from "./errors.ts";
import type { FileSummary } from "./recording-session.ts";
import type { RedactionFlags } from "./redaction-flags.ts";

/** What the thread that relays says to the one that records, in the order in which it happens. `id` tells calls apart. */
export type RelayEvent =
  /** Its place in its file is taken. */
  | { readonly kind: "open"; readonly id: number; readonly call: CallName }
  | {
      readonly kind: "start";
      readonly id: number;
      readonly at: number;
      readonly request: SentRequest;
      readonly meta: Meta;
    }
  | {
      readonly kind: "head";
      readonly id: number;
      readonly at: number;
      readonly status: number;
      readonly headers: HeaderLine[];
    }
  /** The next chunks of the message's block, of any calls: so many. */
  | { readonly kind: "chunks"; count: number }
  /** `secrets`: all that were used until now. */
  | {
      readonly kind: "end";
      readonly id: number;
      readonly how: End["how"];
      readonly meta: Meta;
      readonly trailers: HeaderLine[];
      readonly secrets: string[];
    }
  | { readonly kind: "drop"; readonly id: number }
  | { readonly kind: "close" };

export type SentRequest = Pick<ServiceRequest, "method" | "target" | "headers" | "body">;
export type Meta = Readonly<Record<string, unknown>>;

export interface RelayMessage {
  readonly events: readonly RelayEvent[];
  /** See `ChunkBlock`. */
  readonly block: ArrayBuffer;
}

/** What the thread that records says. */
export type RecordingMessage =
  /** A block that has been read, for the next bytes: new memory costs more than what is done with it. */
  | { readonly kind: "taken"; readonly block: ArrayBuffer }
  /** A call has become an exchange, and is or is not in its file. `files`: all that were written until now. */
  | {
      readonly kind: "stored";
      readonly id: number;
      readonly exchange: ExchangeFacts;
      readonly files: readonly FileSummary[];
      readonly failure?: FailureFacts;
    }
  /** It has not become one. */
  | { readonly kind: "failed"; readonly id: number; readonly failure: FailureFacts }
  | { readonly kind: "closed"; readonly files: readonly FileSummary[]; readonly failures: readonly FailureFacts[] };

/** What is told of an exchange. */
export interface ExchangeFacts {
  readonly status: number;
  readonly how: End["how"];
  readonly frames: number;
  readonly items: number;
  readonly bytes: number;
  readonly redacted: Readonly<Record<string, number>>;
}

/** An error, whose class does not survive between threads. */
export interface FailureFacts {
  readonly code: RecorderErrorCode;
  readonly message: string;
  readonly hint?: string;
}

/** What the recording thread is started with. */
export interface RecordingSettings {
  readonly out: string;
  readonly title?: string;
  readonly keep: boolean;
  readonly large: boolean;
  readonly redaction: RedactionFlags;
}
