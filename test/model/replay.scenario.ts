import assert from "node:assert/strict";
import { ArrivalReplayer } from "../../src/replay/arrival-replayer.ts";
import { ENTRY, Event, emptyList, Reader, Shared, Writer } from "../../src/replay/log.ts";
import { Recorder } from "../../src/replay/recorder.ts";
import type { Reel } from "../../src/replay/reel.ts";
import { Replayer } from "../../src/replay/replayer.ts";
import { hashOf } from "../../src/sched/registry.ts";
import type { SharedMemory } from "../../src/shared/memory.ts";
import { scenario, type ThreadBody } from "../../src/testing/index.ts";

/** Recorded turns are the order in which operations that others can see happened; replayed operations happen in that order. */
interface Result {
  readonly turns: number[];
  /** The how-manieth operation of all each was. */
  readonly places: number[];
}
type Body = ThreadBody<undefined, Result>;

const WHAT = "does something";
/** A word that operations read and write plainly: the order protects it. */
const COUNT = 4096;

const never = (): never => {
  throw new Error("nobody starts a runtime here");
};
const take = ({ i32 }: SharedMemory): number => {
  const place = i32[COUNT]!;
  i32[COUNT] = place + 1;
  return place;
};

const records = (count: number): Body => {
  return (memory) => {
    const list = emptyList();
    const reel: Reel = {
      mode: "record",
      place: 0,
      shared: [memory.buffer as SharedArrayBuffer],
      lists: [[list, list]],
      apart: false,
    };
    const recorder = new Recorder(reel, 1, never);
    const places: number[] = [];
    for (let i = 0; i < count; i++) places.push(recorder.ordered(WHAT, () => take(memory)));
    const turns: number[] = [];
    for (const reader = new Reader(list); !reader.ended; reader.position++) turns.push(reader.turn);
    return { turns, places };
  };
};

/** A list as a recorder leaves it. */
function listOf(turns: readonly number[]): SharedArrayBuffer {
  const list = emptyList();
  const writer = new Writer(list, new Int32Array(Shared.TEXT));
  for (const turn of turns) writer.add(Event.ORDERED, turn, 0, hashOf(WHAT));
  return list;
}

const replays = (slot: number, lists: readonly (readonly number[])[], more = 0): Body => {
  return (memory) => {
    const shared = [memory.buffer as SharedArrayBuffer];
    const reel: Reel = { mode: "replay", place: 0, shared, lists: [[[], ...lists].map(listOf)], apart: false };
    const replayer = new Replayer(reel, slot, never);
    const turns = [...lists[slot - 1]!];
    const places: number[] = [];
    for (let i = 0; i < turns.length + more; i++) places.push(replayer.ordered(WHAT, () => take(memory)));
    return { turns, places: places.slice(0, turns.length) };
  };
};

/** A communication thread: what the list names comes, in another order, and waits for its time. */
const arrive = (slot: number, lists: readonly (readonly number[])[], order: readonly number[]): Body => {
  return (memory) => {
    const shared = [memory.buffer as SharedArrayBuffer];
    const all = [[], ...lists].map(listOf);
    const its = new Float64Array(all[slot]!);
    const turns = [...lists[slot - 1]!];
    turns.forEach((turn, i) => {
      its[1 + i * ENTRY + 1] = turn; // its key
    });
    const replayer = new ArrivalReplayer({ mode: "replay", place: 0, shared, lists: [all], apart: false }, slot);
    const places: number[] = [];
    for (const turn of order) replayer.arrives(turn, WHAT, () => places.push(take(memory)));
    while (replayer.held > 0) if (!replayer.serve()) replayer.waitForTurn();
    return { turns, places };
  };
};

const nameOf = (word: number): string | undefined =>
  ({
    [Shared.TURN]: "turn",
    [Shared.LOCK]: "lock",
    [Shared.DIVERGED]: "diverged",
    [Shared.WAITING]: "waiting",
    [COUNT]: "count",
  })[word];

const of = (threads: Body[]) =>
  scenario<undefined, Result>({
    threads,
    check({ i32 }, results) {
      const turns = results.flatMap((it) => it.turns);
      assert.deepEqual(
        turns.toSorted((a, b) => a - b),
        turns.map((_, i) => i),
        "each turn is taken once",
      );
      for (const it of results) assert.deepEqual(it.places, it.turns, "the order is not that of the turns");
      assert.equal(i32[Shared.DIVERGED], 0);
    },
    nameOf,
  });

export const twoRecord = of([records(2), records(2)]);
export const threeRecord = of([records(1), records(2), records(1)]);

const lists = [
  [0, 3],
  [1, 2],
];
export const twoReplay = of([replays(1, lists), replays(2, lists)]);
const three = [[1], [0, 3], [2]];
export const arrivals = of([replays(1, lists), arrive(2, lists, [2, 1])]);
const both = [[1], [0, 3], [2]];
export const twoArrivals = of([replays(1, both), arrive(2, both, [3, 0]), replays(3, both)]);
export const threeReplay = of([replays(1, three), replays(2, three), replays(3, three)]);
/** Whose list has come to its end goes on without waiting, and does not keep others waiting. */
const uneven = [[0], [1, 2]];
export const oneEndsEarly = scenario<undefined, Result>({
  threads: [replays(1, uneven, 0), replays(2, uneven, 1)],
  check({ i32 }, [first, second]) {
    assert.deepEqual([first!.places, second!.places], [[0], [1, 2]]);
    assert.equal(i32[Shared.DIVERGED], 0);
  },
  nameOf,
});
