/**
 * A header on the wire, integers big-endian:
 *
 *     name length  uint8, 1 to 255
 *     name         UTF-8
 *     type         uint8, one of the ten below; the set is closed
 *     value        as the type says
 *
 *     type        value
 *     0 true      nothing: the type is the value
 *     1 false     nothing
 *     2 byte      int8
 *     3 short     int16
 *     4 integer   int32
 *     5 long      int64
 *     6 binary    uint16 length, bytes
 *     7 string    uint16 length, UTF-8
 *     8 timestamp int64, milliseconds since the Unix epoch. The specification's table says unsigned, its grammar and
 *                 every implementation signed
 *     9 uuid      16 bytes in the order of the text (RFC 9562)
 */
export const wireType = {
  true: 0,
  false: 1,
  byte: 2,
  short: 3,
  integer: 4,
  long: 5,
  binary: 6,
  string: 7,
  timestamp: 8,
  uuid: 9,
} as const;

/** Marks the two types whose value begins with its length. */
export const lengthPrefixed = -1;

/** Bytes a value takes, by wire type. */
export const valueBytes: readonly number[] = [0, 0, 1, 2, 4, 8, lengthPrefixed, lengthPrefixed, 8, 16];
