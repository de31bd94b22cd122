export { EventSigner } from "./signing/event-signer.ts";
export type { SignerOptions } from "./signing/event-signer.ts";
export { EventVerifier } from "./signing/event-verifier.ts";
export type { VerifierOptions } from "./signing/event-verifier.ts";
export { requestSignature } from "./signing/request-signature.ts";
export { signEvents, verifyEvents } from "./signing/signed-streams.ts";
export type { VerifyOptions } from "./signing/signed-streams.ts";
export type { SigningCredentials, SigningOptions } from "./signing/signing-options.ts";
