/** Tasks join a phaser while others run actions between its phases: which phase each of them comes to depends on the schedule. */
import { type Future, type Phaser, phaser, place, places, shared, task } from "../../src/index.ts";

const PHASES = 40;

const acts = task(import.meta, function* (ph: Phaser): Generator<Future<unknown>, number> {
  let sum = 0;
  for (let i = 0; i < PHASES; i++)
    yield* ph.next(() => {
      for (let k = 0; k < 20_000; k++) sum = (sum * 31 + k) & 0xffff;
    });
  return sum;
});

const joins = task(import.meta, async (ph: Phaser, order: Int32Array, name: number): Promise<number> => {
  ph.register("signalWait");
  const phase = await ph.next();
  order[Atomics.add(order, 0, 1) + 1] = name;
  ph.drop();
  return phase;
});

const here = task(import.meta, async (ph: Phaser): Promise<string> => {
  const order = shared.int32(9);
  const phases = await Promise.all(Array.from({ length: 8 }, (_, name) => joins.spawn(ph, order, name)));
  return `${phases.join(" ")} | ${order.subarray(1).join(" ")}`;
});

export async function main() {
  if (place() !== 0) return;
  const ph = phaser();
  const actors = Array.from({ length: places() }, (_, p) => acts.at(p).with({ phased: [ph] }).spawn(ph));
  const joined = Array.from({ length: places() }, (_, p) => here.at(p).spawn(ph));
  ph.drop();
  await Promise.all(actors);
  for (const it of joined) console.log(await it);
}
