/**
 * How far the clock of place 0 is from this place's, for traces of places on several hosts: this place asks a few times, and takes the answer with the
 * shortest way there and back (Cristian 1989). It may be wrong by half of that way.
 */
import { Writer } from "../net/wire.ts";
import { getPlatform } from "../platform/platform.ts";
import type { Group } from "./group.ts";
import { Record } from "./records.ts";

const ROUNDS = 20;

/** Answers others from now on; the returned function begins to ask. `measured` is called once, with nanoseconds; never at place 0. */
export function compareClocks(group: Group, measured: (offset: number, error: number) => void): () => void {
  const writer = new Writer();
  const { monotonicNs } = getPlatform();
  let left = ROUNDS;
  let best = { offset: 0, error: Number.POSITIVE_INFINITY };
  const ask = (): void => group.send(0, Record.CLOCK, writer.clear().f64(monotonicNs()).f64(0).bytes());
  group.on(Record.CLOCK, { exactly: 16 }, (from, body) => {
    const asked = body.f64();
    const there = body.f64();
    if (group.place === 0) return group.send(from, Record.CLOCK, writer.clear().f64(asked).f64(monotonicNs()).bytes());
    if (left === 0) return;
    const now = monotonicNs();
    const error = (now - asked) / 2;
    if (error < best.error) best = { offset: there - (asked + now) / 2, error };
    if (--left > 0) ask();
    else measured(best.offset, best.error);
  });
  return () => {
    if (group.place !== 0) ask();
  };
}
