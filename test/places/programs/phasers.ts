/** Phasers whose members sit at several places. */
import assert from "node:assert/strict";
import {
  type Future,
  type GlobalPtr,
  type HeddlePromise,
  heapAt,
  type Phaser,
  phaser,
  place,
  promise,
  task,
  world,
} from "heddle";
import { type Cases, check, errorOf } from "./check.ts";

type Ints = GlobalPtr<Int32Array<SharedArrayBuffer>>;

/** Counts each phase in a table at one place, and finds that all of the phase before have counted. */
const member = task(import.meta, function* (ph: Phaser, phases: number, table: Ints, members: number): Generator<
  Future<unknown>,
  number
> {
  for (let phase = 0; phase < phases; phase++) {
    yield* table.add(1, phase);
    const next = yield* ph.next();
    if (next !== phase + 1) throw new RangeError(`phase ${phase} is followed by ${next}`);
    const counted = yield* table.get(phase);
    if (counted !== members) throw new RangeError(`phase ${phase} ended with ${counted} of ${members} signals`);
  }
  return place();
});

const asyncMember = task(import.meta, async (ph: Phaser, phases: number, table: Ints, members: number): Promise<number> => {
  for (let phase = 0; phase < phases; phase++) {
    await table.add(1, phase);
    await ph.next();
    const counted = await table.get(phase);
    if (counted !== members) throw new RangeError(`phase ${phase} ended with ${counted} of ${members} signals`);
  }
  return place();
});

/** Spawns members at all places, and those spawn more from there. */
const nested = task(import.meta, function* (ph: Phaser, depth: number, places: number, table: Ints, members: number): Generator<
  Future<unknown>,
  number
> {
  const below =
    depth === 0
      ? []
      : [0, 1].map((i) =>
          nested
            .at((place() + i) % places)
            .with({ phased: [ph] })
            .spawn(ph, depth - 1, places, table, members),
        );
  const own = member.with({ phased: [ph] }).spawn(ph, 3, table, members);
  ph.drop();
  yield* own;
  let count = 1;
  for (const it of below) count += yield* it;
  return count;
});

const produce = task(import.meta, (ph: Phaser, count: number): void => {
  for (let i = 0; i < count; i++) ph.signal();
});
const consume = task(import.meta, function* (ph: Phaser, count: number): Generator<Future<unknown>, number[]> {
  const seen: number[] = [];
  for (let i = 0; i < count; i++) seen.push(yield* ph.wait());
  return seen;
});

const single = task(import.meta, function* (ph: Phaser, phases: number): Generator<Future<unknown>, number[]> {
  const ran: number[] = [];
  for (let i = 0; i < phases; i++) yield* ph.next((phase) => ran.push(phase));
  return ran;
});

const registers = task(import.meta, async (ph: Phaser, registered: HeddlePromise<boolean>): Promise<number> => {
  ph.register("signalWait");
  registered.put(true);
  const phase = await ph.next();
  ph.drop();
  return phase;
});

const fails = task(import.meta, (): void => {
  throw new RangeError("on purpose");
});

const idle = task(import.meta, function* (ph: Phaser): Generator<Future<unknown>, number> {
  return yield* ph.next();
});

/** A table of zeros at this place. */
const makeTable = (): Future<Ints> => heapAt(place()).int32(64);

const cases: Cases = {
  async "members at all places go in step"({ places }) {
    for (const kind of [member, asyncMember]) {
      const ph = phaser();
      const table = await makeTable();
      const futures = Array.from({ length: 2 * places }, (_, i) =>
        (kind as typeof asyncMember)
          .at(i % places)
          .with({ phased: [ph] })
          .spawn(ph, 5, table, 2 * places),
      );
      ph.drop();
      assert.deepEqual(
        await Promise.all(futures),
        Array.from({ length: 2 * places }, (_, i) => i % places),
      );
      await table.free();
    }
  },

  async "the creator is a member; split phases"({ places }) {
    const ph = phaser();
    const table = await makeTable();
    const futures = Array.from({ length: places }, (_, p) =>
      member
        .at(p)
        .with({ phased: [ph] })
        .spawn(ph, 4, table, places + 1),
    );
    for (let phase = 0; phase < 4; phase++) {
      await table.add(1, phase);
      ph.signal();
      assert.equal(await ph.wait(), phase + 1);
      assert.equal(await table.get(phase), places + 1);
    }
    ph.drop();
    await Promise.all(futures);
    await table.free();
  },

  async "members spawn members at other places"({ places }) {
    const ph = phaser();
    const table = await makeTable();
    const first = nested
      .at(places - 1)
      .with({ phased: [ph] })
      .spawn(ph, 3, places, table, 15);
    ph.drop();
    assert.equal(await first, 15);
    assert.deepEqual([...(await table.read(4))], [15, 15, 15, 0]);
    await table.free();
  },

  async "signal and wait at different places"({ next, afterNext }) {
    const ph = phaser();
    const seen = consume
      .at(next)
      .with({ phased: [{ phaser: ph, mode: "wait" }] })
      .spawn(ph, 6);
    const made = produce
      .at(afterNext)
      .with({ phased: [{ phaser: ph, mode: "signal" }] })
      .spawn(ph, 6);
    ph.drop();
    await made;
    const phases = await seen;
    assert.equal(phases.length, 6);
    assert.ok(
      phases.every((it, i) => it >= i + 1),
      `${phases}`,
    );
  },

  async "one action for each phase, at whatever place"({ places }) {
    const ph = phaser();
    const futures = Array.from({ length: places }, (_, p) =>
      single
        .at(p)
        .with({ phased: [ph] })
        .spawn(ph, 5),
    );
    ph.drop();
    const ran = (await Promise.all(futures)).flat();
    assert.deepEqual(
      ran.sort((a, b) => a - b),
      [0, 1, 2, 3, 4],
    );
  },

  async "a phaser that is an argument; register there"({ next }) {
    const ph = phaser();
    const other = idle
      .at(next)
      .with({ phased: [ph] })
      .spawn(ph);
    const registered = promise<boolean>();
    const joined = registers.at(next).spawn(ph, registered);
    await registered.future; // until then this member holds the phaser open
    await ph.next();
    ph.drop();
    assert.equal(await other, 1);
    assert.ok((await joined) >= 1);
    assert.equal(ph.phase >= 1, true);
  },

  async "tasks that fail, are cancelled, or cannot cross end their membership"({ next }) {
    const ph = phaser();
    assert.equal(
      (
        await errorOf(
          fails
            .at(next)
            .with({ phased: [ph] })
            .spawn(),
        )
      ).message,
      "on purpose",
    );
    const cancelled = idle
      .at(next)
      .with({ phased: [ph] })
      .spawn(ph);
    cancelled.cancel();
    await cancelled.catch(() => {});
    const refused = (idle as unknown as { at(p: number): typeof idle }).at(next).with({ phased: [ph] });
    await errorOf((async () => refused.spawn((() => {}) as never))());
    assert.equal(await ph.next(), 1, "nobody else is left to wait for");
    ph.drop();
  },

  async "for anywhere"({ places }) {
    const ph = phaser();
    const table = await makeTable();
    const futures = Array.from({ length: 2 * places }, () =>
      member.anywhere.with({ phased: [ph] }).spawn(ph, 3, table, 2 * places),
    );
    ph.drop();
    await Promise.all(futures);
    await table.free();
  },

  async "misuse is told at the call"({ next }) {
    const ph = phaser("signal");
    assert.throws(
      () =>
        idle
          .at(next)
          .with({ phased: [ph, { phaser: ph, mode: "wait" }] })
          .spawn(ph),
      { code: "HEDDLE_PHASER" },
    );
    ph.drop();
    assert.throws(
      () =>
        idle
          .at(next)
          .with({ phased: [ph] })
          .spawn(ph),
      { code: "HEDDLE_PHASER" },
    );
    await world.barrier();
  },
};

export default async function main({ place, places, args }: { place: number; places: number; args: string[] }): Promise<void> {
  // A handle may be used as long as anybody has it, also after the phaser has ended: only the garbage collector knows when that is over.
  await check(cases, place, places, args[0], true);
}
