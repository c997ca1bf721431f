/** Functions that heddle calls, plain and async: what they touch comes where their definitions say. */
import { finish, type MainArguments, type SharedArray, shared, sharedArray, task, whenAll, world } from "../../../src/index.ts";

async function combines(place: number, seen: Int32Array) {
  const combine = (x: number, y: number): number => {
    seen[0]++;
    return x + y;
  };
  await world.allReduce(place, combine);
  seen[0]++;
  await world.reduce(place, combine);
  seen[0]++;
  await world.scan(place, combine);
  seen[0]++;
}

const combinesInATask = task(import.meta, combines);

async function scopes(a: SharedArray<Int32Array<SharedArrayBuffer>>, seen: Int32Array) {
  await finish.spmd(async () => {
    a.local[0]++;
  });
  await a.get(0);
  await a.get(2);
  await finish.spmd(async () => {
    seen[1]++;
    await null;
    seen[1]++;
  });
  seen[1]++;
  await finish(async () => {
    seen[1]++;
    await null;
    seen[1]++;
  });
  await finish(async () => {
    seen[1]++;
  });
  seen[1]++;
}

async function continuations(seen: Int32Array) {
  await world.barrier().then(() => {
    seen[2]++;
  });
  seen[2]++;
  await whenAll([world.barrier()]).then(async () => {
    seen[2]++;
    await null;
    seen[2]++;
  });
  seen[2]++;
}

export async function main({ place }: MainArguments) {
  const a = await sharedArray("int32", 8);
  const seen = shared.int32(4);
  await combines(place, seen);
  await combinesInATask.spawn(place, seen);
  await scopes(a, seen);
  await continuations(seen);
  await a.free();
  const early = world.allReduce(place, (x, y) => {
    seen[3]++; // race
    return x + y;
  });
  seen[3]++; // race
  await early;
}
