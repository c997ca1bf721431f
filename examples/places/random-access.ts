import { parallelFor, place, type SharedArray, sharedArray, task, world } from "heddle";
import { readOptions } from "../lib/options.ts";
import { Stream } from "./random-access/stream.ts";

const usage = `HPCC RandomAccess: values of a pseudo-random sequence are XORed into elements of a table over all places which they choose themselves.

  -n N  the table has 2^N elements of 64 bits (default 18)
  -u N  updates for each element (default 4, as the benchmark says)
  -b N  updates that a place may put together before it sends them (default 1024, the most that the benchmark allows)`;

type Table = SharedArray<BigUint64Array<SharedArrayBuffer>>;

/** Updates number `from` to before `to` of the sequence, `batch` of them in each round of messages. */
const updateAll = task(import.meta, async (table: Table, from: number, to: number, batch: number): Promise<void> => {
  const stream = new Stream(from);
  const indexes = new Uint32Array(batch);
  const values = new BigUint64Array(batch);
  const words = new Uint32Array(values.buffer);
  const last = table.length - 1;
  for (let done = from; done < to; ) {
    const count = Math.min(batch, to - done);
    for (let i = 0; i < count; i++) {
      stream.next();
      words[2 * i] = stream.low;
      words[2 * i + 1] = stream.high;
      indexes[i] = stream.low & last;
    }
    await table.update("xor", indexes.subarray(0, count), values.subarray(0, count));
    done += count;
  }
});

/** The same without messages: every place goes through the whole sequence and takes what falls to it. */
const updateOwn = task(import.meta, (table: Table, updates: number): void => {
  const { local } = table;
  const words = new Uint32Array(local.buffer, local.byteOffset, 2 * local.length);
  const stream = new Stream(0);
  const first = place() * table.block;
  const last = table.length - 1;
  for (let i = 0; i < updates; i++) {
    stream.next();
    const at = (stream.low & last) - first;
    if (at < 0 || at >= local.length) continue;
    words[2 * at]! ^= stream.low;
    words[2 * at + 1]! ^= stream.high;
  }
});

const fillPart = task(import.meta, (lo: number, hi: number, table: Table): void => {
  const { local } = table;
  for (let i = lo; i < hi; i++) local[i] = BigInt(table.globalIndex(i));
});

export interface Outcome {
  readonly updates: number;
  readonly seconds: number;
  /** Elements that are not what they must be. */
  readonly errors: number;
}

/** Every place calls it and gets the same outcome. A second run of all updates, by another way, must give back what the table was filled with. */
export async function randomAccess(bits: number, perElement = 4, batch = 1024): Promise<Outcome> {
  const length = 2 ** bits;
  const updates = perElement * length;
  const table = await sharedArray("bigUint64", length);
  await parallelFor.blocks(table.local.length, fillPart, table);
  await world.barrier();
  const begin = performance.now();
  const share = (rank: number): number => Math.floor((updates * rank) / world.size);
  await updateAll.spawn(table, share(place()), share(place() + 1), batch);
  await world.barrier();
  const seconds = (performance.now() - begin) / 1000;

  await updateOwn.spawn(table, updates);
  const wrong = table.local.reduce((count, value, i) => count + (value === BigInt(table.globalIndex(i)) ? 0 : 1), 0);
  const errors = await world.allReduce(wrong, "sum");
  await table.free();
  return { updates, seconds, errors };
}

export async function main(args: string[]): Promise<void> {
  const options = readOptions(args, usage, { n: 18, u: 4, b: 1024 });
  if (!options) return;
  const { n, u, b } = options;
  if (!(Number.isInteger(n) && n >= 1 && n <= 31)) throw new RangeError(`-n must be a whole number from 1 to 31, not ${n}`);
  if (!(Number.isInteger(b) && b >= 1 && b <= 1024)) throw new RangeError(`-b must be a whole number from 1 to 1024, not ${b}`);
  const { updates, seconds, errors } = await randomAccess(n, u, b);
  const right = errors <= 0.01 * 2 ** n;
  if (!right) process.exitCode = 1;
  if (place() !== 0) return;
  console.log(`${updates} updates of ${2 ** n} elements in ${seconds.toFixed(3)} s: ${(updates / seconds / 1e9).toFixed(6)} GUPS
${errors} elements are wrong, ${((100 * errors) / 2 ** n).toFixed(2)} %: ${right ? "verified" : "WRONG, more than 1 % are"}`);
}
