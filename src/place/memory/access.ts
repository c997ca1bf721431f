/** Reaching memory from the threads of a place: what is here is done at once, by the calling thread, and in serial mode all is; the rest is asked of the communication thread. */
import { Future } from "../../sched/core.ts";
import { NO_TASK } from "../../sched/definition.ts";
import { director, ordered } from "../../sched/direct.ts";
import { State } from "../../sched/state.ts";
import { currentFrame } from "../../sched/thread.ts";
import { tracer } from "../../sched/tracing.ts";
import { type Touch, watch } from "../../sched/watch.ts";
import { bytesPerElement } from "../../shared/array-kinds.ts";
import type { SharedMemory } from "../../shared/memory.ts";
import type { RemoteName } from "../../trace/events.ts";
import { placeHere } from "../here.ts";
import { askOneSided, settleInScope } from "../requests.ts";
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

/** The same of memory that may be another place's, in serial mode: a failure that nobody waits for is the scope's, as of operations that take time. */
function settledAt<T>(isHere: boolean, body: () => T): Future<T> {
  const done = settled(body) as Future<unknown>;
  const scope = isHere || done.state === State.DONE ? null : (currentFrame()?.scope ?? null);
  if (scope === null) return done as Future<T>;
  const future = new Future<unknown>(State.PROMISED, NO_TASK, null, scope, undefined, undefined, undefined);
  scope.pending++;
  // An await of it comes one microtask later.
  queueMicrotask(() => queueMicrotask(() => settleInScope(future, State.FAILED, done.a0)));
  return future as Future<T>;
}

/** The same, for an operation of which whoever watches hears: what comes before the call comes before whoever sees the future. */
export const accessed = <T>(name: string, body: () => T, isHere = true): Future<T> =>
  watch === null ? settledAt(isHere, body) : watch.operation(name, () => settledAt(isHere, body));

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
  const isHere = source.place === place && target.place === place;
  if (station === null || isHere) {
    const copied = (): T => {
      const from = ownAddressOf(heap, source.area, spanOf(source.layout, bytes), source.place);
      const to = ownAddressOf(heap, target.area, spanOf(target.layout, bytes), target.place);
      ordered("copies in its place", () => {
        if (source.layout.kind === "contiguous" && target.layout.kind === "contiguous") mem.u8.copyWithin(to, from, from + bytes);
        else {
          const between = new Uint8Array(bytes); // the two may overlap
          pack(mem.u8, from, source.layout, bytes, between, 0);
          unpack(between, 0, mem.u8, to, target.layout, bytes);
        }
      });
      if (watch !== null) {
        tellCopy(mem, "read", source, from, bytes);
        tellCopy(mem, "write", target, to, bytes);
      }
      return then();
    };
    const copyAndEnd = (): T => {
      try {
        return copied();
      } finally {
        ended();
      }
    };
    return accessed(name, copyAndEnd, isHere);
  }
  try {
    return askOneSided(
      held,
      station,
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
const NAMES: { readonly [operation in AtomicOperation]: RemoteName } = {
  load: "get",
  store: "put",
  add: "add",
  and: "and",
  or: "or",
  xor: "xor",
  exchange: "exchange",
  min: "min",
  max: "max",
  compareExchange: "compareExchange",
};
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
  if (station === null || at === place) {
    const operate = (): V => {
      const address = elementAddress(heap, area, kind, 1, at);
      watch?.touches(TOUCHES[operation] ?? "atomic", { mem, address, bytes: bytesPerElement(kind), kind });
      return ordered(`does ${operation}`, () => apply(mem, kind, address, operation, operand, expected)) as V;
    };
    return accessed(NAMES[operation], operate, at === place);
  }
  if (operation !== "compareExchange" && isWord(area.offset) && !tracer.on && director === null)
    return operateAt(station, at, area, kind, operation, operand) as Future<V>;
  return askOneSided(
    0,
    station,
    AskTopic.ATOMIC,
    operation,
    (body) => {
      writeArea(body.u32(at), area);
      body.u32(kind).u32(ATOMIC_OPERATIONS.indexOf(operation));
      writeValue(body, kind, operand);
      writeValue(body, kind, expected);
    },
    (answer) => (operation === "store" ? undefined : readValue(answer, kind)) as V,
    undefined,
    { op: NAMES[operation] },
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
  if (station === null || at === place) {
    const operate = (): void => {
      ordered("updates elements", () => updateElements(mem, heap, area, at, kind, operation, indexes, operands));
      if (watch === null) return;
      const bytes = bytesPerElement(kind);
      const start = ownAddressOf(heap, area, 0, at);
      for (const i of indexes) watch.touches(TOUCHES[operation] ?? "atomic", { mem, address: start + i * bytes, bytes, kind });
    };
    return accessed("update", operate, at === place);
  }
  return askOneSided(
    4 * indexes.length + operands.length,
    station,
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
  const { place, station, heap, mem } = placeHere();
  if (station === null || at === place) {
    return settledAt(at === place, () => {
      const block = heap.alloc(bytes, true);
      watch?.lies(mem, block, at, null);
      return { block, stamp: heap.stampOf(block), offset: 0 };
    });
  }
  return askOneSided(0, station, AskTopic.ALLOCATE, "allocate", (body) => body.u32(at).f64(bytes), readArea);
}

/** `refused` makes the error for memory that cannot be freed. */
export function freeAt(at: number, area: Area, refused: () => Error): Future<void> {
  const { place, station, heap } = placeHere();
  if (station === null || at === place) {
    const free = (): void => {
      if (!heap.freeStamped(area.block, area.stamp)) throw refused();
    };
    return accessed("free", free, at === place);
  }
  return askOneSided(
    0,
    station, AskTopic.FREE, "free", (body) => writeArea(body.u32(at), area), () => {}); // biome-ignore format: one line
}
