/** Code that goes on by callbacks of `then`, and by listeners which these call. */
import { EventEmitter } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { promise, shared, task, whenAny } from "heddle";

const soon = (): Promise<void> => sleep(Math.random() * 10);

const note = task(import.meta, (name: number, order: Int32Array): number => {
  order[Atomics.add(order, 0, 1) + 1] = name;
  return name;
});

const spawns = task(import.meta, async (name: number, order: Int32Array): Promise<string> => {
  const list: number[] = [];
  const all: Promise<unknown>[] = [];
  for (let i = 0; i < 4; i++) {
    all.push(
      soon()
        .then(() => void list.push(i))
        .finally(() => {})
        .then(() => note.spawn(name * 10 + i, order)),
    );
  }
  await Promise.all(all);
  return list.join("");
});

const fails = task(import.meta, async (order: Int32Array): Promise<void> => {
  const failing = Array.from({ length: 3 }, async (_, i) => {
    await soon();
    throw new Error(String(i));
  });
  await Promise.all(failing.map((it) => it.catch((error: Error) => note.spawn(Number(error.message) + 90, order))));
});

export async function main() {
  const order = shared.int32(61);
  const puts = Array.from({ length: 8 }, () => promise<number>());
  const notes = puts.map((it) => note.after(it.future, order));
  const emitter = new EventEmitter().on("come", (i: number) => puts[i].put(i));
  puts.forEach((it, i) => {
    void soon().then(() => (i % 2 === 0 ? it.put(i) : emitter.emit("come", i)));
  });
  const nothing = undefined as { promise: Promise<void> } | undefined;
  void nothing?.promise.then(() => {});
  const all = Array.from({ length: 4 }, (_, i) => spawns.spawn(i + 1, order));
  const first = await whenAny(puts.map((it) => it.future));
  await fails.spawn(order);
  const lists: string[] = [];
  for (const it of all) lists.push(await it);
  for (const it of notes) await it;
  while (Atomics.load(order, 0) < 8 + 16 + 3) await sleep(1);
  console.log(first, lists.join(" "), order.subarray(1, 28).join());
}
