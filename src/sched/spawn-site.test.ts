import assert from "node:assert/strict";
import { test } from "node:test";
import { InvariantError } from "../errors.ts";
import { trimStack } from "./spawn-site.ts";

const OWN = new URL("core.ts", import.meta.url).href;
const stackOf = (...frames: string[]): string => ["RangeError: no", ...frames.map((it) => `    at ${it}`)].join("\n");

test("the scheduler's frames leave a stack, the user's and the places of spawn stay", () => {
  const error = new RangeError("no");
  error.stack = stackOf(
    "inner (file:///app/a.ts:1:1)",
    `join (${OWN}:2:2)`,
    "outer (file:///app/a.ts:3:3)",
    `call (${OWN}:4:4)`,
    `run (${OWN}:5:5)`,
  );
  trimStack(error);
  assert.equal(error.stack, stackOf("inner (file:///app/a.ts:1:1)", `join (${OWN}:2:2)`, "outer (file:///app/a.ts:3:3)"));
  error.stack += `\n    --- spawned at ---\n    at main (file:///app/a.ts:9:9)`;
  const { stack } = error;
  trimStack(error);
  assert.equal(error.stack, stack);
});

test("an error of heddle's own making is left whole, and so is what is no error", () => {
  const error = new InvariantError("broken");
  error.stack = stackOf("main (file:///app/a.ts:1:1)", `run (${OWN}:5:5)`);
  const { stack } = error;
  trimStack(error);
  assert.equal(error.stack, stack);
  const onlyOwn = new RangeError("no");
  onlyOwn.stack = stackOf(`run (${OWN}:5:5)`);
  trimStack(onlyOwn);
  assert.equal(onlyOwn.stack, stackOf(`run (${OWN}:5:5)`));
  trimStack("text");
});
