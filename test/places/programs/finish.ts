/** Finish scopes over places. */
import assert from "node:assert/strict";
import { copy, finish, type GlobalPtr, heapAt, shared, sharedVar, task, world } from "heddle";
import { type Cases, check, errorOf } from "./check.ts";

type Counter = GlobalPtr<Int32Array<SharedArrayBuffer>>;

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Counts itself and wanders on, without anybody waiting for it: to the next place, or to wherever there is room. */
const wander = task(import.meta, async (counter: Counter, steps: number, at: number, places: number): Promise<void> => {
  await sleep(2);
  if (steps > 0) {
    wander.at((at + 1) % places).spawn(counter, steps - 1, (at + 1) % places, places);
    if (steps % 2 === 0) wander.anywhere.spawn(counter, 0, at, places);
  }
  await counter.add(1);
});
const fails = task(import.meta, (text: string): void => {
  throw new RangeError(text);
});

const puts = task(import.meta, (target: GlobalPtr<Float64Array<SharedArrayBuffer>>, i: number, value: number): void => {
  void target.put(value, i);
});

/** How many tasks a wanderer makes. */
const made = (steps: number): number => steps + 1 + Math.floor(steps / 2);

const cases: Cases = {
  async "a scope of one place covers tasks everywhere"({ place, places }) {
    const counter = await sharedVar("int32", 0);
    await finish(async () => {
      wander.at((place + 1) % places).spawn(counter, 6, (place + 1) % places, places);
    });
    await world.barrier();
    assert.equal(await counter.get(), places * made(6));
    await world.barrier();
    if (counter.isLocal) await counter.free();
  },

  async "finish.spmd: nobody goes on before everything has ended everywhere"({ place, places }) {
    const counter = await sharedVar("int32", 0);
    for (let round = 1; round <= 3; round++) {
      const value = await finish.spmd(async () => {
        if (place === round % places) for (let i = 0; i < 4; i++) wander.at(i % places).spawn(counter, 5, i % places, places);
        return place;
      });
      assert.equal(value, place);
      assert.equal(await counter.get(), round * 4 * made(5));
      await world.barrier();
    }
    if (counter.isLocal) await counter.free();
  },

  async "scopes cover copies, puts and updates that nobody awaits"({ place, places }) {
    const n = 5000; // more than goes inside a packet
    const mine = await heapAt(place).float64(n + 2);
    const all = await world.allGather(mine);
    const own = shared.float64(n);
    const from = (place + places - 1) % places;
    const target = all[(place + 1) % places]!;
    const local = async (body: () => Promise<void>): Promise<void> => {
      await finish(body);
      await world.barrier(); // that of the place which writes here has ended, too
    };
    for (const [round, scope] of [finish.spmd, local].entries()) {
      own.fill(100 * round + place);
      await scope(async () => {
        void copy(own, target, n);
        void target.put(-1 - round, n);
        puts.spawn(target, n + 1, 7 + round);
      });
      const there = mine.local();
      assert.ok(there.subarray(0, n).every((it) => it === 100 * round + from));
      assert.deepEqual([...there.subarray(n)], [-1 - round, 7 + round]);
      await world.barrier();
    }
    const beyond = await errorOf(
      finish(async () => {
        void copy(own, target.plus(n), n);
        if (places === 1) await copy(own, target.plus(n), n); // has failed at once: there was nothing to wait for
      }),
    );
    assert.equal(beyond.code, "HEDDLE_GLOBAL_MEMORY");
    await finish(async () => {
      assert.equal(await target.get(n + 2).catch(() => "handled"), "handled"); // who looks at a failure keeps it from the scope
    });
    shared.free(own);
    await world.barrier();
    await mine.free();
  },

  async "scopes nest"({ place, places }) {
    const counter = await sharedVar("int32", 0);
    await finish.spmd(async () => {
      wander.at((place + 1) % places).spawn(counter, 8, (place + 1) % places, places);
      await finish.spmd(async () => {
        wander.spawn(counter, 2, place, places);
      });
      assert.ok((await counter.get()) >= places * made(2));
    });
    assert.equal(await counter.get(), places * (made(8) + made(2)));
    await world.barrier();
    if (counter.isLocal) await counter.free();
  },

  async "scopes side by side end each in its own time"({ place, places }) {
    const counters = [await sharedVar("int32", 0), await sharedVar("int32", 0), await sharedVar("int32", 0)];
    const ended: number[] = [];
    const scopes = counters.map((counter, i) =>
      finish
        .spmd(async () => {
          await sleep(3 * ((place + i) % 3)); // they end in another order at each place
          wander.at((place + 1) % places).spawn(counter, 2 * i, (place + 1) % places, places);
        })
        .then(async () => {
          ended.push(i);
          assert.equal(await counter.get(), places * made(2 * i));
        }),
    );
    await world.barrier(); // other operations may go on meanwhile
    await Promise.all(scopes);
    assert.deepEqual(ended.toSorted(), [0, 1, 2]);
    await world.barrier();
    for (const counter of counters) if (counter.isLocal) await counter.free();
  },

  async "a failure anywhere is told everywhere"({ place, places }) {
    const one = await errorOf(
      finish.spmd(async () => {
        if (place === 0) fails.at(places - 1).spawn("one");
      }),
    );
    assert.equal(one.message, "one");
    const several = await errorOf(
      finish.spmd(async () => {
        fails.at((place + 1) % places).spawn(`of ${place}`);
      }),
    );
    if (places > 1) {
      assert.equal(several.code, "HEDDLE_FINISH");
      const texts = (several as unknown as AggregateError).errors.map((it: Error) => it.message);
      assert.deepEqual(
        texts,
        Array.from({ length: places }, (_, i) => `of ${i}`),
      );
    }
    assert.throws(() => finish.spmd((() => 1) as never), { code: "HEDDLE_USAGE" });
  },

  async "a failure of a scope within a scope is told once"({ place, places }) {
    const nested = await errorOf(
      finish.spmd(async () => {
        await finish.spmd(async () => {
          await finish.spmd(async () => {
            fails.at((place + 1) % places).spawn(`of ${place}`);
          });
        });
      }),
    );
    if (places > 1) {
      const texts = (nested as unknown as AggregateError).errors.map((it: Error) => it.message);
      assert.deepEqual(
        texts,
        Array.from({ length: places }, (_, i) => `of ${i}`),
      );
    }
    if (places === 1) return;
    const caught = await errorOf(
      finish.spmd(async () => {
        const inner = finish.spmd(async () => {
          if (place === 0) fails.spawn("one");
        });
        if (place === 0)
          await inner.catch(() => {}); // dealt with where it happened, and nowhere else
        else await inner;
      }),
    );
    assert.equal(caught.message, "one");
  },
};

export default async function main({ place, places, args }: { place: number; places: number; args: string[] }): Promise<void> {
  await check(cases, place, places, args[0]);
}
