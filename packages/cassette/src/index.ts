export { assertNoSecrets } from "./assert-no-secrets.ts";
export type { CreateHash } from "./body-hash.ts";
export { endOf, exchangeChunks } from "./body-map.ts";
export type {
  Cassette,
  CassetteHeader,
  ChunkTime,
  End,
  Exchange,
  Item,
  ItemStore,
  LentItems,
  LongExchange,
  LongTiming,
  RawReason,
  RecordedRequest,
  RecordedResponse,
  Timing,
} from "./cassette.ts";
export { cassetteMode, cassetteModes, isCi } from "./cassette-mode.ts";
export type { CassetteMode } from "./cassette-mode.ts";
export { createRecorder } from "./create-recorder.ts";
export type { RecordedCall, Recorder, RecorderOptions, Recording } from "./create-recorder.ts";
export { CassetteError } from "./errors.ts";
export type { CassetteErrorCode, CassetteErrorDetails } from "./errors.ts";
export { assertNoSecretsInExchange } from "./exchange-secrets.ts";
export { fixCassetteText } from "./fix-text.ts";
export type { FixedText } from "./fix-text.ts";
export { formatCassette, formatExchange } from "./format-cassette.ts";
export { formatCassetteText } from "./format-text.ts";
export { itemBytes, itemFromLine, itemLine, itemMembers } from "./item-line.ts";
export type { ItemMembers } from "./item-line.ts";
export { ItemSplitter } from "./item-splitter.ts";
export type { ItemSplitterOptions } from "./item-splitter.ts";
export type { Difference, MatchOptions } from "./match.ts";
export type { PayloadFile, ReadPayloadFile } from "./payload-file.ts";
export { parseCassette } from "./parse-cassette.ts";
export type { ParseCassetteOptions } from "./parse-cassette.ts";
export type { PayloadAccess } from "./read-payload.ts";
export { redactExchange } from "./redact-exchange.ts";
export type { FindSecrets, RedactionOptions } from "./redaction/redaction-options.ts";
export type { RedactionRule } from "./redaction/rules.ts";
export type { FoundSecret, SecretForm } from "./secret-found.ts";
export { secretsIn } from "./redaction/secrets-in.ts";
export type { LikelySecret } from "./redaction/secrets-in.ts";
export { replay } from "./replay.ts";
export type { ExchangeUsage, Replay, ReplayOptions } from "./replay.ts";
export type { NearestRecording, ReplayMiss } from "./replay-miss.ts";
