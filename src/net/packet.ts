/**
 * What lies in a packet, in one place. Little endian; every record begins at a multiple of 8 bytes.
 *
 * ```
 * packet   version u8 | 0 u8 | records u16 | bytes u32 | record ...
 * record   type u16   | 0 u16 | length u32 | length bytes | zeros up to a multiple of 8
 * ```
 *
 * `bytes` counts the whole packet, `length` the body of a record. Types from RESERVED on are the transport layer's own.
 */
export const VERSION = 1;
export const PACKET_HEADER = 8;
export const RECORD_HEADER = 8;

/** Records that belong to `net`. Their bodies are drawn in docs/internals/wire-format.md. */
export const RESERVED = 0xff00;
export const NetRecord = {
  /** Announces a record that comes as a range of memory. */
  LARGE: RESERVED,
  /** Says which program and which heddle this place runs. */
  HELLO: RESERVED + 1,
} as const;

/** The most records that the header of a packet can count. */
export const MAX_RECORDS = 0xffff;

export const roundUp = (bytes: number): number => (bytes + 7) & ~7;
