/** Who is slow, an environment variable says: so the schedule of a replay would be another one by itself. */
import { type Future, finish, shared, task, whenAny } from "../../src/index.ts";

const slow = process.env.SLOW ?? "";

const race = task(import.meta, (name: string, order: Int32Array): string => {
  const until = performance.now() + (slow.includes(name) ? 700 : 0);
  while (performance.now() < until);
  order[Atomics.add(order, 0, 1) + 1] = name.charCodeAt(0);
  return name;
});

/** On a worker of its own, so that one slow task does not keep the other from starting. */
const on = (worker: number) => race.with({ affinity: worker });

const extra = task(import.meta, (): void => {});

const inside = task(import.meta, function* (order: Int32Array) {
  const both: Future<string>[] = [on(0).spawn("c", order), on(1).spawn("d", order)];
  const first = yield* whenAny(both);
  for (const it of both) yield* it;
  return first;
});

export async function main(args: string[]) {
  const order = shared.int32(10);
  for (const worker of [0, 1]) await extra.with({ affinity: worker }).spawn(); // both have imported this module
  if (process.env.MODE === "other") await extra.spawn();
  const first = await whenAny([on(0).spawn("a", order), on(1).spawn("b", order)]);
  const second = await inside.spawn(order);
  await finish(async () => {
    race.spawn("e", order);
    race.spawn("f", order);
  });
  console.log(first, second, String.fromCharCode(...order.subarray(1, order[0] + 1)));
  if (args[0] === "fail" && first === "b") throw new Error("b was first");
}
