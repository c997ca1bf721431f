import assert from "node:assert/strict";
import { it } from "node:test";
import { NOTHING } from "./clock.ts";
import { Objects } from "./objects.ts";

/** A call by a strand that knows what it has done itself, and step 1 of another one. */
function callAndEnd(objects: Objects<object>, caller: number, place: number, knows = 0) {
  const future = {};
  const known = knows === 0 ? NOTHING : NOTHING.with(knows, 1);
  const before = objects.made(7, future, caller, 1, place, known);
  objects.ended(7, future, NOTHING.with(1000 + caller, 1));
  return (other: number): boolean => before.some((it) => it.get(1000 + other) === 1);
}

it("a call comes after those of its place of which its caller knows", () => {
  const objects = new Objects<object>();
  callAndEnd(objects, 1, 0);
  callAndEnd(objects, 2, 0);
  callAndEnd(objects, 3, 1);
  const after = callAndEnd(objects, 4, 0, 1);
  assert.deepEqual([after(1), after(2), after(3)], [true, false, false]);
  assert.equal(callAndEnd(objects, 3, 1)(3), true); // its own
  assert.equal(callAndEnd(objects, 5, 0, 3)(3), false); // of another place, though it knows of it
});

it("the earliest of very many callers are no longer told apart: whoever calls at their place comes after them", () => {
  const objects = new Objects<object>();
  for (let caller = 1; caller <= 400; caller++) callAndEnd(objects, caller, caller % 2);
  const after = callAndEnd(objects, 500, 0);
  assert.deepEqual([after(2), after(1), after(400)], [true, false, false]);
});
