import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { inspect } from "node:util";
import { heapAt, mobile, phaser, promise, sharedArray, start, task, world } from "heddle";

const half = task(import.meta, (n: number): number => {
  if (n % 2 === 1) throw new RangeError("odd");
  return n / 2;
});
class Counter {
  count = 0;
}
const counters = mobile(import.meta, Counter);

suite("what console.log shows", () => {
  test("futures, promises and other handles", async () => {
    await using runtime = await start({ workers: 0 });
    await runtime.run(async () => {
      const { future } = promise<number>();
      assert.equal(inspect(future), "Future { status: 'pending', of: 'promise' }");
      const done = half.spawn(4);
      await done;
      assert.equal(inspect(done), "Future { status: 'fulfilled', value: 2 }");
      assert.equal(inspect({ deep: { er: { done } } }), "{ deep: { er: { done: [Future] } } }");
      assert.match(inspect(promise<number>()), /^HeddlePromise \{\s+future: Future \{ status: 'pending'/);
      const failed = half.spawn(3);
      await failed.catch(() => {});
      assert.match(inspect(failed), /^Future \{\s+status: 'failed',\s+error: RangeError: odd/);
      assert.equal(inspect(phaser()), "Phaser { phase: 0 }");
      assert.equal(inspect(world), "Team { members: [ 0 ] }");
      const array = await sharedArray("float64", 10, { block: 4 });
      assert.equal(inspect(array), "SharedArray { of: 'Float64Array', length: 10, block: 4 }");
      await array.free();
      const pointer = await heapAt(0).int8(3);
      assert.equal(inspect(pointer), "GlobalPtr { of: 'Int8Array', place: 0, index: 0, extent: 3 }");
      await pointer.free();
      const counter = await counters.create();
      assert.match(inspect(counter), /^Mobile \{ of: 'Counter', id: '0\.\d+' \}$/);
      assert.equal(inspect(counters), "MobileClass { of: 'Counter' }");
      await counter.destroy();
    });
    assert.match(inspect(runtime), /^Runtime \{ name: 'heddle-\d', workers: 0 \}$/);
  });
});
