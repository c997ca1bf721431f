import assert from "node:assert/strict";
import { test } from "node:test";
import type { FunctionEntry, FunctionTable } from "../shared/functions.ts";
import { Imports } from "./imports.ts";
import { define } from "./registry.ts";

test("a task is unknown, not missing, as long as its module is being imported", async () => {
  let goOn = (): void => {};
  const gate = new Promise<void>((resolve) => {
    goOn = resolve;
  });
  const url = "data:text/javascript,globalThis.begun();await globalThis.gate;globalThis.defines()";
  const fn = (): number => 1;
  const parts = { fn, body: 0, arity: 0, name: "late", url, hash: 1 } as const;
  const begun = new Promise<void>((resolve) => Object.assign(globalThis, { begun: resolve }));
  Object.assign(globalThis, { gate, defines: () => define(fn, parts) });
  const entry: FunctionEntry = { url, order: 0, name: "late", hash: 1 };
  const imports = new Imports({ refresh: () => 1, entry: () => entry } as unknown as FunctionTable);
  assert.equal(imports.complete(), false);
  const imported = imports.run();
  await begun;
  assert.equal(imports.complete(), false); // what goes on meanwhile may ask
  goOn();
  await imported;
  assert.equal(imports.complete(), true);
  assert.equal(imports.definition(0).fn, fn);
});
