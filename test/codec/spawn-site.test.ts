import assert from "node:assert/strict";
import { test } from "node:test";
import { withSpawnSite } from "../../src/shared/codec/index.ts";
import { crossError } from "./setup.ts";

const site = "at main (file:///app/main.js:12:3)";

test("the spawn site stands below the throw site", () => {
  const error = new Error("e");
  const before = error.stack;
  assert.equal(withSpawnSite(error, site), error);
  assert.equal(error.stack, `${before}\n    --- spawned at ---\n    at main (file:///app/main.js:12:3)`);
  assert.deepEqual(Object.keys(error), []);
});

test("several lines, with or without at", () => {
  const error = withSpawnSite(new Error("e"), "step (file:///a.js:1:1)\n    at main (file:///a.js:2:2)");
  assert.ok(error.stack?.endsWith("\n    --- spawned at ---\n    at step (file:///a.js:1:1)\n    at main (file:///a.js:2:2)"));
});

test("the same site twice in a row is written once, another one below it", () => {
  const error = withSpawnSite(withSpawnSite(new Error("e"), site), site);
  const once = error.stack;
  withSpawnSite(crossError(error) as Error, site);
  assert.equal(error.stack, once);
  withSpawnSite(error, "at outer (file:///app/main.js:20:1)");
  assert.equal(error.stack?.split("--- spawned at ---").length, 3);
});

test("a deep recursion of spawns leaves the rest out", () => {
  const error = new Error("e");
  for (let i = 0; i < 1000; i++) withSpawnSite(error, `at f (file:///a.js:${i}:1)`);
  assert.equal(error.stack?.split("--- spawned at ---").length, 17);
  assert.ok(error.stack?.endsWith("--- further spawn sites left out ---"));
});

test("what has no stack to write to stays as it is", () => {
  const frozen = Object.freeze(new Error("e"));
  const before = frozen.stack;
  assert.equal(withSpawnSite(frozen, site).stack, before);
  for (const thrown of ["text", null, undefined, 5, {}]) assert.equal(withSpawnSite(thrown, site), thrown);
  assert.deepEqual(withSpawnSite({}, site), {});
  const error = new Error("e");
  const { stack } = error;
  assert.equal(withSpawnSite(error, undefined).stack, stack);
});
