/** From records to events: for those who read traces. */
import { EVENTS, type EventName, type Place, RECORD_BYTES, RECORD_WORDS, type TraceEvent } from "./events.ts";

interface Shape {
  readonly name: EventName;
  readonly decode: Decode;
  readonly text: boolean;
  readonly fields: readonly { readonly name: string; readonly place: Place }[];
}

let known: readonly (Shape | undefined)[] | null = null;

/** The shapes by code. Made when something is read: a page's security policy may forbid it, and pages read nothing. */
const shapes = (): readonly (Shape | undefined)[] => (known ??= makeShapes());

function makeShapes(): (Shape | undefined)[] {
  const shapes: (Shape | undefined)[] = [];
  for (const [name, shape] of Object.entries(EVENTS)) {
    const fields = Object.entries(shape.fields).map(([field, place]) => ({ name: field, place: place as Place }));
    const decode = makeDecode(name as EventName, fields);
    shapes[shape.code] = { name: name as EventName, decode, text: "text" in shape, fields };
  }
  return shapes;
}

/** The expression for what lies at a place of the record that begins at word `w`. */
function reading(place: Place): string {
  if (place === "extra") return "i32[w] >>> 8";
  if (place === "n") return "i32[w + 1]";
  if (place === "time") return "f64[(w + 2) >>> 1]";
  const index = Number(place[1]);
  return place.startsWith("i") ? `i32[w + ${4 + index}]` : `f64[(w + ${4 + 2 * index}) >>> 1]`;
}

type Decode = (i32: Int32Array, f64: Float64Array, word: number, slot: number) => Record<string, unknown>;

/** Source text of its own for each kind: millions of records are read. */
function makeDecode(name: EventName, fields: Shape["fields"]): Decode {
  const parts = fields.map((it) => `${it.name}: ${reading(it.place)}`);
  return new Function("i32", "f64", "w", "slot", `return { kind: "${name}", slot, ${parts.join(", ")} };`) as Decode;
}

const decoder = new TextDecoder();

/** The views of memory that records lie in. */
export interface Memory {
  readonly i32: Int32Array;
  readonly f64: Float64Array;
  readonly u8: Uint8Array;
}

/** How many records the event takes whose first one begins at `word`. */
export function recordsAt({ i32, f64 }: Memory, word: number): number {
  const shape = shapes()[i32[word]! & 0xff];
  if (shape?.text !== true) return 1;
  return 1 + Math.ceil((shape.decode(i32, f64, word, 0).bytes as number) / RECORD_BYTES);
}

/** The event whose records lie at these words; undefined for a code that is not known. */
export function decodeEvent(
  memory: Memory,
  wordAt: (record: number) => number,
  count: number,
  slot: number,
): TraceEvent | undefined {
  const { i32, f64, u8 } = memory;
  const word = wordAt(0);
  const shape = shapes()[i32[word]! & 0xff];
  if (shape === undefined) return undefined;
  const event = shape.decode(i32, f64, word, slot);
  if (shape.text) {
    const bytes = new Uint8Array((count - 1) * RECORD_BYTES);
    for (let i = 1; i < count; i++) {
      const from = wordAt(i) * 4;
      bytes.set(u8.subarray(from, from + RECORD_BYTES), (i - 1) * RECORD_BYTES);
    }
    event.text = decoder.decode(bytes.subarray(0, event.bytes as number));
  }
  return event as unknown as TraceEvent;
}

/** An event in a copy of records, and which of these are its own. */
export interface Found {
  readonly event: TraceEvent;
  readonly bytes: Uint8Array;
}

/** The events in a copy of whole records, as files hold them. */
export function* eventsIn(bytes: Uint8Array, slot: number): Generator<Found> {
  const aligned = new Uint8Array(Math.floor(bytes.length / RECORD_BYTES) * RECORD_BYTES);
  aligned.set(bytes.subarray(0, aligned.length));
  const memory = { i32: new Int32Array(aligned.buffer), f64: new Float64Array(aligned.buffer), u8: aligned };
  const total = aligned.length / RECORD_BYTES;
  for (let at = 0; at < total; ) {
    const count = recordsAt(memory, at * RECORD_WORDS);
    if (at + count > total) break;
    const first = at;
    const event = decodeEvent(memory, (i) => (first + i) * RECORD_WORDS, count, slot);
    if (event !== undefined) yield { event, bytes: aligned.subarray(first * RECORD_BYTES, (first + count) * RECORD_BYTES) };
    at += count;
  }
}
