import assert from "node:assert/strict";
import { test } from "node:test";
import { phaser, promise, start } from "heddle";
import { collect, collectThere, forget, make } from "./lifetime-tasks.ts";

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
