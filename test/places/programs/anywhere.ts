/** Tasks that run wherever workers have nothing to do. */
import assert from "node:assert/strict";
import { place, shared, task, world } from "heddle";
import { RingThief } from "../../../src/sched/ring.ts";
import { ASYNC, PRIORITY } from "../../../src/sched/station.ts";
import { Control, ringWord } from "../../../src/shared/layout.ts";
import { startedRuntime } from "../../../src/task/runtime.ts";
import { type Cases, check, errorOf } from "./check.ts";

function busy(ms: number): void {
  const until = performance.now() + ms;
  while (performance.now() < until);
}

/** Nodes of a tree below a node of this depth; each node is a task, and says where it ran. */
export const nodes = task(import.meta, (depth: number): number[] => {
  busy(0.3);
  const at = new Array<number>(32).fill(0);
  at[place()]!++;
  if (depth === 0) return at;
  const below = [nodes.anywhere.spawn(depth - 1), nodes.anywhere.spawn(depth - 1)];
  for (const it of below) for (const [p, count] of it.join().entries()) at[p]! += count;
  return at;
});
const fails = task(import.meta, (n: number): number => {
  if (n === 7) throw new RangeError("seven");
  return n;
});
const slow = task(import.meta, (n: number): number => {
  busy(2);
  return n;
});
/** Takes a worker, on its stack, until the gate opens; then waits there for a task for anywhere. */
const holds = task(import.meta, (gate: Int32Array<SharedArrayBuffer>): number => {
  while (Atomics.load(gate, 0) === 0);
  return slow.anywhere.spawn(1).join();
});
const needsEventLoop = task(import.meta, async (n: number): Promise<number> => n);
const total = (counts: readonly number[]): number => counts.reduce((a, b) => a + b, 0);

const cases: Cases = {
  async "a tree that begins at one place is counted, and every place takes part"({ place, places }) {
    await world.barrier();
    if (place === 0) {
      const counts = await nodes.anywhere.spawn(9);
      assert.equal(total(counts), 1023);
      const idle = counts.slice(0, places).filter((it) => it === 0).length;
      assert.equal(idle, 0, `nodes by place: ${counts.slice(0, places)}`);
    }
    await world.barrier();
  },

  async "trees that begin everywhere"() {
    assert.equal(total(await nodes.anywhere.spawn(6)), 127);
    await world.barrier();
  },

  async "many tasks of the main thread, of one place"({ place, places }) {
    if (place === places - 1) {
      const futures = Array.from({ length: 300 }, (_, i) => slow.anywhere.spawn(i));
      assert.deepEqual(
        await Promise.all(futures),
        Array.from({ length: 300 }, (_, i) => i),
      );
    }
    await world.barrier();
  },

  async "stacks that wait are offered what they may run, although async tasks lie there that nobody is free to begin"() {
    const { client, workers } = startedRuntime() ?? { client: null, workers: 0 };
    if (client === null) return;
    const { mem, map } = client.station;
    const offers = new RingThief(mem.i32, ringWord(map.slots - 1, PRIORITY.normal + ASYNC));
    const gate = shared.int32(1);
    const held = Array.from({ length: workers }, (_, i) => holds.with({ affinity: i }).spawn(gate));
    await world.barrier();
    const others = Array.from({ length: 4 * workers }, (_, i) => needsEventLoop.anywhere.spawn(i));
    while (
      mem.i32[Control.COMMUNICATION] !== 0 &&
      mem.i32[Control.HUNGRY] !== 0 &&
      offers.isEmpty() &&
      others.at(-1)!.status === "pending"
    )
      await new Promise((resolve) => setTimeout(resolve, 1));
    await world.barrier();
    Atomics.store(gate, 0, 1);
    for (const it of held) assert.equal(await it, 1);
    for (const [i, it] of others.entries()) assert.equal(await it, i);
    shared.free(gate);
    await world.barrier();
  },

  async "errors and cancellation"({ place }) {
    const futures = Array.from({ length: 20 }, (_, i) => fails.anywhere.spawn(i));
    assert.equal((await errorOf(futures[7]!)).message, "seven");
    for (const [i, it] of futures.entries()) if (i !== 7) assert.equal(await it, i);
    const cancelled = Array.from({ length: 50 }, (_, i) => slow.anywhere.spawn(i));
    for (const it of cancelled) it.cancel();
    for (const it of cancelled) await it.catch(() => {});
    assert.equal(await slow.anywhere.spawn(place), place);
    await world.barrier();
  },
};

export default async function main({ place, places, args }: { place: number; places: number; args: string[] }): Promise<void> {
  await check(cases, place, places, args[0]);
}
