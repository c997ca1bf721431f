import { copy, type Future, heapAt, place, shared, task, world } from "heddle";
import { readOptions } from "../lib/options.ts";

const usage = `What it takes to reach another place: round trips of small things, and how fast large arrays are copied there and back.

  -p N  the other place (default the last one)
  -r N  round trips of each kind (default 1000)
  -m N  the largest array, in MiB (default 4)`;

const next = task(import.meta, (n: number): number => n + 1);

export interface RoundTrips {
  readonly name: string;
  /** Microseconds for one: the middle one, and the fastest. */
  readonly median: number;
  readonly best: number;
}

async function time(name: string, repetitions: number, trip: (i: number) => Future<unknown>): Promise<RoundTrips> {
  for (let i = 0; i < repetitions / 10; i++) await trip(i);
  const took: number[] = [];
  for (let i = 0; i < repetitions; i++) {
    const begin = performance.now();
    await trip(i);
    took.push((performance.now() - begin) * 1000);
  }
  took.sort((a, b) => a - b);
  return { name, median: took[took.length >> 1]!, best: took[0]! };
}

/** From this place to the other one and back, one after the other. Checks what comes back. */
export async function pingPong(other: number, repetitions: number): Promise<RoundTrips[]> {
  const there = await heapAt(other).float64(1);
  const spawned = (i: number) => next.at(other).spawn(i);
  const trips = [
    await time("remote spawn", repetitions, spawned),
    await time("put, 8 bytes", repetitions, (i) => there.put(i)),
    await time("get, 8 bytes", repetitions, () => there.get()),
    await time("fetch and add", repetitions, () => there.add(1)),
  ];
  const [answer, element] = [await spawned(1), await there.get()];
  await there.free();
  const added = 2 * repetitions - 1 + Math.ceil(repetitions / 10);
  if (answer !== 2 || element !== added) throw new Error(`place ${other} answers ${answer} and ${element}, not 2 and ${added}`);
  return trips;
}

export interface Bandwidth {
  readonly bytes: number;
  /** 10^9 bytes a second. */
  readonly there: number;
  readonly back: number;
}

/** Copies arrays of 1 KiB and more to the other place and back, and compares them. */
export async function bandwidth(other: number, mostBytes: number): Promise<Bandwidth[]> {
  const length = mostBytes / 8;
  const there = await heapAt(other).float64(length);
  using region = shared.region();
  const [sent, received] = [region.float64(length), region.float64(length)];
  for (let i = 0; i < length; i++) sent[i] = i;
  const results: Bandwidth[] = [];
  for (let count = 128; count <= length; count *= 4) {
    const times = Math.min(100, Math.ceil((1 << 21) / count));
    const rate = async (move: () => Future<void>): Promise<number> => {
      await move();
      const begin = performance.now();
      for (let i = 0; i < times; i++) await move();
      return (8 * count * times) / (performance.now() - begin) / 1e6;
    };
    const bytes = 8 * count;
    received.fill(-1);
    results.push({
      bytes,
      there: await rate(() => copy(sent, there, count)),
      back: await rate(() => copy(there, received, count)),
    });
    if (received.some((value, i) => value !== (i < count ? i : -1)))
      throw new Error(`${bytes} bytes have not come back as they went`);
  }
  await there.free();
  return results;
}

export async function main(args: string[]): Promise<void> {
  const options = readOptions(args, usage, { p: world.size - 1, r: 1000, m: 4 });
  if (!options) return;
  if (place() === 0) {
    console.log(`Between place 0 and place ${options.p}, all answers verified\n\nround trip       median      best`);
    const micro = (value: number): string => `${value.toFixed(1)} us`.padStart(10);
    for (const { name, median, best } of await pingPong(options.p, options.r)) {
      console.log(`${name.padEnd(13)}${micro(median)}${micro(best)}`);
    }
    console.log("\n    bytes       there        back");
    const speed = (value: number): string => `${value.toFixed(3)} GB/s`.padStart(12);
    for (const { bytes, there, back } of await bandwidth(options.p, options.m * 2 ** 20)) {
      console.log(`${String(bytes).padStart(9)}${speed(there)}${speed(back)}`);
    }
  }
  await world.barrier();
}
