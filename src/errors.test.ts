import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import * as errors from "./errors.ts";

const page = readFileSync(new URL("../docs/errors.md", import.meta.url), "utf8");

const exported = Object.entries(errors).map(([className, Class]) => {
  const AnyError = Class as unknown as new (first: unknown, second: unknown) => Error & { code: string };
  const error = className === "FinishError" ? new AnyError([], "message") : new AnyError("message", undefined);
  return { className, error };
});

test("every error has its class's name, its message and a code of its own", () => {
  for (const { className, error } of exported) {
    assert.equal(error.name, className);
    assert.equal(error.message, "message");
    assert.match(error.code, /^HEDDLE(_[A-Z]+)+$/);
  }
  assert.equal(new Set(exported.map(({ error }) => error.code)).size, exported.length);
});

test("docs/errors.md lists the same codes and classes", () => {
  const listed = [...page.matchAll(/^\| `(HEDDLE_\w+)` +\| `(\w+)` +\| .+ \|$/gm)].map(
    ([, code, className]) => `${code} ${className}`,
  );
  assert.deepEqual(listed.sort(), exported.map(({ className, error }) => `${error.code} ${className}`).sort());
});

test("docs/errors.md explains each code", () => {
  const explained = [...page.matchAll(/^### (HEDDLE_\w+)\n\n\S/gm)].map(([, code]) => code);
  assert.deepEqual(explained.sort(), exported.map(({ error }) => error.code).sort());
});
