/**
 * Calls of mobile objects. Of those that one place makes, a call comes after those of which its caller knows. Otherwise calls run in turn, in an order that differs
 * from run to run: they are turns, as with a lock.
 */
import { type Clock, NOTHING } from "./clock.ts";
import type { Strand } from "./strand.ts";
import type { Turn } from "./turns.ts";

/** A call, or what is known of the last one that a strand has made and that has ended. */
interface Call<F> {
  readonly future: F;
  readonly place: number;
  /** The step of the caller in which it was made. */
  readonly caller: number;
  readonly step: number;
  /** What the caller knew. */
  readonly known: Clock;
  /** What comes before its end. */
  past: Clock | null;
}

interface Calls<F> {
  readonly open: Map<F, Call<F>>;
  /** By caller, those that ended last behind. */
  readonly ended: Map<number, Call<F>>;
  /** By place, what comes before the ends of those that are no longer told apart: every later call of the place comes after them. */
  readonly long: Clock[];
}

/** So many callers of an object are told apart: beyond, a race may be missed. */
const MOST_CALLERS = 256;

const knows = (later: Call<unknown>, earlier: Call<unknown>): boolean =>
  later.place === earlier.place && (later.caller === earlier.caller || later.known.get(earlier.caller) >= earlier.step);

export class Objects<F extends object> {
  readonly #calls = new Map<number, Calls<F>>();
  readonly #turns = new WeakMap<Strand, Turn>();

  /** A call is made; returns what comes before it beside what its caller knows. */
  made(object: number, future: F, caller: number, step: number, place: number, known: Clock): Clock[] {
    let calls = this.#calls.get(object);
    if (calls === undefined) this.#calls.set(object, (calls = { open: new Map(), ended: new Map(), long: [] }));
    const call: Call<F> = { future, place, caller, step, known, past: null };
    calls.open.set(future, call);
    const before = calls.long[place] === undefined ? [] : [calls.long[place]];
    for (const it of calls.ended.values()) if (knows(call, it)) before.push(it.past!);
    return before;
  }

  /** A call has ended; returns those that come after it. */
  ended(object: number, future: F, past: Clock): F[] {
    const calls = this.#calls.get(object);
    const call = calls?.open.get(future);
    if (calls === undefined || call === undefined) return [];
    calls.open.delete(future);
    call.past = past;
    calls.ended.delete(call.caller);
    calls.ended.set(call.caller, call);
    if (calls.ended.size > MOST_CALLERS) this.#fold(calls);
    return [...calls.open.values()].filter((it) => knows(it, call)).map((it) => it.future);
  }

  #fold({ ended, long }: Calls<F>): void {
    let left = ended.size - MOST_CALLERS / 2;
    for (const [caller, { place, past }] of ended) {
      if (left-- === 0) break;
      long[place] = (long[place] ?? NOTHING).union(past!);
      ended.delete(caller);
    }
  }

  forget(object: number, future: F): void {
    this.#calls.get(object)?.open.delete(future);
  }

  begin(strand: Strand, turn: Turn): void {
    this.#turns.set(strand, turn);
    turn.begin(strand);
  }

  end(strand: Strand): void {
    this.#turns.get(strand)?.end();
  }
}
