import assert from "node:assert/strict";
import { it } from "node:test";
import fc from "fast-check";
import { ALL, type Clock, NOTHING } from "./clock.ts";

type Change = { at: number; steps: number } | { from: number; to: number };

const change = fc.oneof(
  fc.record({ at: fc.integer({ min: 1, max: 3000 }), steps: fc.constantFrom(1, 2, 3, 7, ALL) }),
  fc.record({ from: fc.integer({ min: 1, max: 3000 }), to: fc.integer({ min: 1, max: 3000 }) }),
);

function made(changes: readonly Change[]): { clock: Clock; model: Map<number, number> } {
  let clock = NOTHING;
  const model = new Map<number, number>();
  for (const it of changes) {
    if ("at" in it) {
      clock = clock.with(it.at, it.steps);
      model.set(it.at, Math.max(it.steps, model.get(it.at) ?? 0));
    } else {
      clock = clock.withAll(it.from, it.to);
      for (let i = it.from; i < it.to; i++) model.set(i, ALL);
    }
  }
  return { clock, model };
}

function compare(clock: Clock, model: ReadonlyMap<number, number>): void {
  for (let i = 0; i < 3100; i++) assert.equal(clock.get(i), model.get(i) ?? 0, `strand ${i}`);
  assert.equal(clock.get(1 << 28), 0);
}

it("a clock says what a map says", () => {
  fc.assert(
    fc.property(fc.array(change, { maxLength: 30 }), (changes) => {
      const { clock, model } = made(changes);
      compare(clock, model);
    }),
  );
});

it("a union has the greater number of steps of each strand, and is one of the two where that says it all", () => {
  fc.assert(
    fc.property(fc.array(change, { maxLength: 20 }), fc.array(change, { maxLength: 20 }), (one, two) => {
      const a = made(one);
      const b = made(two);
      const both = new Map(a.model);
      for (const [at, steps] of b.model) both.set(at, Math.max(steps, both.get(at) ?? 0));
      const union = a.clock.union(b.clock);
      compare(union, both);
      compare(a.clock, a.model);
      assert.equal(union.union(b.clock), union);
      assert.equal(union.union(a.clock), union);
    }),
  );
});

it("what is known to the end takes no room", () => {
  let clock = NOTHING;
  for (let i = 0; i < 100_000; i++) clock = clock.with(i, ALL);
  let nodes = 0;
  const count = (node: unknown): void => {
    if (!Array.isArray(node)) return;
    nodes++;
    for (const it of node) count(it);
  };
  count(clock.root);
  assert.ok(nodes < 40, `${nodes} nodes`);
});
