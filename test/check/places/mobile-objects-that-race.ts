import type { GlobalPtr } from "heddle";
import { heapAt, type MainArguments, type Mobile, mobile, shared, task } from "heddle";

type Int32 = GlobalPtr<Int32Array<SharedArrayBuffer>>;

class Visits {
  mine: Int32Array = shared.int32(2);
  async read(p: Int32, i: number): Promise<number> {
    this.mine[0]++;
    return await p.get(i); // race
  }
  async readLast(p: Int32): Promise<number> {
    return await p.get(3); // race
  }
  share(): Int32Array {
    return this.mine;
  }
  forget(p: Int32): void {
    p.put(1, 4); // race
  }
}
const visits = mobile(import.meta, Visits);

class Gate {
  passed: Int32Array = shared.int32(1);
  async pass(): Promise<void> {
    this.passed[0]++;
    await null;
    this.passed[0]++;
  }
}
const gates = mobile(import.meta, Gate, { interleave: true });

const writesAndCalls = task(import.meta, async (it: Mobile<Visits>, p: Int32): Promise<void> => {
  await p.put(1, 0); // race
  await it.read(p, 1);
});
const calls = task(import.meta, async (it: Mobile<Visits>, p: Int32): Promise<void> => {
  for (let i = 0; i < 50; i++) await null; // so that its call is the later one
  await it.read(p, 0);
});
const callsLater = task(import.meta, async (it: Mobile<Visits>, p: Int32): Promise<void> => {
  await it.read(p, 2);
});
/** Calls of different places have no order, although one caller knows of the other. */
const calledElsewhere = task(import.meta, async (it: Mobile<Visits>, p: Int32): Promise<void> => {
  await it.share();
  await p.put(2, 3); // race
});
const passes = task(import.meta, async (it: Mobile<Gate>): Promise<void> => {
  await Promise.all([it.pass(), it.pass()]);
});

/** Turns exclude each other and order nothing else, but for the calls that one place makes. */
export async function main({ place, places }: MainArguments) {
  if (place !== 0) return;
  const p = await heapAt(0).int32(5);
  const it = await visits.at(1).create();
  await Promise.all([writesAndCalls.at(2).spawn(it, p), calls.at(places - 1).spawn(it, p)]);

  // The call of another place, and what this place does after one of its own.
  const other = callsLater.at(2).spawn(it, p);
  for (let i = 0; i < 50; i++) await null;
  await it.read(p, 3);
  await p.put(1, 2); // race
  await other;

  // One place's calls come in the order in which it makes them.
  const first = it.read(p, 3);
  await it.share();
  await p.put(1, 3);
  await first;

  const before = it.readLast(p);
  await calledElsewhere.at(2).spawn(it, p);
  await before;

  await it.forget(p);
  await it.forget(p);
  await it.destroy();

  const gate = await gates.at(1).create();
  await Promise.all(Array.from({ length: places }, (_, at) => passes.at(at).spawn(gate)));
  await gate.destroy();
  await p.free(); // race
}
