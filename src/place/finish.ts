import { FinishError, UsageError } from "../errors.ts";
import { fulfil, gather, openFuture } from "../pattern/derive.ts";
import type { Future } from "../sched/core.ts";
import { rareOf } from "../sched/more.ts";
import { serialPlaces } from "../sched/places.ts";
import { whenSettled } from "../sched/settling.ts";
import { State } from "../sched/state.ts";
import { add } from "../shared/atomics.ts";
import { Control } from "../shared/layout.ts";
import { type FinishOptions, finish as finishHere } from "../task/finish.ts";
import { placeHere } from "./here.ts";
import { refuseAlone, worldOnce } from "./team/team.ts";

/**
 * A finish scope of all places (HabaneroUPC++'s `finish_spmd`). Every place calls it, in the same order with its other scopes of this kind, of which several may be open at once. It ends, at every place, when
 * the bodies of all places have ended and every task that they have spawned, wherever it ran, and every task that those have spawned, and so on; and the copies, puts, updates and calls of mobile objects that all of these have begun. Its value is the own body's.
 *
 * A failure anywhere is thrown at every place: one as it is, several as a FinishError (`HEDDLE_FINISH`) that has them by the number of the place. It cancels what has not started in the
 * part of the place whose body began it. Never blocks; any number may nest.
 *
 * ```ts
 * await finish.spmd(async () => {
 *   for (let p = 0; p < places(); p++) work.at(p).spawn(p);
 * });
 * ```
 *
 * @throws UsageError `HEDDLE_USAGE` for a body that is not async; CollectiveError `HEDDLE_COLLECTIVE` in a `main` that runs with `--root-only`, where no other place would take part.
 */
function spmd<T>(body: () => Promise<T>, options?: FinishOptions): Future<T> {
  if (body?.constructor.name !== "AsyncFunction") {
    throw new UsageError("finish.spmd: the body must be async: await finish.spmd(async () => {...})");
  }
  refuseAlone("finish.spmd", placeHere().places);
  const number = 2 * nextScope(); // taken now: scopes that are open side by side end in any order
  const own = finishHere(body, options);
  return gather("finish.spmd", [failuresOf(own as Future<unknown>)], ([failures]) =>
    // How many there are first: what they are goes from each place to all, which is P * P of them.
    gather("finish.spmd", [worldOnce(number).allReduce(failures!.length, "sum")], ([count]) => {
      if (count === 0) return own.a0 as T;
      const mine = failures!.map((error, i) => tell(error, number, i));
      return gather("finish.spmd", [worldOnce(number + 1).allGather(mine)], ([told]) => refuse(mine, told!, number));
    }),
  );
}

/** By place, in serial mode: how many scopes it has opened. */
const opened: number[] = [];

function nextScope(): number {
  const { place, mem } = placeHere();
  if (serialPlaces === null) return add(mem.i32, Control.SPMD_SCOPES, 1);
  const number = opened[place] ?? 0;
  opened[place] = number + 1;
  return number;
}

/** A failure as places tell it: which one it is, and at which place it happened. */
interface Told {
  readonly id: string;
  readonly at: number;
  readonly error: unknown;
}

/** What a scope has thrown at every place, so that a scope around it has it once, not once for each place. */
const toldBefore = new WeakMap<object, Omit<Told, "error">>();

const isObject = (it: unknown): it is object => typeof it === "object" && it !== null;

function tell(error: unknown, scope: number, i: number): Told {
  const { place: at } = placeHere();
  return { ...((isObject(error) ? toldBefore.get(error) : undefined) ?? { id: `${at}.${scope}.${i}`, at }), error };
}

/** Throws what has failed at all places. */
function refuse(mine: readonly Told[], told: readonly (readonly Told[])[], scope: number): never {
  const all = new Map<string, Told>();
  for (const it of told.flat()) if (!all.has(it.id)) all.set(it.id, it);
  for (const it of mine) all.set(it.id, it); // own ones as they were thrown, not as they came back
  for (const { id, at, error } of all.values()) if (isObject(error)) toldBefore.set(error, { id, at });
  const [first] = all.values();
  if (all.size === 1) throw first!.error;
  const where = new Set([...all.values()].map(({ at }) => at)).size;
  const failures = new FinishError(
    [...all.values()].map(({ error }) => error),
    `${all.size} failures at ${where === 1 ? "one place" : `${where} places`}; the first, at place ${first!.at}: ${String(first!.error)}`,
  );
  toldBefore.set(failures, { id: `scope ${scope}`, at: first!.at });
  throw failures;
}

/** A future of what a scope has failed with, which does not fail itself. */
function failuresOf(scope: Future<unknown>): Future<readonly unknown[]> {
  const failures = openFuture<readonly unknown[]>("finish.spmd", () => {});
  rareOf(failures as Future<unknown>).of = [scope];
  whenSettled(scope, ({ state, a0 }) => {
    fulfil(failures, state === State.DONE ? [] : a0 instanceof FinishError ? a0.errors : [a0]);
  });
  return failures;
}

/** `finish`, and `finish.spmd` over all places. */
export const finish: typeof finishHere & { readonly spmd: typeof spmd } = Object.assign(finishHere, { spmd });
