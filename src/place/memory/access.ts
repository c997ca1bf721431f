/** Reaching memory from the threads of a place: what is here is done at once, by the calling thread; the rest is asked of the communication thread. */
import { Future } from "../../sched/core.ts";
import { NO_TASK } from "../../sched/definition.ts";
import { State } from "../../sched/state.ts";
import { tracer } from "../../sched/tracing.ts";
import { type Touch, watch } from "../../sched/watch.ts";
import { bytesPerElement } from "../../shared/array-kinds.ts";
import type { SharedMemory } from "../../shared/memory.ts";
import { placeHere } from "../here.ts";
import { askOneSided } from "../requests.ts";
import { AskTopic } from "../topics.ts";
import { type Area, ownAddressOf, readArea, writeArea } from "./area.ts";
import { ATOMIC_OPERATIONS, type AtomicOperation, apply, elementAddress, updateElements } from "./atomic.ts";
import { type End, readValue, SMALL_BYTES, writeEnd, writeValue } from "./ends.ts";
import { eachPiece, pack, spanOf, unpack } from "./pieces.ts";
import { operateAt } from "./singles.ts";

/** The future of what `body` returns or throws, now. */
export function settled<T>(body: () => T): Future<T> {
  let state: number = State.DONE;
  let value: unknown;
  try {
    value = body();
  } catch (error) {
    state = State.FAILED;
    value = error;
  }
  return new Future<unknown>(state, NO_TASK, null, null, value, undefined, undefined) as Future<T>;
}

/** The same, for an operation of which whoever watches hears: what comes before the call comes before whoever sees the future. */
export const accessed = <T>(name: string, body: () => T): Future<T> =>
  watch === null ? settled(body) : watch.operation(name, () => settled(body));

function tellCopy(mem: SharedMemory, how: Touch, { kind = -1, layout }: End, address: number, bytes: number): void {
  eachPiece(layout, bytes, (at, length) => watch?.touches(how, { mem, address: address + at, bytes: length, kind }));
}

/**
 * Copies, then makes the future's value by `then`, in the calling thread. `ended` is called when neither end is in use any more, whether the copy has
 * succeeded or not. `held` is how much memory the copy takes up beside its ends.
 */
export function copyEnds<T>(
  source: End,
  target: End,
  bytes: number,
  then: () => T,
  ended: () => void = () => {},
  name = "copy",
  held: number = bytes <= SMALL_BYTES || source.layout.kind !== "contiguous" ? bytes : 0,
): Future<T> {
  const { place, station, heap, mem } = placeHere();
  if (source.place === place && target.place === place) {
    const copied = (): T => {
      const from = ownAddressOf(heap, source.area, spanOf(source.layout, bytes), place);
      const to = ownAddressOf(heap, target.area, spanOf(target.layout, bytes), place);
      if (source.layout.kind === "contiguous" && target.layout.kind === "contiguous") mem.u8.copyWithin(to, from, from + bytes);
      else {
        const between = new Uint8Array(bytes); // the two may overlap
        pack(mem.u8, from, source.layout, bytes, between, 0);
        unpack(between, 0, mem.u8, to, target.layout, bytes);
      }
      if (watch !== null) {
        tellCopy(mem, "read", source, from, bytes);
        tellCopy(mem, "write", target, to, bytes);
      }
      return then();
    };
    return accessed(name, () => {
      try {
        return copied();
      } finally {
        ended();
      }
    });
  }
  try {
    return askOneSided(
      held,
      station!,
      AskTopic.COPY,
      name,
      (body) => {
        body.f64(bytes);
        writeEnd(body, source);
        writeEnd(body, target);
      },
      then,
      ended,
      { bytes },
    );
  } catch (error) {
    ended();
    throw error;
  }
}

/** How programs call these, and how they reach their element; the others are atomic. */
const NAMES: { readonly [operation in AtomicOperation]?: string } = { load: "get", store: "put" };
const TOUCHES: { readonly [operation in AtomicOperation]?: Touch } = { load: "load", store: "store" };

export function atomicAt<V extends number | bigint>(
  at: number,
  area: Area,
  kind: number,
  operation: AtomicOperation,
  operand: number | bigint,
  expected: number | bigint,
): Future<V> {
  const { place, station, heap, mem } = placeHere();
  if (at === place) {
    return accessed(NAMES[operation] ?? operation, () => {
      const address = elementAddress(heap, area, kind, 1, place);
      watch?.touches(TOUCHES[operation] ?? "atomic", { mem, address, bytes: bytesPerElement(kind), kind });
      return apply(mem, kind, address, operation, operand, expected) as V;
    });
  }
  if (operation !== "compareExchange" && isWord(area.offset) && !tracer.on)
    return operateAt(station!, at, area, kind, operation, operand) as Future<V>;
  return askOneSided(
    0,
    station!,
    AskTopic.ATOMIC,
    operation,
    (body) => {
      writeArea(body.u32(at), area);
      body.u32(kind).u32(ATOMIC_OPERATIONS.indexOf(operation));
      writeValue(body, kind, operand);
      writeValue(body, kind, expected);
    },
    (answer) => (operation === "store" ? undefined : readValue(answer, kind)) as V,
  );
}

const isWord = (offset: number): boolean => offset >>> 0 === offset;

export function updateAt(
  at: number,
  area: Area,
  kind: number,
  operation: AtomicOperation,
  indexes: Uint32Array,
  operands: Uint8Array,
): Future<void> {
  const { place, station, heap, mem } = placeHere();
  if (at === place) {
    return accessed("update", () => {
      updateElements(mem, heap, area, place, kind, operation, indexes, operands);
      if (watch === null) return;
      const bytes = bytesPerElement(kind);
      const start = ownAddressOf(heap, area, 0, place);
      for (const i of indexes) watch.touches(TOUCHES[operation] ?? "atomic", { mem, address: start + i * bytes, bytes, kind });
    });
  }
  return askOneSided(
    4 * indexes.length + operands.length,
    station!,
    AskTopic.UPDATE,
    "update",
    (body) => {
      writeArea(body.u32(at), area);
      body.u32(kind).u32(ATOMIC_OPERATIONS.indexOf(operation));
      body.blob(new Uint8Array(indexes.buffer, indexes.byteOffset, indexes.byteLength)).blob(operands);
    },
    () => {},
  );
}

export function allocateAt(at: number, bytes: number): Future<Area> {
  const { place, station, heap } = placeHere();
  if (at === place) {
    return settled(() => {
      const block = heap.alloc(bytes, true);
      return { block, stamp: heap.stampOf(block), offset: 0 };
    });
  }
  return askOneSided(0, station!, AskTopic.ALLOCATE, "allocate", (body) => body.u32(at).f64(bytes), readArea);
}

/** `refused` makes the error for memory that cannot be freed. */
export function freeAt(at: number, area: Area, refused: () => Error): Future<void> {
  const { place, station, heap } = placeHere();
  if (at === place) {
    return accessed("free", () => {
      if (!heap.freeStamped(area.block, area.stamp)) throw refused();
    });
  }
  return askOneSided(
    0,
    station!, AskTopic.FREE, "free", (body) => writeArea(body.u32(at), area), () => {}); // biome-ignore format: one line
}
