/** The body of `once` is a part of what its root does: after the calls of all, and before what they do next. */
import { type SharedArray, sharedArray, task, world } from "../../../src/index.ts";

export async function main() {
  const a = await sharedArray("int32", 8);
  for (const root of [0, 1]) {
    a.local[0]++;
    await world.once(() => {
      for (let k = 0; k < a.local.length; k++) a.local[k] = 1;
    }, root);
    await read(a);
    await world.once(async () => {
      a.local[0] = 2;
    }, root);
    await read(a);
    await world.once(async () => {
      a.local[0] = 3;
      await a.put(7, 4);
      a.local[0]++;
    }, root);
    await read(a);
    await world.once(() => a.put(6, 4), root);
    await read(a);
    await Promise.all([member.spawn(a, root)]);
    await world.barrier();
  }
  await early(a);
  await a.free();
}

async function read(a: SharedArray<Int32Array<SharedArrayBuffer>>) {
  await a.get(0);
  await a.get(2);
  await a.get(6);
  await world.barrier();
}

const member = task(import.meta, async (a: SharedArray<Int32Array<SharedArrayBuffer>>, root: number) => {
  await world.once(() => {
    a.local[0]++;
  }, root);
  await read(a);
  await world.once(async () => {
    a.local[0]++;
    await null;
    a.local[0]++;
    await a.get(7);
    a.local[0]++;
  }, root);
  await read(a);
});

async function early(a: SharedArray<Int32Array<SharedArrayBuffer>>) {
  const all = world.once(() => {
    a.local[1] = 1; // race
  });
  await a.get(1); // race
  await all;
  await world.barrier();
}
