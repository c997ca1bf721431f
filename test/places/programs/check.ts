/** Cases that a program runs on each of its places; what came of them is printed for the test that runs the program. */
import assert from "node:assert/strict";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { type Team, task, world } from "heddle";
import type { LeakProbe } from "heddle/testing";
import { startedRuntime } from "../../../src/task/runtime.ts";
import { runtimeProbes } from "../../support/leaks.ts";

export interface Where {
  readonly place: number;
  readonly places: number;
  /** The next place, and the one behind it: perhaps this one again. */
  readonly next: number;
  readonly afterNext: number;
}

export type Cases = Readonly<Record<string, (where: Where) => Promise<void>>>;

const LIMIT_MS = 200_000;

/**
 * Runs the cases one after the other and prints a line for each. When the program has ended everywhere, nothing may be left behind. With `handles` the cases use futures, promises and phasers that
 * several threads know: what those hold is given back when the garbage collector has found that a thread refers to them no more, so garbage is collected first, in every thread.
 */
export async function check(cases: Cases, place: number, places: number, only?: string, handles = false): Promise<void> {
  const where = { place, places, next: (place + 1) % places, afterNext: (place + 2) % places };
  const team = handles ? await world.split(0) : null; // cases may call operations of `world` at places whose own `main` has none
  await team?.barrier();
  const grown = handles && isSerial() ? () => [] : watchLeaks(place); // the one thread has its stack in which things are forgotten late
  await team?.barrier();
  for (const [name, run] of Object.entries(cases)) {
    if (only !== undefined && !name.includes(only)) continue;
    const began = performance.now();
    const late = new Promise<never>((_, reject) => setTimeout(() => reject(new Error("takes too long")), LIMIT_MS).unref());
    try {
      await Promise.race([run(where), late]);
      console.log(`ok ${place} ${name} (${Math.round(performance.now() - began)} ms)`);
    } catch (error) {
      console.log(`FAILED ${place} ${name}: ${error instanceof Error ? error.stack : String(error)}`);
    }
  }
  if (team !== null) await collectEverywhere(grown, team);
}

/** In serial mode nothing runs beside anything, and of the spawns of all places together, in one thread, only some get a site. */
export const isSerial = (): boolean => startedRuntime()?.workers === 0;

const MOST_ROUNDS = 50;

async function collect(): Promise<void> {
  setFlagsFromString("--expose-gc");
  (runInNewContext("gc") as () => void)();
  for (let i = 0; i < 3; i++) await new Promise((resolve) => setTimeout(resolve, 1)); // the engine tells in its event loop
}

const collectThere = task(import.meta, async (): Promise<void> => await collect());

/** Until nothing is left at any place: a place holds what another one refers to. */
async function collectEverywhere(grown: () => readonly LeakProbe[], team: Team): Promise<void> {
  const workers = startedRuntime()?.workers ?? 0;
  for (let round = 0; round < MOST_ROUNDS; round++) {
    await collect();
    for (let affinity = 0; affinity < workers; affinity++) await collectThere.with({ affinity }).spawn();
    if ((await team.allReduce(grown().length, "sum")) === 0) return;
  }
}

const looks: (() => string[])[] = [];

function lookAtExit(place: number, look: () => string[]): void {
  if (looks.push(look) > 1) return;
  process.once("exit", (code) => {
    if (code !== 0) return;
    const left = looks.flatMap((it) => it());
    if (left.length === 0) return;
    console.error(`FAILED ${place} leaves behind: ${left.join(", ")}`);
    process.exitCode = 3;
  });
}

/** Returns the figures that are higher than now. */
function watchLeaks(place: number): () => readonly LeakProbe[] {
  const runtime = startedRuntime();
  if (runtime === null) return () => []; // one place, and nothing spawned yet
  const probes = runtimeProbes(runtime).filter(({ name }) => !name.startsWith("active"));
  const before = probes.map((probe) => probe.read());
  const grown = (): LeakProbe[] => probes.filter((probe, i) => probe.read() > before[i]!);
  lookAtExit(place, () => grown().map((it) => `${it.name} ${it.read()}`));
  return grown;
}

/** The error that `promise` rejects with. */
export async function errorOf(promise: PromiseLike<unknown>): Promise<Error & { code?: string }> {
  try {
    await promise;
  } catch (error) {
    assert.ok(error instanceof Error, `not an Error: ${String(error)}`);
    return error;
  }
  assert.fail("expected a failure");
}
