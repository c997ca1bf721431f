import assert from "node:assert/strict";
import { test } from "node:test";
import { CancelledError } from "../errors.ts";
import { Scope } from "./scope.ts";
import { State } from "./state.ts";

test("tells each time that its count comes to nothing", () => {
  const scope = new Scope(null, false, false);
  let quiet = 0;
  scope.onQuiet = () => quiet++;
  scope.pending = 2;
  scope.leave();
  assert.equal(quiet, 0);
  scope.leave();
  scope.pending++;
  scope.leave();
  assert.equal(quiet, 2);
});

test("the first failure cancels the rest, whose cancellations are no failures", () => {
  const scope = new Scope(null, false, false);
  const told: unknown[] = [];
  scope.onFailure = (error) => told.push(error);
  const error = new RangeError("first");
  scope.fail(error, null);
  scope.fail(error, null); // by another way: its own future, and the mark of its cell
  scope.fail(new CancelledError("the rest"), null);
  assert.equal(scope.state, State.CANCELLED);
  assert.equal(scope.reason, error);
  assert.deepEqual(scope.failures, [error]);
  assert.deepEqual(told, [error]);
});

test("one that keeps going gathers failures, also cancellations that it has not caused", () => {
  const scope = new Scope(null, true, false);
  const errors = [new RangeError("one"), new CancelledError("two")];
  for (const error of errors) scope.fail(error, null);
  assert.equal(scope.state, State.RUNNING);
  assert.deepEqual(scope.failures, errors);
});

test("one that is opened below something cancelled is cancelled, for the same reason", () => {
  const outer = new Scope(null, false, false);
  outer.cancel("enough");
  const inner = new Scope(outer, false, false);
  assert.deepEqual([inner.state, inner.reason], [State.CANCELLED, "enough"]);
  outer.cancel("again");
  assert.equal(outer.reason, "enough");
});
