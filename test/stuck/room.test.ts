import assert from "node:assert/strict";
import { test } from "node:test";
import { type Future, promise, start, whenAll } from "heddle";
import { getPlatform, setPlatform } from "../../src/platform/platform.ts";
import { pulls, putsValue } from "./tasks.ts";

test("more tasks than there is room for, which wait for a later one: the main thread is told, and can still help", async () => {
  const platform = getPlatform();
  const told = new Promise<[string, string | undefined]>((resolve) => {
    setPlatform({ ...platform, warn: (message, code) => resolve([message, code]) });
  });
  await using runtime = await start({ workers: 2 });
  await runtime.run(async () => {
    const it = promise<number>();
    const waiting: Future<number>[] = [];
    for (let i = 0; i < 9000; i++) waiting.push(pulls.spawn(it.future));
    const put = putsValue.with({ name: "the last" }).spawn(it, 1);
    const [message, code] = await told;
    assert.match(message, /^8192 tasks .* 809 more have not begun/);
    assert.equal(code, "HEDDLE_STUCK");
    for (let i = 0; i < 1000; i++) waiting[i]!.cancel();
    await put;
    assert.deepEqual([...new Set(await whenAll(waiting.slice(1000)))], [1]);
  });
  setPlatform(platform);
});
