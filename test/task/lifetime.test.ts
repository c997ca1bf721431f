import assert from "node:assert/strict";
import { test } from "node:test";
import { phaser, promise, start, sum } from "heddle";
import { collect, collectThere, forget, keepAndDie, make } from "./lifetime-tasks.ts";

test("promises and phasers that nobody refers to any more leave nothing on the heap", { timeout: 60_000 }, async () => {
  await using rt = await start({ workers: 1 });
  await rt.run(async () => {
    const blocks = () => rt.stats().heap.blocks;
    const use = async () => {
      for (let i = 0; i < 20; i++) {
        const things = Array.from({ length: 50 }, () => promise<unknown>());
        assert.equal(await forget.spawn([...things, ...things.map((it) => it.future)]), 100);
        assert.equal((await make.spawn(50)).length, 50);
        const ph = phaser();
        await forget.spawn([ph]);
        ph.drop();
      }
    };
    const settle = async () => {
      await collectThere.spawn();
      await collect();
    };
    await use();
    for (let i = 0; i < 5; i++) await settle();
    const before = blocks();
    await use();
    assert.ok(blocks() > before + 1000, `the handles hold something: ${before} -> ${blocks()}`);
    for (let i = 0; i < 100 && blocks() > before + 200; i++) await settle();
    assert.ok(blocks() <= before + 200, `${before} -> ${blocks()} blocks`);
  });
});

test("what a thread held when it died is given back", { timeout: 60_000 }, async () => {
  await using rt = await start({ workers: 2 });
  await rt.run(async () => {
    const blocks = () => rt.stats().heap.blocks;
    const settle = async () => {
      for (const affinity of [0, 1]) await collectThere.with({ affinity }).spawn();
      await collect();
    };
    const die = async () => {
      const things = [...Array.from({ length: 50 }, () => promise<unknown>()), phaser(), sum()];
      const error = await keepAndDie
        .with({ affinity: 0 })
        .spawn(things, 50)
        .catch((it: { code?: string }) => it);
      assert.equal((error as { code?: string }).code, "HEDDLE_WORKER_LOST");
    };
    await die();
    for (let i = 0; i < 5; i++) await settle();
    const before = blocks();
    for (let i = 0; i < 4; i++) await die();
    for (let i = 0; i < 100 && blocks() > before + 100; i++) await settle();
    assert.ok(blocks() <= before + 100, `${before} -> ${blocks()} blocks after four deaths with a hundred handles each`);
  });
});
