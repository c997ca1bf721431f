import assert from "node:assert/strict";
import { test } from "node:test";
import { Body, type TaskDefinition } from "./definition.ts";
import { bodyKind, define, definitionAt, definitionOf, hashOf, isKnownModule, remember, taskFor } from "./registry.ts";

const parts = (url: string): Omit<TaskDefinition, "order"> => ({ fn: () => {}, body: 0, arity: 0, name: "it", url, hash: 0 });

test("definitions are counted in each module by itself", () => {
  const [first, second, other] = [{}, {}, {}];
  const a = define(first, parts("a:"));
  const b = define(other, parts("b:"));
  const c = define(second, parts("a:"));
  assert.deepEqual([a.order, b.order, c.order], [0, 0, 1]);
  assert.equal(definitionAt("a:", 1), c);
  assert.equal(definitionAt("a:", 2), undefined);
  assert.equal(definitionOf(second), c);
  assert.equal(taskFor(c), second);
  assert.deepEqual([isKnownModule("a:"), isKnownModule("c:")], [true, false]);
});

test("another object may come to stand for a definition", () => {
  const [task, wrapped] = [{}, {}];
  const def = define(task, parts("d:"));
  remember(wrapped, def);
  assert.equal(taskFor(def), wrapped);
  assert.deepEqual([definitionOf(task), definitionOf(wrapped)], [def, def]);
});

test("the kind of a body is that of the function", () => {
  assert.equal(
    bodyKind(() => {}),
    Body.PLAIN,
  );
  assert.equal(
    bodyKind(() => Promise.resolve()),
    Body.PLAIN,
  );
  assert.equal(
    bodyKind(function* () {}),
    Body.GENERATOR,
  );
  assert.equal(
    bodyKind(async () => {}),
    Body.ASYNC,
  );
});

test("the hash of a source text is FNV-1a", () => {
  assert.equal(hashOf("") >>> 0, 0x811c9dc5);
  assert.equal(hashOf("foobar") >>> 0, 0xbf9cf968);
});
