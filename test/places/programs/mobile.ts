/** Objects that move between places. */
import assert from "node:assert/strict";
import {
  places as countPlaces,
  type Future,
  finish,
  greedyBalance,
  place as here,
  type Mobile,
  mobile,
  mobileOf,
  refineBalance,
  shared,
  task,
  world,
} from "heddle";
import { type Cases, check, errorOf } from "./check.ts";

class Counter {
  count: number;
  constructor(start = 0) {
    if (start < 0) throw new RangeError("below zero");
    this.count = start;
  }
  add(n: number): number {
    this.count += n;
    return this.count;
  }
  where(): number {
    return here();
  }
  fail(): void {
    throw new TypeError("as asked");
  }
  *spawns(n: number): Generator<unknown, number, unknown> {
    const parts = Array.from({ length: n }, (_, i) => square.at(i % countPlaces()).spawn(i));
    let sum = 0;
    for (const part of parts) sum += yield* part;
    return sum;
  }
  joins(n: number): number {
    return square.spawn(n).join();
  }
  async asks(other: Mobile<Counter>): Promise<number> {
    return (await other.add(1)) + this.count;
  }
  async waitsForItself(): Promise<number> {
    return await mobileOf<Counter>(this).add(1);
  }
  async movesItself(): Promise<void> {
    await mobileOf<Counter>(this).migrate(0);
  }
  later(): void {
    void mobileOf<Counter>(this).add(100);
  }
  async takes(future: Future<number>): Promise<number> {
    return this.add(await future);
  }
}
const counters = mobile(import.meta, Counter);

/** Notes who called it, and that nothing else runs meanwhile. */
class Log {
  readonly lines: string[] = [];
  running = 0;
  most = 0;
  async add(line: string): Promise<void> {
    this.running++;
    this.most = Math.max(this.most, this.running);
    this.lines.push(line);
    await null;
    this.running--;
  }
  plain(line: string): void {
    assert.equal(this.running, 0);
    this.lines.push(line);
  }
  read(): { lines: string[]; most: number } {
    return { lines: this.lines, most: this.most };
  }
}
const logs = mobile(import.meta, Log);

class Block {
  readonly cells: Float64Array<SharedArrayBuffer>;
  readonly inner: { list: Int32Array<SharedArrayBuffer>[] };
  constructor(n: number) {
    this.cells = shared.float64(n).fill(1);
    this.inner = { list: [shared.int32(3).fill(7)] };
  }
  scale(by: number): void {
    for (let i = 0; i < this.cells.length; i++) this.cells[i]! *= by;
  }
  sum(): number {
    assert.ok(this.cells.buffer instanceof SharedArrayBuffer, "its array is on the heap");
    assert.deepEqual([...this.inner.list[0]!], [7, 7, 7]);
    return this.cells.reduce((sum, it) => sum + it, 0);
  }
}
const blocks = mobile(import.meta, Block);

class Secret {
  #word: string;
  constructor(word: string) {
    this.#word = word;
  }
  tell(): string {
    return this.#word;
  }
  static word(it: Secret): string {
    return it.#word;
  }
}
const secrets = mobile(import.meta, Secret, { encode: Secret.word, decode: (word) => new Secret(word) });

class Holder {
  kept: unknown = null;
  keep(): void {
    this.kept = () => 1; // cannot cross
  }
  isHere(): number {
    return here();
  }
}
const holders = mobile(import.meta, Holder);

/** Two that wait for each other's turn. */
class Meeting {
  other: (() => void) | null = null;
  arrived = 0;
  async meet(): Promise<number> {
    this.arrived++;
    if (this.arrived === 2) this.other!();
    else await new Promise<void>((resolve) => (this.other = resolve));
    return this.arrived;
  }
}
const meetings = mobile(import.meta, Meeting, { interleave: true });

class Work {
  readonly weight: number;
  constructor(weight: number) {
    this.weight = weight;
  }
  get(): number {
    return this.weight;
  }
}
const works = mobile(import.meta, Work, { load: (it) => it.weight });

const square = task(import.meta, (n: number): number => n * n);
const slow = task(import.meta, async (log: Mobile<Log>, line: string): Promise<void> => {
  await new Promise((resolve) => setTimeout(resolve, 5));
  await log.add(line);
});
const calls = task(import.meta, async (log: Mobile<Log>, from: string, n: number): Promise<void> => {
  const all: Future<void>[] = [];
  for (let i = 0; i < n; i++) all.push(i % 3 === 0 ? log.plain(`${from} ${i}`) : log.add(`${from} ${i}`));
  await Promise.all(all);
});
const wanders = task(import.meta, async (object: Mobile<Log>, seed: number, moves: number): Promise<void> => {
  let state = seed;
  for (let i = 0; i < moves; i++) {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    await object.migrate((state >>> 8) % countPlaces());
  }
});
const addsOf = task(import.meta, function* (counter: Mobile<Counter>, n: number): Generator<unknown, number, unknown> {
  let last = 0;
  for (let i = 0; i < n; i++) last = yield* counter.add(1);
  return last;
});

const cases: Cases = {
  async "an object is made, called, and ended"({ place, next }) {
    const counter = await counters.at(next).create(5);
    assert.equal(await counter.add(3), 8);
    assert.equal(await counter.call("add", 1), 9);
    assert.equal(await counter.call("where"), next);
    assert.equal(await counter.where(), next);
    assert.equal((await errorOf(counter.fail())).message, "as asked");
    assert.equal(await counter.joins(6), 36);
    assert.equal(await counter.spawns(5), 30);
    await counter.destroy();
    assert.equal((await errorOf(counter.add(1))).code, "HEDDLE_OBJECT_GONE");
    assert.equal((await errorOf(counters.at(place).create(-1))).message, "below zero");
  },

  async "what cannot be is told at the call"({ places }) {
    const counter = await counters.create();
    assert.throws(() => counters.at(places), { code: "HEDDLE_USAGE" });
    assert.throws(() => counter.migrate(-1), { code: "HEDDLE_USAGE" });
    assert.throws(() => counter.migrate(places), { code: "HEDDLE_USAGE" });
    assert.throws(() => counter.call("subtract" as never), { code: "HEDDLE_USAGE" });
    assert.equal((await errorOf(counter.waitsForItself())).code, "HEDDLE_OBJECT_BUSY");
    assert.equal((await errorOf(counter.movesItself())).code, "HEDDLE_OBJECT_BUSY");
    await counter.later();
    await counter.destroy();
  },

  async "an object moves with its state"({ places, place }) {
    const counter = await counters.create();
    const block = await blocks.create(10_000);
    const secret = await secrets.create("open");
    for (let i = 1; i <= places + 1; i++) {
      const to = (place + i) % places;
      await Promise.all([counter.migrate(to), block.migrate(to), secret.migrate(to)]);
      assert.equal(await counter.where(), to);
      assert.equal(await counter.add(1), i);
      await block.scale(2);
      assert.equal(await block.sum(), 10_000 * 2 ** i);
      assert.equal(await secret.tell(), "open");
    }
    await Promise.all([counter.destroy(), block.destroy(), secret.destroy()]);
  },

  async "an object that cannot move stays"({ place, places, next }) {
    const holder = await holders.create();
    await holder.keep();
    if (places > 1) assert.equal((await errorOf(holder.migrate(next))).code, "HEDDLE_CANNOT_CROSS");
    assert.equal(await holder.isHere(), place);
    await holder.destroy();
  },

  async "calls of one place run in order, one at a time, while the object moves"({ place, places }) {
    const log = await world.broadcast(place === 0 ? await logs.create() : null);
    assert.ok(log !== null);
    const each = 60;
    const moving = wanders.spawn(log, 7 + place, 10);
    for (let i = 0; i < each; i++) void log.add(`main${place} ${i}`);
    await Promise.all([calls.spawn(log, `task${place}`, each), moving]);
    await world.barrier();
    await log.plain(`main${place} ${each}`);
    await world.barrier();
    const { lines, most } = await log.read();
    assert.equal(most, 1);
    for (let from = 0; from < places; from++) {
      for (const [who, count] of [
        ["main", each + 1],
        ["task", each],
      ] as const) {
        const name = `${who}${from}`;
        const its = lines.filter((line) => line.startsWith(`${name} `)).map((line) => Number(line.split(" ")[1]));
        assert.deepEqual(
          its,
          Array.from({ length: count }, (_, i) => i),
          name,
        );
      }
    }
    await world.barrier();
    if (place === 0) await log.destroy();
  },

  async "objects call each other, and take futures, handles and arrays"({ next, afterNext, place }) {
    const [a, b] = await Promise.all([counters.at(next).create(1), counters.at(afterNext).create(10)]);
    assert.equal(await a.asks(b), 12);
    assert.equal(await b.asks(a), 13);
    assert.equal(await a.takes(square.at(place).spawn(4)), 18);
    assert.equal(await addsOf.at(next).spawn(b, 20), 31);
    await Promise.all([a.destroy(), b.destroy()]);
  },

  async "finish covers calls and what they spawn"({ next }) {
    const log = await logs.at(next).create();
    await finish(async () => {
      for (let i = 0; i < 10; i++) {
        void log.add(`call ${i}`);
        slow.at(next).spawn(log, `task ${i}`);
      }
    });
    assert.equal((await log.read()).lines.length, 20);
    const counter = await counters.create();
    const error = await errorOf(
      finish(async () => {
        void counter.fail();
      }),
    );
    assert.equal(error.message, "as asked");
    await Promise.all([log.destroy(), counter.destroy()]);
  },

  async "calls that wait are cancelled, and the others run"({ next }) {
    const log = await logs.at(next).create();
    const all = Array.from({ length: 30 }, (_, i) => log.add(`${i}`));
    for (let i = 0; i < 30; i += 2) all[i]!.cancel();
    const ended = await Promise.allSettled(all);
    await log.plain("last");
    const { lines } = await log.read();
    for (let i = 1; i < 30; i += 2) {
      assert.equal(ended[i]!.status, "fulfilled");
      assert.ok(lines.includes(`${i}`));
    }
    assert.equal(lines.at(-1), "last");
    await log.destroy();
  },

  async "calls of interleaved objects meet"({ next }) {
    const meeting = await meetings.at(next).create();
    assert.deepEqual(await Promise.all([meeting.meet(), meeting.meet()]), [2, 2]);
    await meeting.destroy();
  },

  async names({ place, places, next }) {
    const name = `of ${place}`;
    const mine = await counters.at(next).named(name).create(place);
    await world.barrier();
    const theirs = await counters.find(`of ${next}`);
    assert.equal(await theirs.add(0), next);
    assert.equal((await errorOf(counters.named(`of ${next}`).create())).code, "HEDDLE_NAME_TAKEN");
    await mine.migrate((place + 1) % places);
    assert.equal(await (await counters.find(name)).add(0), place);
    await world.barrier();
    await mine.destroy();
    await world.barrier();
    assert.equal((await errorOf(counters.find(`of ${next}`))).code, "HEDDLE_NAME_UNKNOWN");
    await world.barrier();
  },

  async "objects are moved so that places have about the same work"({ place, places }) {
    await world.barrier();
    if (place === 0) {
      const all = await Promise.all(Array.from({ length: 12 }, (_, i) => works.create(1 + (i % 4))));
      const before = await works.loads();
      assert.equal(before.length, 12);
      assert.ok(before.every((it) => it.place === 0));
      for (const policy of [greedyBalance, refineBalance]) {
        await Promise.all(all.map((it) => it.migrate(0)));
        const moves = await works.balance(policy);
        const at = new Array<number>(places).fill(0);
        for (const it of await works.loads()) at[it.place]! += it.load;
        assert.ok(Math.max(...at) <= 30 / places + 4, `${policy.name}: ${at}`);
        assert.equal(places > 1, moves.length > 0);
        const weights = await Promise.all(all.map((it) => it.get()));
        assert.equal(
          weights.reduce((a, b) => a + b, 0),
          30,
        );
      }
      await Promise.all(all.map((it) => it.destroy()));
    }
    await world.barrier();
  },
};

export default async function main({ place, places, args }: { place: number; places: number; args: string[] }): Promise<void> {
  await check(cases, place, places, args[0]);
}
