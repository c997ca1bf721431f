import assert from "node:assert/strict";
import { test } from "node:test";
import { stealing } from "./steal.ts";

test("--steal: what is not named stays as it is", () => {
  assert.deepEqual(stealing("tries=0"), { tries: 0, base: 2, share: 0.5, most: 256 });
  assert.deepEqual(stealing("base=4,share=1,most=1,tries=7"), { tries: 7, base: 4, share: 1, most: 1 });
});

test("--steal: what makes no sense is refused, with what would", () => {
  for (const [text, why] of [
    ["", /There is no setting/],
    ["degree=2", /There is no setting degree: there are tries, base, share, most/],
    ["toString=1", /There is no setting toString/],
    ["tries=", /tries is a whole number/],
    ["tries=1.5", /tries is a whole number, 0 or more/],
    ["base=1", /base is a whole number, 2 or more/],
    ["share=0", /share is greater than 0/],
    ["share=0.5=1", /share is greater than 0/],
    ["tries=1,most=0", /most is a whole number, 1 or more/],
  ] as const) {
    assert.throws(() => stealing(text), why, text);
  }
});
