import { createHash } from "node:crypto";
import type { FunctionCode } from "../functions.ts";
import { LambdaError, invalidParameterValue } from "../lambda-error.ts";
import type { Members } from "../request-members.ts";
import { present } from "../request-members.ts";

/** Where a function's code came from. Exactly one of the three is there, or none for a function of the test's own. */
export interface CodeArtifact {
  /** `ZipFile`. */
  readonly zip?: Uint8Array;
  /** `S3Bucket`, `S3Key`, `S3ObjectVersion`. Nobody fetches it. */
  readonly s3?: { readonly bucket: string; readonly key: string; readonly objectVersion?: string };
  /** `ImageUri`. Nobody pulls it. */
  readonly imageUri?: string;
  /** `CodeSha256`: base64 of a zip's SHA-256. Where the contents are not known, that of its address. */
  readonly sha256: string;
  /** `CodeSize` in bytes; 0 where the contents are not known. */
  readonly size: number;
}

/** The largest zip that a request may carry, in bytes. */
const mostZipBytes = 50 * 1024 * 1024;

/**
 * Reads `Code` of CreateFunction, or the same members of UpdateFunctionCode.
 *
 * @param doing `creating` or `updating`, for messages
 * @throws {LambdaError} `InvalidParameterValueException`, or `RequestEntityTooLargeException` (413)
 */
export function readArtifact(members: Members, packageType: "Zip" | "Image", doing: string): CodeArtifact {
  const zip = members.blob("ZipFile");
  const bucket = members.text("S3Bucket");
  const key = members.text("S3Key");
  const objectVersion = members.text("S3ObjectVersion");
  const imageUri = members.text("ImageUri");
  if (packageType === "Image") {
    if (imageUri !== undefined) return { imageUri, sha256: sha256(imageUri, "hex"), size: 0 };
    throw invalidParameterValue(`Please provide ImageUri when ${doing} a function with packageType Image.`);
  }
  if (imageUri !== undefined) {
    throw invalidParameterValue(`Please don't provide ImageUri when ${doing} a function with packageType Zip.`);
  }
  if (zip !== undefined) {
    if (bucket !== undefined || key !== undefined) {
      throw invalidParameterValue("Please do not provide other FunctionCode parameters when providing a ZipFile.");
    }
    checkZip(zip);
    return { zip, sha256: sha256(zip), size: zip.length };
  }
  if (bucket === undefined || key === undefined) {
    throw invalidParameterValue("Please provide a source for function code.");
  }
  const s3 = { bucket, key, ...present({ objectVersion }) };
  return { s3, sha256: sha256(JSON.stringify(s3)), size: 0 };
}

/** The signature of a zip's first file; `PK 05 06` instead is a zip without files. */
function checkZip(zip: Uint8Array): void {
  if (zip.length > mostZipBytes) {
    throw new LambdaError({
      status: 413,
      type: "RequestEntityTooLargeException",
      message: `Zipped size must be smaller than ${mostZipBytes} bytes`,
      messageKey: "message",
      members: {},
    });
  }
  const signature = Buffer.from(zip.subarray(0, 4)).toString("latin1");
  if (signature === "PK\x05\x06") throw invalidParameterValue("Uploaded file must be a non-empty zip");
  if (signature !== "PK\x03\x04") {
    throw invalidParameterValue("Could not unzip uploaded file. Please check your file, then try to upload again.");
  }
}

/** Stands for the zip of a function that never was one. It changes when the code does. */
export function artifactOfCode(code: FunctionCode): CodeArtifact {
  const text = typeof code === "function" ? String(code) : (jsonOf(code) ?? typeof code);
  return { sha256: sha256(text), size: Buffer.byteLength(text) };
}

function jsonOf(value: unknown): string | undefined {
  try {
    return JSON.stringify(value);
  } catch {
    return undefined;
  }
}

function sha256(data: string | Uint8Array, encoding: "base64" | "hex" = "base64"): string {
  return createHash("sha256").update(data).digest(encoding);
}
