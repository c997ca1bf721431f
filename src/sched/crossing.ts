/** What crosses between threads, and between places, besides plain values: each kind of thing says here how. */
import { CrossingError } from "../errors.ts";
import { type Codec, createCodec } from "../shared/codec/index.ts";
import type { SharedMemory } from "../shared/memory.ts";
import { MentionKind, Mentions } from "../shared/mentions.ts";
import { definitionOf, taskFor } from "./registry.ts";
import type { Station } from "./station.ts";

export interface CrossingKind {
  readonly tag: string;
  /** A plain description of `value` if it is of this kind, else undefined. Throws CrossingError if it is but may not cross. */
  describe(value: object, station: Station): unknown;
  revive(data: unknown, station: Station): unknown;
  /** The same between places. What is called differently there is noted in `mentions`. Without it, things of this kind stay at their place. */
  readonly away?: {
    describe(value: object, station: Station, mentions: Mentions): unknown;
    revive(data: unknown, station: Station, mentions: Mentions): unknown;
  };
  /**
   * Between places of one thread, in serial mode: what `value` is at the other place, undefined if it is not of this kind. Throws CrossingError if it is but may not
   * cross. Without it, `away`, which then gets neither a station nor mentions.
   */
  readonly beside?: (value: object, from: number, to: number) => object | undefined;
}

const taskOf = (id: number, station: Station): unknown => {
  const def = station.definition(id);
  return taskFor(def) ?? def.fn; // of a task whose module could not be imported: a function that says why
};

const kinds: CrossingKind[] = [
  {
    tag: "task",
    describe(value, station) {
      const def = definitionOf(value);
      return def === undefined ? undefined : station.idOf(def);
    },
    revive: (id, station) => taskOf(id as number, station),
    away: {
      describe(value, station, mentions) {
        const def = definitionOf(value);
        return def === undefined ? undefined : mentions.add(MentionKind.FUNCTION, station.idOf(def));
      },
      revive: (at, station, mentions) => taskOf(mentions.valueAt(at as number, MentionKind.FUNCTION), station),
    },
    beside: () => undefined, // see beside.ts
  },
];

export function registerCrossing(kind: CrossingKind): void {
  kinds.push(kind);
}

export const crossingKinds = (): readonly CrossingKind[] => kinds;

function kindCalled(tag: string): CrossingKind {
  const kind = kinds.find((it) => it.tag === tag);
  if (kind === undefined) throw new CrossingError(`nothing in this thread can receive a ${tag}`, tag);
  return kind;
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
    revive: (tag, data) => kindCalled(tag).revive(data, station()),
  });
  // Threads that hold what a message names are counted, so a message that never leaves gives it back.
  return { ...codec, encode: (value, root) => station().objects.lending(() => codec.encode(value, root)).message };
}

/** The same for what goes to other places: arrays on the heap by value, and in front of each message what it mentions. */
export function makeAwayCodec(mem: SharedMemory, station: () => Station): Codec {
  let mentions = new Mentions();
  const codec = createCodec({
    memory: () => mem,
    byValue: true,
    describe(value) {
      for (const kind of kinds) {
        if (kind.away !== undefined) {
          const data = kind.away.describe(value, station(), mentions);
          if (data !== undefined) return { tag: kind.tag, data };
        } else if (kind.describe(value, station()) !== undefined) {
          throw new CrossingError(`a ${kind.tag} belongs to its place and cannot cross to another one`, kind.tag);
        }
      }
      return undefined;
    },
    revive(tag, data) {
      const { away } = kindCalled(tag);
      if (away === undefined) throw new CrossingError(`a ${tag} cannot come from another place`, tag);
      return away.revive(data, station(), mentions);
    },
  });
  const within = <T>(its: Mentions, body: () => T): T => {
    const outer = mentions;
    mentions = its;
    try {
      return body();
    } finally {
      mentions = outer;
    }
  };
  const encoding = (encode: () => Uint8Array): Uint8Array => {
    const its = new Mentions();
    return within(its, () => its.before(station().objects.lending(encode).message));
  };
  const decode = (bytes: Uint8Array): unknown => {
    const { mentions: its, rest } = Mentions.read(bytes);
    return within(its, () => codec.decode(rest));
  };
  return {
    encode: (value, root) => encoding(() => codec.encode(value, root)),
    encodeError: (error) => encoding(() => codec.encodeError(error)),
    decode,
    decodeError: decode,
  };
}
