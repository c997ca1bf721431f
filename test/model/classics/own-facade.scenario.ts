import assert from "node:assert/strict";
import { scenario, type ThreadBody } from "../../../src/testing/index.ts";
import { load, store } from "./own-atomics.ts";

/** Loses an update, by way of a facade that is not heddle's. */
const increment: ThreadBody<undefined, void> = ({ i32 }) => {
  store(i32, 0, load(i32, 0) + 1);
};

export const { threads, check } = scenario<undefined, void>({
  threads: [increment, increment],
  check: ({ i32 }) => assert.equal(i32[0], 2),
});
