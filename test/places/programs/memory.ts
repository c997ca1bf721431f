/** Global pointers, shared arrays, copies and locks, at every place. */
import assert from "node:assert/strict";
import {
  copy,
  type Future,
  finish,
  GlobalPtr,
  heapAt,
  pointerTo,
  type SharedArray,
  type SharedLock,
  scan,
  shared,
  sharedArray,
  sharedLock,
  sharedVar,
  task,
  world,
} from "heddle";
import { type Cases, check, errorOf, isSerial } from "./check.ts";

const addThere = task(
  import.meta,
  async (pointer: GlobalPtr<Float64Array<SharedArrayBuffer>>, value: number): Promise<number> => pointer.add(value),
);
const addByGenerator = task(import.meta, function* (pointer: GlobalPtr<Float64Array<SharedArrayBuffer>>, value: number) {
  return (yield* pointer.add(value)) as number;
});
const fillPart = task(import.meta, (array: SharedArray<Int32Array<SharedArrayBuffer>>): number => {
  const { local } = array;
  for (let i = 0; i < local.length; i++) local[i] = array.globalIndex(i);
  return local.length;
});
const countUp = task(
  import.meta,
  async (lock: SharedLock, pointer: GlobalPtr<Int32Array<SharedArrayBuffer>>, times: number): Promise<void> => {
    for (let i = 0; i < times; i++) {
      const hold = await lock.lock();
      await pointer.put((await pointer.get()) + 1); // two steps, so it needs the lock
      hold.unlock();
    }
  },
);
const sumOf = task(import.meta, async (pointer: GlobalPtr<Float64Array<SharedArrayBuffer>>, count: number): Promise<number> => {
  const here = shared.float64(count);
  await copy(pointer, here, count);
  const sum = here.reduce((a, b) => a + b, 0);
  shared.free(here);
  return sum;
});

/** Writes far more than may be under way, without waiting for any of it; the most that the heap held meanwhile. */
const flood = task(
  import.meta,
  (to: GlobalPtr<Float64Array<SharedArrayBuffer>>, counter: GlobalPtr<Float64Array<SharedArrayBuffer>>): number => {
    const block = new Float64Array(12_500);
    const before = shared.usage().used;
    let most = 0;
    finish(() => {
      for (let i = 1; i <= 2000; i++) {
        block.fill(i);
        void to.write(block);
        void counter.add(1);
        most = Math.max(most, shared.usage().used - before);
      }
    });
    return most;
  },
);

const MEMORY = { code: "HEDDLE_GLOBAL_MEMORY" };
const USAGE = { code: "HEDDLE_USAGE" };

const cases: Cases = {
  async "who puts without waiting is held up before memory runs out"({ places, next }) {
    if (isSerial()) return; // all is done at once
    const to = await heapAt(next).float64(12_500);
    const counter = await heapAt(next).float64(1);
    const most = await flood.spawn(to, counter);
    assert.ok(most < 80 * 2 ** 20, `the heap held ${most} bytes of 200 million`);
    assert.equal(await counter.get(), 2000);
    if (places > 1) {
      const block = new Float64Array(12_500);
      const begun: Future<void>[] = [];
      const tooMuch = (): void => {
        for (let i = 0; i < 2000; i++) begun.push(to.write(block));
      };
      assert.throws(tooMuch, { code: "HEDDLE_BACK_PRESSURE" });
      assert.ok(begun.length > 100);
      await Promise.all(begun);
      await to.write(block); // there is room again
    }
    await Promise.all([to.free(), counter.free()]);
  },

  async "elements of every place's memory"({ places }) {
    for (let at = 0; at < places; at++) {
      const pointer = await heapAt(at).float64(100);
      assert.deepEqual([pointer.place, pointer.index, pointer.length], [at, 0, 100]);
      await pointer.put(1.5, 3);
      assert.equal(await pointer.get(3), 1.5);
      assert.equal(await pointer.add(2, 3), 1.5);
      assert.equal(await pointer.plus(3).compareExchange(3.5, 9), 3.5);
      assert.equal(await pointer.plus(4).get(-1), 9);
      assert.equal(await pointer.max(20, 3), 9);
      assert.equal(await pointer.exchange(-1, 3), 20);
      await pointer.write([1, 2, 3], 50);
      assert.deepEqual([...(await pointer.read(4, 49))], [0, 1, 2, 3]);
      assert.equal((await pointer.read()).length, 100);
      await pointer.free();
    }
  },

  async "kinds of elements"({ next }) {
    const big = await heapAt(next).bigInt64(2);
    await big.put(-5n);
    assert.equal(await big.add(3n), -5n);
    assert.equal(await big.min(-9n), -2n);
    assert.deepEqual([...(await big.read())], [-9n, 0n]);
    const clamped = await heapAt(next).uint8Clamped(2);
    await clamped.put(300, 1);
    assert.equal(await clamped.get(1), 255);
    const bytes = await heapAt(next).uint8(3);
    assert.equal(await bytes.add(255, 2), 0);
    assert.equal(await bytes.add(2, 2), 255);
    assert.equal(await bytes.or(6, 2), 1);
    assert.deepEqual([...(await bytes.read())], [0, 0, 7]);
    await Promise.all([big.free(), clamped.free(), bytes.free()]);
  },

  async "pointers are values"({ next, afterNext, place }) {
    const pointer = await heapAt(next).float64(10);
    assert.equal(await addThere.at(afterNext).spawn(pointer.plus(2), 5), 0);
    assert.equal(await addByGenerator.at(next).spawn(pointer.plus(2), 5), 5);
    assert.equal(await addByGenerator.spawn(pointer.plus(2), 5), 10);
    assert.equal(await pointer.get(2), 15);
    assert.ok(pointer.plus(3).equals(pointer.plus(5).plus(-2)));
    assert.equal(pointer.plus(7).minus(pointer.plus(2)), 5);
    assert.equal([pointer.plus(2), pointer].sort((a, b) => a.compare(b))[0]!.index, 0);
    const mine = shared.float64(4);
    const own = pointerTo(mine);
    assert.ok(own.isLocal && own.place === place);
    await addThere.at(next).spawn(own.plus(1), 3);
    assert.deepEqual([...mine], [0, 3, 0, 0]);
    own.local()[0] = 8;
    assert.equal(mine[0], 8);
    assert.equal(own.plus(1).local().length, 3);
    if (next !== place) assert.throws(() => pointer.local(), MEMORY);
    assert.throws(() => own.minus(pointer), MEMORY);
    await pointer.free();
    shared.free(mine);
  },

  async "copies, large and small, in pieces, between two others"({ next, afterNext }) {
    for (const count of [5, 50_000]) {
      const a = await heapAt(next).float64(2 * count);
      const b = await heapAt(afterNext).float64(2 * count);
      const mine = shared.float64(count);
      for (let i = 0; i < count; i++) mine[i] = i;
      await copy(mine, a.plus(count), count);
      await copy(a.plus(count), b, count); // neither need be here
      const back = shared.float64(2 * count);
      await copy(b, back, count, { to: { run: 1, stride: 2 } });
      assert.equal(back[2 * (count - 1)], count - 1);
      assert.equal(back[1], 0);
      await copy(b, back.subarray(1), 3, { from: { indexes: [4, 0, 2] } });
      assert.deepEqual([...back.subarray(0, 4)], [0, 4, 0, 2]);
      assert.equal(await sumOf.at(next).spawn(b, count), (count * (count - 1)) / 2);
      await Promise.all([a.free(), b.free()]);
      shared.free(mine);
      shared.free(back);
    }
  },

  async "misuse is told"({ next, place, places }) {
    const pointer = await heapAt(next).float64(10);
    const mine = shared.float64(4);
    await assert.rejects(pointer.get(10), MEMORY);
    await assert.rejects(pointer.get(-1), MEMORY);
    await assert.rejects(pointer.read(11), MEMORY);
    await assert.rejects(pointer.write([1, 2], 9), MEMORY);
    assert.throws(() => copy(mine, pointer, 5), MEMORY);
    await assert.rejects(copy(pointer.plus(8), mine, 4), MEMORY);
    assert.throws(() => pointerTo(mine.subarray(1)), MEMORY);
    assert.throws(() => pointerTo(new Float64Array(2) as never), { code: "HEDDLE_FOREIGN" });
    assert.throws(() => pointer.plus(1).free(), MEMORY);
    assert.throws(() => pointer.plus(0.5), USAGE);
    assert.throws(() => pointer.or(1), USAGE);
    assert.throws(() => pointer.put(5n as never), USAGE);
    assert.throws(() => heapAt(places), USAGE);
    assert.throws(() => heapAt(place).float64(-1), USAGE);
    assert.throws(() => copy(mine, pointer, 2, { from: { run: 0, stride: 1 } }), USAGE);
    assert.throws(() => copy(mine, pointer, 2, { from: { indexes: [1] } }), USAGE);
    assert.throws(() => Reflect.construct(GlobalPtr, []), USAGE);
    assert.throws(() => copy(mine, pointer, 2, { form: { indexes: [0, 1] } } as never), { message: /no option form/ });
    assert.throws(() => copy(mine, pointer, 2, { from: { run: 1, strides: 2 } } as never), { message: /no option strides/ });
    assert.throws(() => pointer.put("1" as never), { message: /is a number, not "1"/ });
    assert.throws(() => pointer.write(["a"] as never), USAGE);
    await assert.rejects(heapAt(next).float64(2 ** 40), { code: "HEDDLE_OUT_OF_MEMORY" });
    await pointer.free();
    await assert.rejects(pointer.free(), MEMORY);
    await assert.rejects(pointer.get(), MEMORY);
    shared.free(mine);
  },

  async "shared arrays are dealt out in blocks"({ place, places }) {
    const shapes = [[0, 3], [1, 3], [100, 1], [100, 7], [1000, undefined]] as const; // biome-ignore format: a list
    for (const [length, block] of shapes) {
      const array = await sharedArray("int32", length, block === undefined ? {} : { block });
      const seen = new Array<number>(places).fill(0);
      for (let i = 0; i < length; i++) {
        const at = array.placeOf(i);
        assert.equal(at, Math.floor(i / array.block) % places);
        assert.equal(array.globalIndex(array.localIndex(i), at), i);
        seen[at]!++;
      }
      for (let at = 0; at < places; at++) assert.equal(array.lengthAt(at), seen[at]);
      assert.equal(await fillPart.spawn(array), seen[place]);
      await world.barrier();
      assert.deepEqual(
        [...(await array.read())],
        Array.from({ length }, (_, i) => i),
      );
      if (length > 50)
        assert.deepEqual(
          [...(await array.read(10, 40))],
          Array.from({ length: 30 }, (_, i) => i + 10),
        );
      await world.barrier();
      if (place === 0 && length > 0) {
        await array.put(length - 1, -7);
        assert.equal(await array.add(length - 1, 2), -7);
      }
      if (place === places - 1 && length > 50) await array.write([5, 6, 7, 8, 9, 10, 11, 12, 13], 33);
      await world.barrier();
      if (length > 0) assert.equal(await array.get(length - 1), -5);
      if (length > 50) assert.deepEqual([...(await array.read(32, 43))], [32, 5, 6, 7, 8, 9, 10, 11, 12, 13, 42]);
      await array.free();
      await world.barrier();
      if (length > 0) assert.equal((await errorOf(array.get(0))).code, MEMORY.code);
      assert.throws(() => array.get(length), MEMORY);
    }
  },

  async "many elements are updated at once, atomically"({ places }) {
    const array = await sharedArray("float64", 64, { block: 3 });
    const indexes = Uint32Array.from({ length: 6400 }, (_, i) => (i * 37) % 64);
    await array.update(
      "add",
      indexes,
      Float64Array.from(indexes, (it) => it + 1),
    );
    await world.barrier();
    assert.deepEqual(
      [...(await array.read())],
      Array.from({ length: 64 }, (_, i) => 100 * places * (i + 1)),
    );
    await world.barrier();
    await array.update("max", [3, 5], [1e9, 1]);
    assert.equal(await array.get(3), 1e9);
    assert.equal(await array.get(5), 600 * places);
    assert.throws(() => array.update("xor", [1], [1]), USAGE);
    assert.throws(() => array.update("add", [1], [1, 2]), USAGE);
    for (const operation of ["plus", "load", "exchange"]) assert.throws(() => array.update(operation as never, [1], [1]), USAGE);
    assert.throws(() => array.fill("x" as never), USAGE);
    for (const p of [-1, places, 0.5]) assert.throws(() => array.lengthAt(p), USAGE);
    await assert.rejects(async () => scan(array as never, { identity: 0, combine: (a: number, b: number) => a + b } as never), {
      message: /a shared array is not taken here/,
    });
    assert.throws(() => array.update("add", [64], [1]), MEMORY);
    await array.free();
  },

  async "different arguments are told at every place"({ place, places }) {
    if (places === 1) return;
    assert.equal((await errorOf(sharedArray("int32", place === 0 ? 10 : 11))).code, "HEDDLE_COLLECTIVE");
    assert.equal((await errorOf(sharedArray("float64", 2 ** 40))).code, "HEDDLE_OUT_OF_MEMORY");
  },

  async "a variable that all see"({ places }) {
    const counter = await sharedVar("int32", 10);
    for (let i = 0; i < 20; i++) await counter.add(1);
    await world.barrier();
    assert.equal(await counter.get(), 10 + 20 * places);
    await world.barrier();
    if (counter.isLocal) await counter.free();
  },

  async "a lock keeps others out"({ place, places }) {
    const counter = await sharedVar("int32", 0);
    const lock = (await world.broadcast(place === 0 ? sharedLock() : null))!;
    await Promise.all([countUp.spawn(lock, counter, 10), countUp.spawn(lock, counter, 10), countUp(lock, counter, 5)]);
    await world.barrier();
    assert.equal(await counter.get(), 25 * places);
    const own = sharedLock();
    const hold = await own.lock();
    const waiting = own.lock();
    const third = own.lock();
    assert.equal(waiting.status, "pending");
    waiting.cancel();
    hold.unlock();
    hold.unlock();
    (await third).unlock();
    await world.barrier();
    if (counter.isLocal) await counter.free();
  },
};

export default async function main({ place, places, args }: { place: number; places: number; args: string[] }): Promise<void> {
  await check(cases, place, places, args[0]);
}
