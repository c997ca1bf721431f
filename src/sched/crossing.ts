/** What crosses between threads besides plain values: each kind of thing says here how. */
import { CrossingError } from "../errors.ts";
import { type Codec, createCodec } from "../shared/codec/index.ts";
import type { SharedMemory } from "../shared/memory.ts";
import { definitionOf, taskFor } from "./registry.ts";
import type { Station } from "./station.ts";

export interface CrossingKind {
  readonly tag: string;
  /** A plain description of `value` if it is of this kind, else undefined. Throws CrossingError if it is but may not cross. */
  describe(value: object, station: Station): unknown;
  revive(data: unknown, station: Station): unknown;
}

const kinds: CrossingKind[] = [
  {
    tag: "task",
    describe(value, station) {
      const def = definitionOf(value);
      return def === undefined ? undefined : station.idOf(def);
    },
    revive(id, station) {
      const def = station.definition(id as number);
      return taskFor(def) ?? def.fn; // of a task whose module could not be imported: a function that says why
    },
  },
];

export function registerCrossing(kind: CrossingKind): void {
  kinds.push(kind);
}

/** The codec of one thread for one runtime. */
export function makeCodec(mem: SharedMemory, station: () => Station): Codec {
  const codec = createCodec({
    memory: () => mem,
    describe(value) {
      for (const kind of kinds) {
        const data = kind.describe(value, station());
        if (data !== undefined) return { tag: kind.tag, data };
      }
      return undefined;
    },
    revive(tag, data) {
      const kind = kinds.find((it) => it.tag === tag);
      if (kind === undefined) throw new CrossingError(`nothing in this thread can receive a ${tag}`, tag);
      return kind.revive(data, station());
    },
  });
  // Threads that hold what a message names are counted, so a message that never leaves gives it back.
  return { ...codec, encode: (value, root) => station().objects.lending(() => codec.encode(value, root)).message };
}
