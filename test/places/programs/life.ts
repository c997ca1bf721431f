/** How programs on several places end, well and badly. The first argument says how this one does. */
import assert from "node:assert/strict";
import {
  type Future,
  finish,
  type HeddlePromise,
  type Mobile,
  mobile,
  type Phaser,
  phaser,
  place,
  places,
  promise,
  sharedArray,
  sharedVar,
  type Team,
  task,
  world,
} from "heddle";
import { sleepy, untilCancelled, where } from "./tasks.ts";

export const printLate = task(import.meta, async (ms: number, text: string): Promise<void> => {
  await new Promise((resolve) => setTimeout(resolve, ms));
  console.log(text);
});
/** Spawns round the places without waiting; the last one prints. */
export const wander = task(import.meta, (hops: number): void => {
  if (hops === 0) void printLate.spawn(20, `wandered to ${place()}`);
  else void wander.at((place() + 1) % places()).spawn(hops - 1);
});
export const fail = task(import.meta, (text: string): never => {
  throw new TypeError(text);
});
export const die = task(import.meta, (): never => process.exit(9));
const CALLS: Record<string, (team: Team) => Future<unknown>> = {
  barrier: (team) => team.barrier(),
  broadcast: (team) => team.broadcast(1),
  "gather to 1": (team) => team.gather(1, 1),
  scatter: (team) => team.scatter(team.members),
  allReduce: (team) => team.allReduce(1, "sum"),
  once: (team) => team.once(() => 1),
};

/** Keeps a task of another place waiting for one of this place. */
export const waitThere = task(import.meta, async (p: number): Promise<string> => await untilCancelled.at(p).spawn());

/** Ends a phase, and waits for the end of the next one, which place 1 does not signal. */
const waits = task(import.meta, async (ph: Phaser): Promise<string> => {
  await ph.next();
  return await lossOf(place() === 1 ? untilCancelled.spawn() : ph.next());
});
const threeSteps = task(import.meta, function* (ph: Phaser): Generator<Future<unknown>, number> {
  let phase = 0;
  for (let i = 0; i < 3; i++) phase = yield* ph.next();
  return phase;
});

const sumOfPlaces = task(import.meta, async (): Promise<number> => await world.allReduce(place(), "sum"));

/** A plain task of place 1 waits on its stack for one of place 0, and that for one of place 1, to which others have come before. */
const hold = task(import.meta, (): number => bounce.at(0).spawn().join());
const bounce = task(import.meta, (): number => {
  const until = performance.now() + 500;
  while (performance.now() < until);
  return where.at(1).spawn().join();
});

class Fragile {
  exit(): never {
    process.exit(9);
  }
  where(): number {
    return place();
  }
  async wait(): Promise<void> {
    await untilCancelled.spawn();
  }
  async waits(begun: HeddlePromise<void>, end: Future<void>): Promise<void> {
    begun.put();
    await end;
  }
  *waitsFor(begun: HeddlePromise<void>, end: Future<void>): Generator<Future<unknown>, void> {
    const waits = asyncWait.spawn(begun, end);
    yield* waits;
  }
  async idles(): Promise<void> {}
  /** Waits on its stack for a task of another place, which says when it has begun and ends when it is told to. */
  holds(p: number, begun: HeddlePromise<void>, end: Future<void>): void {
    between.at(p).spawn(begun, end).join();
  }
}
const between = task(import.meta, function* (begun: HeddlePromise<void>, end: Future<void>): Generator<Future<unknown>, void> {
  begun.put();
  yield* end;
});
const asyncWait = task(import.meta, async (begun: HeddlePromise<void>, end: Future<void>): Promise<void> => {
  begun.put();
  await end;
});
const asks = task(import.meta, (object: Mobile<Fragile>): number => object.where().join());
const asksInFinish = task(import.meta, (object: Mobile<Fragile>): void => finish(() => void object.where()));
const asksBehind = task(import.meta, (object: Mobile<Fragile>): number => {
  void object.idles();
  return object.where().join();
});
const codeOf = (future: Future<unknown>): Promise<unknown> =>
  future.then(String, (error: { code?: string }) => error.code) as Promise<unknown>;
const fragiles = mobile(import.meta, Fragile);

const kept: unknown[] = [];
/** A future that only this place can settle. */
export const openPromise = task(import.meta, (): { future: Future<string> } => {
  const it = promise<string>();
  kept.push(it);
  return { future: it.future };
});
export const putIt = task(import.meta, (it: HeddlePromise<number>, value: number): void => it.put(value));

const never = new Promise<never>(() => {});
const lossOf = async (future: PromiseLike<unknown>): Promise<string> => {
  try {
    await future;
    return "no loss";
  } catch (error) {
    const { code, place: lost } = error as { code?: string; place?: number };
    return `${code} ${lost}`;
  }
};

interface Main {
  readonly place: number;
  readonly places: number;
  readonly args: readonly string[];
}

const ways: Record<string, (main: Main) => unknown> = {
  async lateModule({ place: p }) {
    if (p === 1) return;
    const held = hold.at(1).spawn();
    await where.at(1).spawn();
    const { late } = await import("./late.ts");
    const stranger = late.at(1).spawn();
    console.log(await held, await stranger);
  },
  /** The only worker of place 0 waits in a method, and runs tasks on top that wait for the method's end. */
  async buriedMethod({ place: p }) {
    if (p !== 0) return;
    const object = await fragiles.create();
    const [begun, end] = [promise<void>(), promise<void>()];
    const holds = object.holds(1, begun, end.future);
    await begun.future;
    const codes = [await codeOf(asks.spawn(object)), await codeOf(asksInFinish.spawn(object))];
    end.put();
    await holds;
    console.log(...codes, await asks.spawn(object));
  },
  /** The only worker of place 0 would have to turn its event loop for an async method before the call that it waits for on its stack. */
  async behindAsync({ place: p }) {
    if (p !== 0) return;
    const object = await fragiles.create();
    const codes: unknown[] = [];
    for (const method of ["waits", "waitsFor"] as const) {
      const [begun, end] = [promise<void>(), promise<void>()];
      const waits = object.call(method, begun, end.future);
      await begun.future;
      codes.push(await codeOf(asks.spawn(object)), await codeOf(asksInFinish.spawn(object)));
      end.put();
      await waits;
    }
    codes.push(await codeOf(asksBehind.spawn(object)));
    await object.where(); // the call in front has ended
    console.log(...codes, await asks.spawn(object));
  },
  where: ({ place: p, places: n, args }) => console.log(`main ${p} of ${n}: ${args.slice(1).join(" ")}`),
  code: ({ place: p }) => (p === 1 ? 7 : 0),
  async throw({ place: p }) {
    if (p !== 1) await never;
    throw new RangeError("too bad");
  },
  async unhandled({ place: p }) {
    if (p === 1) void fail.at(0).spawn("nobody looks");
    await never;
  },
  async detached({ place: p }) {
    if (p === 0) await wander.spawn(7);
  },
  async forever({ place: p, places: n }) {
    console.log(`up ${p}`);
    void untilCancelled.at((p + 1) % n).spawn();
    await never;
  },
  /** Place 1 goes without a farewell while everybody waits for it, and it for everybody. */
  async lost({ place: p, args }) {
    if (p === 1) {
      for (const other of [0, 2]) void untilCancelled.at(other).spawn();
      await world.barrier(); // all have what they will wait for
      await sleepy.spawn(300);
      if (args[1] === "kill") process.kill(process.pid, "SIGKILL");
      process.exit(3);
    }
    const futures: Future<unknown>[] = [untilCancelled.at(1).spawn(), waitThere.spawn(1), waitThere.at(2 - p).spawn(1)];
    futures.push((await openPromise.at(1).spawn()).future);
    await world.barrier().catch(() => {});
    // Those of all places, short and long: place 1 takes part in none of them.
    futures.push(world.allReduce(p, "sum"), world.broadcast(new Uint8Array(100_000), 1));
    const losses = await Promise.all(futures.map(lossOf));
    losses.push(await lossOf(world.barrier()));
    console.log(`losses ${p}: ${[...losses, await lossOf(where.at(1).spawn()), await where.at(2 - p).spawn()].join(", ")}`);
  },
  /** Place 1 goes, with a member that has not signalled; in another phaser it has none. */
  async phaserBreaks({ place: p, args }) {
    if (args[1] === "kill") process.once("exit", (code) => console.log(`place ${p} exits with ${code}`));
    if (p > 0) {
      await world.barrier().catch(() => {});
      if (p === 1 && args[1] === "kill") process.kill(process.pid, "SIGKILL");
      if (p === 1) process.exit(3);
      return;
    }
    const [ph, goesOn] = [phaser(), phaser()];
    const members = [0, 1, 2].map((at) =>
      waits
        .at(at)
        .with({ phased: [ph] })
        .spawn(ph),
    );
    const steps = threeSteps
      .at(2)
      .with({ phased: [goesOn] })
      .spawn(goesOn);
    const lost = lossOf(members[1]!);
    await ph.next(); // all three take part
    await world.barrier().catch(() => {});
    const losses = [await lossOf(ph.next()), await members[0], await members[2], await lost];
    for (let i = 0; i < 3; i++) await goesOn.next();
    console.log(`losses: ${losses.join(", ")}; the other goes on to ${await steps}`);
    goesOn.drop();
  },
  /** Sums whose bits depend on the shape, short and long. */
  async bits({ place: p }) {
    const sums: number[] = [];
    for (const length of [1, 20, 5000]) {
      const own = Float64Array.from({ length }, (_, i) => Math.sin(p * 100 + i) * 10 ** ((p * 7 + i) % 20));
      sums.push(...(await world.allReduce(own, "sum")), ...((await world.scan(own, "sum", { exclusive: true })) ?? []));
    }
    const digits = new BigUint64Array(Float64Array.from(sums).buffer).reduce((a, b) => BigInt.asUintN(64, a * 31n + b), 7n);
    console.log(`bits at ${p}: ${digits.toString(16)}`);
  },
  /** With an exchange all places see that they differ, and can go on; the case is not for messages, where one that has left is told by its next operation. */
  async differ({ place: p, places: n }) {
    const codes = await Promise.all([
      codeOf(p === 1 ? world.broadcast(1) : world.allReduce(1, "sum")),
      codeOf(world.gather(p, p === 1 ? 1 : 0)),
      codeOf(world.allReduce(p, p === 1 ? "max" : "sum")),
      codeOf(world.allReduce(new Float64Array(p === 1 ? 1000 : 2000), "sum")),
      codeOf(world.broadcast(p === 0 ? new Uint8Array(50_000) : null, p === 1 ? 1 : 0)),
    ]);
    console.log(`${p}: ${codes.join(" ")}, then ${await world.allReduce(1, "sum")} of ${n}`);
  },
  /** By messages, as teams that are made by `split` are never the team of an exchange. Each pair has a team of its own, as one that has left is told by its next operation. */
  async differInTeams({ place: p, places: n }) {
    const names = Object.keys(CALLS);
    const silent: string[] = [];
    for (const a of names) {
      for (const b of names) {
        if (a === b) continue;
        const team = (await world.split(0))!;
        const code = await codeOf(CALLS[p === 1 ? b : a]!(team));
        const then = await codeOf(team.barrier());
        const codes = (await world.allGather([code, then])).flat();
        if (!codes.includes("HEDDLE_COLLECTIVE")) silent.push(`${a}, ${b} at place 1`);
      }
    }
    console.log(
      `${p}: ${silent.length === 0 ? "every mix is told" : silent.join("; ")}, then ${await world.allReduce(1, "sum")} of ${n}`,
    );
  },
  async barrierMeetsBroadcast({ place: p }) {
    console.log(`${p}: ${await codeOf(p === 1 ? world.broadcast(3, 0) : world.barrier())}`);
  },
  async freeMeetsBarrier({ place: p }) {
    const array = await sharedArray("int32", 30);
    console.log(`${p}: ${await codeOf(p === 1 ? array.free() : world.barrier())}`);
  },
  async reducesMeet({ place: p }) {
    console.log(`${p}: ${await codeOf(world.allReduce(p + 1, p === 1 ? "max" : "sum"))}`);
  },
  async workerDies({ place: p, places: n }) {
    const error = await die
      .at((p + 1) % n)
      .spawn()
      .catch((it: { code?: string }) => it);
    console.log(`${p} hears ${(error as { code?: string }).code}`);
    assert.equal(await where.at((p + 1) % n).spawn(), (p + 1) % n);
  },
  /** The worker that has an object dies with a call in it, and others behind that. */
  async objectDies({ place: p, places: n }) {
    for (let at = 0; p === 0 && at < n; at++) {
      const object = await fragiles.at(at).create();
      const calls = [object.exit(), object.where(), object.where()];
      const codes = await Promise.all(calls.map((it) => it.then(String, (error: { code?: string }) => error.code)));
      const later = await object.where().catch((error: { code?: string }) => error.code);
      console.log(`${at} hears ${codes.join(" ")} ${later}`);
      const other = await fragiles.at(at).create();
      assert.equal(await other.where(), at);
    }
  },
  /** Place 2 goes, with an object that came from place 0, one that was made there, and one that others are to send there. */
  async objectsLost({ place: p }) {
    if (p > 0) {
      await world.barrier();
      if (p === 2) process.exit(3);
      await never;
    }
    const [moved, made, stays] = [await fragiles.create(), await fragiles.at(2).create(), await fragiles.at(1).create()];
    await moved.migrate(2);
    const waits = Promise.all([moved.wait(), made.wait()].map(lossOf));
    void world.barrier().catch(() => {});
    const losses = await waits;
    const later = await Promise.all([moved.where(), made.where(), stays.migrate(2)].map(lossOf));
    console.log(`losses: ${[...losses, ...later].join(", ")}; stays at ${await stays.where()}`);
    process.exit(4);
  },
  /** With --root-only: nobody else would take part. */
  async alone({ place: p, places: n }) {
    const codes: unknown[] = [];
    for (const call of [
      () => world.barrier(),
      () => world.split(1),
      () => finish.spmd(async () => {}),
      () => sharedVar("int32", 0),
    ]) {
      try {
        await call();
      } catch (error) {
        codes.push((error as { code?: string }).code);
      }
    }
    const sums = await Promise.all(Array.from({ length: n }, (_, at) => sumOfPlaces.at(at).spawn()));
    console.log(`${p}: ${codes.join(" ")}, ${sums.join(" ")}`);
  },
  /** Two places put the same promise: the second is told, though late. */
  async putTwice({ place: p }) {
    if (p !== 0) return;
    const it = promise<number>();
    await Promise.all([putIt.at(1).spawn(it, 1), putIt.at(2).spawn(it, 2)]);
    await it.future;
    await never;
  },
  /** A promise that is never put keeps nobody from ending. */
  leftOpen() {
    promise();
  },
};

export default (main: Main): unknown => ways[main.args[0]!]!(main);
