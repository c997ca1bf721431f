import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { Control } from "../shared/layout.ts";
import { Body } from "./definition.ts";
import { State } from "./state.ts";

test("the literals of the fast path are what they stand for", () => {
  const source = readFileSync(new URL("core.ts", import.meta.url), "utf8");
  const literals = Object.fromEntries(
    [...source.matchAll(/^const ([A-Z]+) = ([\d_]+);$/gm)].map(([, name, digits]) => [name, Number(digits!.replaceAll("_", ""))]),
  );
  const { PRIVATE, RUNNING, DONE, FAILED, CANCELLED } = State;
  assert.deepEqual(literals, { PRIVATE, RUNNING, DONE, FAILED, CANCELLED, PLAIN: Body.PLAIN, HUNGRY: Control.HUNGRY });
});
