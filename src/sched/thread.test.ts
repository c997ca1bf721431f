import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { Future } from "./core.ts";
import { NO_TASK } from "./definition.ts";
import { compact, forgetEnded, putBackOldest, takeOldest, takeOldestToNest } from "./deque.ts";
import { moreOf } from "./more.ts";
import { State } from "./state.ts";
import { enter, leave, privateTasks, thread } from "./thread.ts";

const future = (state: number = State.PRIVATE): Future<unknown> =>
  new Future<unknown>(state, NO_TASK, null, null, undefined, undefined, undefined);

beforeEach(() => {
  thread.items = new Array(1024).fill(null);
  thread.head = thread.top = 0;
  thread.at = -1;
  thread.passedLocal = false;
});

const push = (...entries: Future<unknown>[]): void => {
  for (const it of entries) thread.items[thread.top++] = it;
};

test("compact keeps what is private, in order, also what lies below the head because it may not be promoted", () => {
  const local = future();
  const [first, last] = [future(), future()];
  push(local, ...Array.from({ length: 5000 }, () => future(State.DONE)), first, future(State.SHARED), last);
  thread.head = 5001;
  compact();
  assert.deepEqual([thread.items[0], thread.items[1], thread.items[2]], [local, first, last]);
  assert.deepEqual([thread.head, thread.top], [0, 3]);
  assert.ok(thread.items.slice(3).every((it) => it === null));
});

test("forgetEnded keeps what lies in the deque, and nothing else", () => {
  const kept = future();
  push(kept, future(State.DONE));
  thread.top = 1;
  thread.waits[1] = future(State.DONE);
  forgetEnded();
  assert.deepEqual(
    thread.items.filter((it) => it !== null),
    [kept],
  );
  assert.equal(thread.waits.length, 0);
});

test("compact leaves a short deque alone, and gives back the memory of one that was long", () => {
  push(future(State.DONE), future());
  const before = thread.items;
  compact();
  assert.equal(thread.items, before);
  assert.equal(thread.top, 2);

  thread.items = new Array(100_000).fill(null);
  thread.top = 0;
  compact();
  assert.equal(thread.items.length, 1024);
});

test("leave frees the frame's place, unless children that were not joined lie above it", () => {
  const frame = future(State.RUNNING);
  const outer = enter(frame);
  assert.deepEqual([outer, thread.at, thread.top], [-1, 0, 1]);
  leave(outer);
  assert.deepEqual([thread.at, thread.top], [-1, 0]);

  enter(frame);
  const child = future();
  push(child);
  leave(-1);
  assert.deepEqual([thread.at, thread.top], [-1, 2]);
  thread.head = 1;
  assert.equal(privateTasks(), 1);
});

test("leave puts the head right when promotion has passed the new top", () => {
  const outer = enter(future(State.RUNNING));
  thread.head = 1;
  leave(outer);
  assert.deepEqual([thread.head, thread.top], [0, 0]);
});

test("takeOldest passes over what is not private; what was put back comes again, unless it is local", () => {
  const [a, b] = [future(), future()];
  push(future(State.CANCELLED), a, b);
  assert.equal(takeOldest(), a);
  putBackOldest(a, false);
  assert.equal(takeOldest(), a);
  putBackOldest(a, true);
  assert.equal(takeOldest(), b);
  assert.equal(takeOldest(), null);
  assert.equal(thread.items[1], a);
});

test("a task that must stay is offered to nobody, but to a stack that waits for want of other work", () => {
  const [known, found] = [future(), future()];
  moreOf(known).local = true;
  push(known, found);
  assert.equal(takeOldest(), found);
  putBackOldest(found, true); // only now its arguments have turned out not to cross
  assert.equal(takeOldest(), null);
  assert.deepEqual([takeOldestToNest(), takeOldestToNest(), takeOldestToNest()], [known, found, null]);
});

test("it is looked for behind the head also where no other was passed before", () => {
  const only = future();
  push(only);
  putBackOldest(takeOldest()!, true);
  assert.equal(takeOldestToNest(), only);
});
