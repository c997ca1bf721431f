/** Prints answers that depend on the order in which messages arrive at places, in every way that there is. */
import {
  type Future,
  finish,
  type GlobalPtr,
  type HeddlePromise,
  type MainArguments,
  type Mobile,
  mobile,
  type Phaser,
  phaser,
  place,
  pointerTo,
  promise,
  type SharedLock,
  shared,
  sharedLock,
  task,
  whenAny,
  world,
} from "heddle";

type Ints = GlobalPtr<Int32Array<SharedArrayBuffer>>;

const work = (i: number): number => {
  let s = 0;
  for (let k = 0; k < 3000 * ((i * 7 + place() * 3) % 11); k++) s += k % 3;
  return s;
};

/** Notes who comes, in the array at another place. */
const arrive = task(import.meta, async (name: number, next: Ints, out: Ints): Promise<number> => {
  work(name);
  await out.put(name, await next.add(1));
  return name;
});

const joinsThere = task(import.meta, (name: number, there: number, next: Ints, out: Ints): number => {
  const all = [0, 1, 2].map((i) => leaf.at(i === 1 ? (place() + 1) % there : there - 1).spawn(name + i));
  const sum = all.reduce((it, future) => it + future.join(), 0);
  void next;
  void out;
  return sum;
});
const leaf = task(import.meta, (i: number): number => {
  work(i);
  return i;
});

const whoRuns = task(import.meta, (i: number): string => {
  work(i * 40);
  return `${i}@${place()}`;
});

/** Joins what may run anywhere, also at its own worker. */
const tree = task(import.meta, (depth: number): string => {
  work(depth * 7);
  if (depth === 0) return `${place()}`;
  const below = [tree.anywhere.spawn(depth - 1), tree.anywhere.spawn(depth - 1)];
  return `${place()}(${below.map((it) => it.join()).join("")})`;
});

const puts = task(import.meta, (value: HeddlePromise<number>, i: number): void => {
  work(i);
  try {
    value.put(i);
  } catch {}
});

const waits = task(import.meta, function* (value: Future<number>, i: number) {
  const first = yield* value;
  return first * 100 + i;
});

const locks = task(import.meta, async (lock: SharedLock, i: number, next: Ints, out: Ints): Promise<void> => {
  work(i);
  using _hold = await lock.lock();
  const at = await next.get();
  await out.put(i, at);
  await next.put(at + 1);
});

const member = task(import.meta, async (i: number, ph: Phaser, next: Ints, out: Ints): Promise<void> => {
  for (let step = 0; step < 3; step++) {
    work(i);
    await out.put(10 * i + step, await next.add(1));
    await ph.next();
  }
});

class Log {
  readonly names: number[] = [];
  add(name: number): number {
    work(name);
    return this.names.push(name);
  }
  all(): number[] {
    return this.names;
  }
}
const Logs = mobile(import.meta, Log);
const adds = task(import.meta, async (log: Mobile<Log>, i: number): Promise<number> => {
  work(i);
  return await log.add(i);
});

export async function main({ place: here, places }: MainArguments, only = process.env.ONLY ?? "") {
  const wants = (what: string): boolean => only === "" || only.includes(what);
  const next = shared.int32(1);
  const out = shared.int32(600);
  const [nextPtr, outPtr] = [pointerTo(next), pointerTo(out)];
  const line = (what: string): void => console.log(what, [...out.subarray(0, Atomics.load(next, 0))].join());
  if (wants("s")) {
    // Every place to its neighbour.
    const pointers = await world.allGather([nextPtr, outPtr] as const);
    const [n, o] = pointers[(here + 1) % places];
    await finish.spmd(async () => {
      for (let i = 0; i < 20; i++) void arrive.at((here + (i % 2)) % places).spawn(here * 100 + i, n, o);
      for (let i = 20; i < 30; i++) void arrive.at((here + 2) % places).spawn(here * 100 + i, n, o);
    });
    await world.barrier();
    const mine = [...out.subarray(0, Atomics.load(next, 0))].join();
    const all = await world.gather(mine);
    if (here === 0) console.log("spmd", all.join(" | "));
    await world.barrier();
  }
  if (wants("p")) process.on("uncaughtException", () => {}); // who puts too late is told so
  if (here !== 0) return;
  if (wants("m")) {
    await finish(async () => {
      for (let i = 0; i < 24; i++) void arrive.at(i % places).spawn(i, nextPtr, outPtr);
    });
    line("memory");
  }
  if (wants("w")) {
    const all = Array.from({ length: 12 }, (_, i) => leaf.at(i % places).spawn(i + 1));
    console.log(`any ${await whenAny(all)}`);
    const order: number[] = [];
    await Promise.all(all.map((it) => it.then((value) => order.push(value))));
    console.log("order", order.join());
  }
  if (wants("j")) {
    const all = Array.from({ length: 6 }, (_, i) => joinsThere.at(i % places).spawn(i, places, nextPtr, outPtr));
    const order: number[] = [];
    await Promise.all(all.map((it) => it.then((value) => order.push(value))));
    console.log("joins", order.join());
  }
  if (wants("p")) {
    const first: number[] = [];
    for (let round = 0; round < 4; round++) {
      const value = promise<number>();
      const waiting = Array.from({ length: places }, (_, p) => waits.at(p).spawn(value.future, p));
      for (let p = 0; p < places; p++) void puts.at(p).spawn(value, round + p);
      for (const it of waiting) first.push(await it);
    }
    console.log("puts", first.join());
  }
  if (wants("a")) {
    const all = Array.from({ length: 40 }, (_, i) => whoRuns.anywhere.spawn(i));
    const ran: string[] = [];
    for (const it of all) ran.push(await it);
    console.log("anywhere", ran.join());
    console.log("tree", await tree.anywhere.spawn(4));
  }
  if (wants("l")) {
    const lock = sharedLock();
    await finish(async () => {
      for (let i = 0; i < 16; i++) void locks.at(i % places).spawn(lock, 1000 + i, nextPtr, outPtr);
    });
    line("locks");
  }
  if (wants("h")) {
    await finish(async () => {
      const ph = phaser();
      for (let i = 0; i < 6; i++)
        void member
          .at(i % places)
          .with({ phased: [ph] })
          .spawn(200 + i, ph, nextPtr, outPtr);
    });
    line("phasers");
  }
  if (wants("o")) {
    const log = await Logs.create();
    await finish(async () => {
      for (let i = 0; i < 20; i++) void adds.at(i % places).spawn(log, i);
      await log.migrate(places - 1);
    });
    console.log("objects", (await log.all()).join());
  }
}
