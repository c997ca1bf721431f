import assert from "node:assert/strict";
import { test } from "node:test";
import { Control, Slot, slotWord } from "../shared/layout.ts";
import { countLooking, Hunger, noteHunger } from "./hunger.ts";

test("who runs what it has found is counted, and not fed", () => {
  const slots = 5;
  const i32 = new Int32Array(slotWord(slots));
  const counted = [Hunger.COUNTED, Hunger.LOOKING, Hunger.NONE, Hunger.LOOKING];
  for (const [i, hunger] of counted.entries()) noteHunger(i32, i + 1, hunger);
  assert.equal(countLooking(i32, slots, 0, 9), 0, "nobody is counted yet");
  i32[Control.HUNGRY] = 3;
  assert.equal(countLooking(i32, slots, 0, 9), 2);
  assert.equal(countLooking(i32, slots, 0, 1), 1, "no more than asked for");
  assert.equal(countLooking(i32, slots, 2, 9), 1, "others only");
  noteHunger(i32, 4, Hunger.COUNTED);
  assert.equal(countLooking(i32, slots, 2, 9), 0);
  assert.notEqual(i32[slotWord(4) + Slot.HUNGRY], Hunger.NONE, "the burial of a dead worker takes it from the count");
});
