/** What worker threads get for `node:test`: all of it, but what declares a test, a suite or a hook does nothing. */
import node from "node:test";

const declare = (): Promise<void> => Promise.resolve();

/** Once for all: a test has the same variants as a suite, and everything hangs on `test` once more. */
export const test = Object.setPrototypeOf(declare, node) as typeof declare;
export const it = test;
export const suite = test;
export const describe = test;
export const skip = test;
export const todo = test;
export const only = test;
export const expectFailure = test;
export const before = test;
export const after = test;
export const beforeEach = test;
export const afterEach = test;
Object.assign(test, { test, it, suite, describe, skip, todo, only, expectFailure, before, after, beforeEach, afterEach });

// `mock`, `run` and whatever else Node's own has.
// @ts-expect-error its types say `export =`, which the module itself does not
export * from "node:test";
export { test as "module.exports", test as default };
