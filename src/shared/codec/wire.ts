import { ARRAY_NAMES } from "../array-kinds.ts";

/** The kinds of record in a graph message. README.md beside this file describes the message. */
export const Kind = {
  END: 0,
  SHAPE: 1,
  OBJECT: 2,
  NULL_OBJECT: 3,
  ARRAY: 4,
  SPARSE_ARRAY: 5,
  MAP: 6,
  SET: 7,
  ERROR: 8,
  DATE: 9,
  REGEXP: 10,
  BOXED: 11,
  BUFFER: 12,
  VIEW: 13,
  HEAP_VIEW: 14,
  TEXTUAL: 15,
  DOM_EXCEPTION: 16,
  DESCRIBED: 17,
  INSTANCE: 18,
} as const;

/** What follows the escape (null) in a slot: an id from 0 upwards, or one of these. */
export const Escape = { NULL: -1, MINUS_ZERO: -2, TEXT: -3, OPEN: -4 } as const;

/** Where the class of an error record comes from. */
export const Origin = { BUILT_IN: 0, HEDDLE: 1, REGISTERED: 2, OTHER: 3 } as const;

/** The first byte of a graph message. MessagePack never uses it, so no tree message begins with it. */
export const GRAPH_MARK = 0xc1;

/** Mark, three unused bytes, length of the packed stream as 32-bit little endian. */
export const HEADER_BYTES = 8;

type ViewConstructor = new (buffer: ArrayBufferLike, byteOffset?: number, length?: number) => ArrayBufferView;

/** The order is the wire's: an index into this table stands for the class. A name that the engine lacks keeps its place. */
const VIEW_NAMES = [...ARRAY_NAMES, "DataView", "Buffer"] as const;

const globals = globalThis as unknown as Record<string, unknown>;

export const viewConstructors: readonly (ViewConstructor | undefined)[] = VIEW_NAMES.map(
  (name) => globals[name] as ViewConstructor | undefined,
);

export const BUFFER_VIEW = VIEW_NAMES.indexOf("Buffer");
