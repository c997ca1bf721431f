/**
 * Calls of objects by the serial scheduler: in turn, as the directory has it, by dataflow from one call to the next. Where there are several places, a call goes to
 * that of its object when its turn has come: nothing moves meanwhile, since a move is a call, too.
 */
import { fulfil, openFuture } from "../../pattern/derive.ts";
import { copyBeside } from "../../sched/beside.ts";
import type { Future } from "../../sched/core.ts";
import type { TaskDefinition } from "../../sched/definition.ts";
import { serialPlaces } from "../../sched/places.ts";
import { watch } from "../../sched/watch.ts";
import { OF_OBJECT } from "../../shared/mailbox.ts";
import { spawnAfter } from "../../task/after.ts";

interface Turns {
  /** The ends of the calls that have not ended: the last one that was alone, and those after it. */
  alone: Future<void> | null;
  others: Set<Future<void>>;
  /** The beginnings of those that have not begun, oldest first. */
  readonly unbegun: Beginning[];
}

interface Beginning {
  readonly future: Future<void>;
  readonly interleaves: boolean;
}

const objects = new Map<number, Turns>();
const open = (): Future<void> => openFuture<void>("turn", () => {});

/** How a call goes with others: `alone` whatever its class says. */
export interface Turn {
  readonly alone: boolean;
  readonly exclusive: boolean;
}

export function callInTurn(id: number, def: TaskDefinition, name: string, args: unknown[], turn: Turn): Future<unknown> {
  const alone = turn.exclusive;
  const turns = objects.get(id) ?? { alone: null, others: new Set(), unbegun: [] };
  objects.set(id, turns);
  const before = [turns.unbegun.at(-1)?.future, turns.alone, ...(alone ? turns.others : [])].filter((it) => it != null);
  const [begun, end] = [open(), open()];
  const beginning: Beginning = { future: begun, interleaves: !alone };
  turns.unbegun.push(beginning);
  if (alone) {
    turns.alone = end;
    turns.others = new Set();
  } else turns.others.add(end);
  const onEnd = (): void => {
    const at = turns.unbegun.indexOf(beginning);
    if (at >= 0) turns.unbegun.splice(at, 1);
    if (turns.alone === end) turns.alone = null;
    turns.others.delete(end);
    if (turns.alone === null && turns.others.size + turns.unbegun.length === 0) objects.delete(id);
    if (call !== null) watch?.callEnds(id, call);
    tell(begun);
    tell(end);
  };
  let call: Future<unknown> | null = null;
  const called = (it: Future<unknown>): Future<unknown> => {
    if (watch === null) return it;
    watch.calls(id, it);
    return (call = it);
  };
  if (serialPlaces === null) return called(spawnAfter(def, [...args, ...before], { name, onEnd }));
  const here = serialPlaces.here();
  const given = copyBeside(args, here, here, "args"); // as they are now
  return called(spawnAfter(def, [...given, ...before], { name, onEnd, place: OF_OBJECT, object: { id, ...turn } }));
}

/** The oldest call that had not begun does. */
export function callBegins(id: number): void {
  const begun = objects.get(id)?.unbegun.shift();
  if (begun === undefined) return;
  watch?.callBegins(id, begun.interleaves);
  tell(begun.future);
}

/** Whoever watches knows by itself what comes before a call: in which turn it is says nothing. */
function tell(turn: Future<void>): void {
  if (watch === null) fulfil(turn, undefined);
  else watch.runAfter([], () => fulfil(turn, undefined));
}
