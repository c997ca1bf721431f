import assert from "node:assert/strict";
import { test } from "node:test";
import { Heap } from "../shared/heap/heap.ts";
import { createMemory } from "../shared/memory.ts";
import { Bundles } from "./bundle.ts";
import type { Future } from "./core.ts";
import type { TaskDefinition } from "./definition.ts";
import type { Port } from "./port.ts";
import { settle } from "./settling.ts";
import { State } from "./state.ts";

const PLACE = { words: 64, start: 65_536, end: 1 << 20 };
const definition = (arity = 1): TaskDefinition => ({ fn: () => {}, body: 0, arity, name: "it", url: "it:", order: 0, hash: 0 });

function setUp() {
  const mem = createMemory(PLACE.end);
  Heap.format(mem, PLACE);
  const heap = new Heap(mem, { ...PLACE, slot: 0 });
  const sent: Future<unknown>[] = [];
  const cancelled: Future<unknown>[] = [];
  const station = { mem, heap, idOf: () => 3, cancelMembers: (bundle: Future<unknown>) => void cancelled.push(bundle) };
  const port = { expectResult() {}, unhandled() {} } as Partial<Port> as Port;
  const bundles = new Bundles(station, port, (bundle) => void sent.push(bundle));
  return { heap, bundles, sent, cancelled };
}

const countOf = (bundle: Future<unknown>): number => (bundle.a1 as number) & 0xffff;

/** The bundle comes home; each member took so long (ns). */
function comesHome(it: ReturnType<typeof setUp>, members: readonly Future<unknown>[], ns: number): void {
  takes(members, ns);
  settle(it.sent.at(-1)!, State.DONE, null);
}

function takes(members: readonly Future<unknown>[], ns: number): void {
  (members[0]!.a0 as { block: { time: number } }).block.time = ns;
}

/** Adds until one bundle has been sent; the members. */
function fill({ bundles, sent }: ReturnType<typeof setUp>, def: TaskDefinition): Future<unknown>[] {
  const before = sent.length;
  const members: Future<unknown>[] = [];
  while (sent.length === before) members.push(bundles.add(def, [members.length], null)!);
  return members;
}

test("the more members of a short task go together, the longer it stays short", () => {
  const it = setUp();
  const def = definition();
  const sizes: number[] = [];
  for (let i = 0; i < 9; i++) {
    const members = fill(it, def);
    sizes.push(members.length);
    assert.equal(countOf(it.sent.at(-1)!), sizes.at(-1));
    comesHome(it, members, i < 8 ? 100 : 1);
  }
  assert.deepEqual(sizes, [4, 8, 16, 32, 64, 128, 256, 256, 256]);
  assert.equal(it.heap.usage().blocks, 0);
});

test("a bundle takes about 0.1 ms", () => {
  const it = setUp();
  const def = definition();
  for (let i = 0; i < 4; i++) comesHome(it, fill(it, def), 10_000);
  assert.equal(fill(it, def).length, 10);
});

test("a loop that spawns learns from a bundle that has not come home yet", () => {
  const it = setUp();
  const def = definition();
  const first = fill(it, def);
  assert.equal(fill(it, def).length, 4);
  takes(first, 100);
  assert.equal(fill(it, def).length, 8);
  assert.equal(fill(it, def).length, 8); // from the same one it learns nothing more
});

test("long tasks go alone, but for a pair now and then, by which it is noticed that they have become short", () => {
  const it = setUp();
  const def = definition();
  comesHome(it, fill(it, def), 5_000_000);
  let alone = 0;
  while (it.bundles.add(def, [1], null) === null) alone++;
  assert.equal(alone, 63);
  const second = it.bundles.add(def, [2], null);
  assert.ok(second !== null);
  assert.equal(countOf(it.sent.at(-1)!), 2);
  comesHome(it, [second], 1000);
  assert.equal(fill(it, def).length, 2);
});

test("another task, or the end of the turn, sends what has gathered", async () => {
  const it = setUp();
  const [a, b] = [definition(), definition(0)];
  it.bundles.add(a, [1], null);
  it.bundles.add(b, [], null);
  assert.deepEqual(it.sent.map(countOf), [1]);
  await Promise.resolve();
  assert.deepEqual(it.sent.map(countOf), [1, 1]);
});

test("what does not fit into a bundle goes alone", () => {
  const { bundles } = setUp();
  const def = definition();
  assert.equal(bundles.add(def, ["text"], null), null);
  assert.equal(bundles.add(def, [], null), null);
  assert.equal(bundles.add({ ...def, body: 2 }, [1], null), null);
  assert.notEqual(bundles.add(def, [1], null), null);
});

test("results come from the block, or with the bundle; failures go to their members; a lost bundle fails all", () => {
  const it = setUp();
  const def = definition();
  const members = fill(it, def);
  settle(it.sent.at(-1)!, State.DONE, { values: [[1, "text"]], failures: [[2, new RangeError("no")]] });
  assert.deepEqual(
    members.map((member) => member.status),
    ["fulfilled", "fulfilled", "failed", "fulfilled"],
  );
  assert.deepEqual([members[0]!.a0, members[1]!.a0, members[3]!.a0], [0, "text", 3]); // nobody has run them: the arguments

  const lost = fill(setUp(), def);
  assert.equal(lost.length, 4);
  const other = setUp();
  const all = fill(other, def);
  for (const member of all) member.catch(() => {});
  settle(other.sent.at(-1)!, State.FAILED, new Error("lost"));
  assert.ok(all.every((member) => member.status === "failed"));
});
