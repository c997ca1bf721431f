/** Cases that a program runs on each of its places; what came of them is printed for the test that runs the program. */
import assert from "node:assert/strict";
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

/** Runs the cases one after the other and prints a line for each. When the program has ended everywhere, nothing but `left` may be left behind. */
export async function check(
  cases: Cases,
  place: number,
  places: number,
  only?: string,
  left: readonly string[] = [],
): Promise<void> {
  const where = { place, places, next: (place + 1) % places, afterNext: (place + 2) % places };
  watchLeaks(place, left);
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

function watchLeaks(place: number, leaves: readonly string[]): void {
  const runtime = startedRuntime();
  if (runtime === null) return; // one place, and nothing spawned yet
  const probes = runtimeProbes(runtime).filter(({ name }) => !name.startsWith("active") && !leaves.includes(name));
  const before = probes.map((probe) => probe.read());
  lookAtExit(place, () => probes.filter((probe, i) => probe.read() > before[i]!).map((it) => `${it.name} ${it.read()}`));
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
