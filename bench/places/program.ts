/** What a program pays between two places: heddle run -p 2 -w 1 program.ts ROUNDS, or two ranks of an MPI job. */
import {
  copy,
  type Future,
  type GlobalPtr,
  heapAt,
  place,
  type SharedArray,
  shared,
  sharedArray,
  task,
  whenAll,
  world,
} from "heddle";
import { COLLECTIVES, type Figures, line, MEBIBYTE, roundsOf, WINDOW } from "./figures.ts";

const next = task(import.meta, (n: number): number => n + 1);

/** Round trips before they are measured: as long as the engine compiles, they take several times as long. */
const WARM_ROUNDS = 2000;
/** What is copied before a bandwidth is measured. */
const WARM_BYTES = 2 ** 32;

/** Microseconds for a remote spawn and its answer, one after the other. */
const roundTrips = task(import.meta, function* (rounds: number): Generator<Future<unknown>, number> {
  const warm = Math.max(rounds, WARM_ROUNDS);
  let began = 0;
  for (let i = -warm; i < rounds; i++) {
    if (i === 0) began = performance.now();
    if ((yield* next.at(1).spawn(i)) !== i + 1) throw new Error(`the successor of ${i} is wrong`);
  }
  return ((performance.now() - began) / rounds) * 1000;
});

type Elements = SharedArray<Float64Array<SharedArrayBuffer>>;
type Bytes = Uint8Array<SharedArrayBuffer>;

/** GB/s of copies from here: some are under way at any time, and when the oldest has ended a new one begins. */
const bandwidth = task(import.meta, function* (from: Bytes, to: GlobalPtr<Bytes>, bytes: number, count: number): Generator<
  Future<unknown>,
  number
> {
  let began = 0;
  const warm = Math.max(2, Math.round(WARM_BYTES / (WINDOW * bytes))); // as long as the engine compiles, it takes up to twice the time
  const underWay: Future<void>[] = [];
  for (let i = -warm * WINDOW; i < count * WINDOW; i++) {
    if (underWay.length === WINDOW) yield* underWay.shift()!;
    if (i === 0) began = performance.now();
    const at = ((i + warm * WINDOW) % WINDOW) * bytes;
    underWay.push(copy(from.subarray(at, at + bytes) as Bytes, to.plus(at), bytes));
  }
  yield* whenAll(underWay);
  return (WINDOW * bytes * count) / (performance.now() - began) / 1e6;
});

/** Millions of 8-byte puts a second, some thousand at a time. */
const puts = task(import.meta, function* (to: GlobalPtr<Float64Array<SharedArrayBuffer>>, count: number): Generator<
  Future<unknown>,
  number
> {
  const atOnce = to.length;
  let began = 0;
  for (let done = -10 * atOnce; done < count; done += atOnce) {
    if (done === 0) began = performance.now();
    yield* whenAll(Array.from({ length: atOnce }, (_, i) => to.put(done + i, i)));
  }
  return (Math.ceil(count / atOnce) * atOnce) / (performance.now() - began) / 1000;
});

/** Millions of elements a second, a list of some thousand at a time. */
const updates = task(import.meta, function* (to: Elements, count: number): Generator<Future<unknown>, number> {
  const atOnce = to.lengthAt(1);
  const first = to.lengthAt(0);
  const indexes = Uint32Array.from({ length: atOnce }, (_, i) => first + i);
  const values = new Float64Array(atOnce);
  let began = 0;
  for (let done = -10 * atOnce; done < count; done += atOnce) {
    if (done === 0) began = performance.now();
    values.fill(done);
    yield* to.update("store", indexes, values);
  }
  return (Math.ceil(count / atOnce) * atOnce) / (performance.now() - began) / 1000;
});

/** Microseconds for a collective operation of all places, which a task at each of them waits for. */
const collectives = task(import.meta, function* (rounds: number): Generator<Future<unknown>, Figures> {
  const { middle, long } = roundsOf(rounds);
  const of = (bytes: number): Uint8Array | null => (place() === 0 ? new Uint8Array(bytes) : null);
  const [middling, mebibyte] = [of(65_536), of(MEBIBYTE)];
  const ways: Record<(typeof COLLECTIVES)[number], [number, () => Future<unknown>]> = {
    barrier: [rounds, () => world.barrier()],
    allReduce: [rounds, () => world.allReduce(place() + 0.5, "sum")],
    allGather: [rounds, () => world.allGather(place() + 0.5)],
    broadcast8: [rounds, () => world.broadcast(place() + 0.5)],
    broadcast64K: [middle, () => world.broadcast(middling)],
    broadcast1M: [long, () => world.broadcast(mebibyte)],
  };
  const figures: Figures = {};
  for (const name of COLLECTIVES) {
    const [count, begin] = ways[name];
    let began = 0;
    for (let i = -Math.ceil(count / 4); i < count; i++) {
      if (i === 0) began = performance.now();
      yield* begin();
    }
    figures[name] = ((performance.now() - began) / count) * 1000;
  }
  return figures;
});

export async function main([given = "1000"]: string[]): Promise<void> {
  const rounds = Number(given);
  const { mebibytes, sixteens, records } = roundsOf(rounds);
  const array = await sharedArray("float64", 8192);
  const together = await collectives.spawn(rounds);
  if (place() === 0) {
    const length = WINDOW * 16 * MEBIBYTE;
    using region = shared.region();
    const from = region.uint8(length);
    from.fill(1);
    const to = await heapAt(1).uint8(length);
    const elements = await heapAt(1).float64(2048);
    const figures: Figures = {
      ...together,
      spawn: await roundTrips.spawn(rounds),
      copy1M: await bandwidth.spawn(from, to, MEBIBYTE, mebibytes),
      copy16M: await bandwidth.spawn(from, to, 16 * MEBIBYTE, sixteens),
      puts8: await puts.spawn(elements, records),
      updates8: await updates.spawn(array, 4 * records),
    };
    await to.free();
    await elements.free();
    console.log(line(figures));
  }
  await array.free();
}
