import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { Lingering } from "./lingering.ts";

/** A clock that goes on by `step` milliseconds whenever the thread gives way. */
function lingering(step: number) {
  let now = 1;
  let yields = 0;
  const it = new Lingering(
    () => {
      now += step;
      yields++;
    },
    () => now,
  );
  /** How often it looks on after something has happened, when nothing more does. */
  const looks = (most = 1000): number => {
    it.moved();
    const before = yields;
    while (yields - before < most && it.looksOn());
    return yields - before;
  };
  return { it, looks };
}

suite("how long the communication thread looks on", () => {
  test("not before anything has happened", () => assert.equal(lingering(0.01).it.looksOn(), false));

  test("for about a tenth of a millisecond", () => {
    const looks = lingering(0.01).looks();
    assert.ok(looks >= 9 && looks <= 11, `${looks}`);
  });

  test("once, where others keep the core for long", () => assert.equal(lingering(3).looks(), 1));

  test("as long as that is what it waits for, each time", () => {
    const { looks } = lingering(0.001);
    for (let round = 0; round < 200; round++) assert.equal(looks(5), 5);
  });

  test("after times in vain it lets 1, 3, 7, ... 63 occasions go by", () => {
    const { looks } = lingering(3);
    const looked = Array.from({ length: 400 }, (_, i) => (looks() > 0 ? i : -1)).filter((i) => i >= 0);
    assert.deepEqual(
      looked.slice(1).map((at, i) => at - looked[i]! - 1),
      [1, 3, 7, 15, 31, 63, 63, 63, 63, 63],
    );
  });

  test("one success, and it looks on each time again", () => {
    const { looks } = lingering(0.03);
    looks(); // in vain: the next one goes by
    looks();
    looks(2); // what comes after that is a success
    assert.equal(looks(2), 2);
    assert.equal(looks(2), 2);
  });
});
