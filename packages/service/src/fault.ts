/**
 * Where in a body: at the boundary before a frame, or after so many bytes.
 *
 * Frames are counted from 1, as people count: frame 1 is the first message of the stream. `{ frame: n }` is the moment
 * frame n-1 is complete, so `{ frame: 1 }` is the start of the body, and one more than the number of frames is its end. `{ byte: n }` is
 * the moment n bytes are out; 0 is the start.
 */
export type Place = { readonly frame: number } | { readonly byte: number };

/**
 * Something that goes wrong with a reply, as data. The text forms, which {@link parseFault} reads and
 * {@link formatFault} writes, are the vocabulary of the emulator, the replay, the handlers and the command line alike:
 *
 * | text | what happens |
 * | --- | --- |
 * | `status:503` | the reply becomes this status (300 to 599) with a short JSON error; nothing of the body is read |
 * | `status:429:TooManyRequestsException` | the same with the error's type, so that SDKs throw it; `:text` may follow |
 * | `reset`, `reset@frame:2`, `reset@byte:300` | the connection breaks there (TCP reset) |
 * | `eof`, `eof@frame:2`, `eof@byte:300` | the body ends there, cleanly |
 * | `stall@frame:4:30s`, `stall@byte:300:250ms` | nothing is sent for that long, then it goes on; units `ms`, `s`, `m`, `h` |
 * | `truncate@frame:3+5` | the body ends, cleanly, 5 bytes into frame 3 |
 * | `corrupt@frame:2:payload:0` | the bits of that payload byte (from 0) are inverted; the checksum stays, and is wrong now |
 * | `corrupt@frame:2:prelude-crc` | the bits of the first byte of the prelude's checksum are inverted |
 * | `corrupt@frame:2:message-crc` | the bits of the first byte of the message's checksum are inverted |
 * | `corrupt@frame:2:header-len` | the header length says one byte more than the frame has room for; both checksums are right |
 * | `drop@frame:2` | the frame is left out |
 * | `dup@frame:1` | the frame comes twice, the second time as a write of its own |
 * | `exception@frame:2:ThrottlingException` | an exception message comes in place of frame 2, and the body ends after it; `:text` may follow |
 * | `error@frame:2:InternalFailure` | the same with an error message (`:error-code`, `:error-message`) |
 * | `omit-complete` | Lambda's `InvokeComplete` frames are left out, if there are any |
 * | `rechunk:1` | writes are split into pieces of at most so many bytes; no byte changes |
 * | `merge` | all bytes come in one write, after all waits; no byte changes |
 * | `bandwidth:1024` | at most so many bytes a second: each write waits for as long as its bytes take; no byte changes |
 *
 * Several faults apply in order, each to what the one before it has left: after `drop@frame:1`, frame 1 is the old frame 2.
 */
export type Fault =
  | {
      readonly kind: "status";
      readonly status: number;
      /** `x-amzn-ErrorType`: letters, digits and `._#-`. */
      readonly name?: string;
      /** Only with a name. */
      readonly message?: string;
    }
  | { readonly kind: "reset" | "eof"; readonly at: Place }
  | { readonly kind: "stall"; readonly at: Place; /** A whole number. */ readonly ms: number }
  | { readonly kind: "truncate"; readonly frame: number; readonly bytes: number }
  | { readonly kind: "corrupt"; readonly frame: number; readonly part: "payload"; readonly offset: number }
  | { readonly kind: "corrupt"; readonly frame: number; readonly part: "prelude-crc" | "message-crc" | "header-len" }
  | { readonly kind: "drop" | "dup"; readonly frame: number }
  | {
      readonly kind: "exception" | "error";
      readonly frame: number;
      /** `:exception-type` or `:error-code`: no colon, no white space. */
      readonly name: string;
      readonly message?: string;
    }
  | { readonly kind: "omit-complete" }
  | { readonly kind: "rechunk"; readonly bytes: number }
  | { readonly kind: "merge" }
  | { readonly kind: "bandwidth"; readonly bytesPerSecond: number };
