/** Making phasers, and the memberships of tasks in them: made when the task is spawned, ended with it, carried along when it is stolen. */
import { ForeignError, UsageError, WorkerLostError } from "../errors.ts";
import { rareOf } from "../sched/core.ts";
import { registerCrossing } from "../sched/crossing.ts";
import type { SpawnOptions, TaskDefinition } from "../sched/definition.ts";
import { DutyKind, onDeath } from "../sched/duties.ts";
import { onGuest } from "../sched/guests.ts";
import { registerObjectType } from "../sched/objects.ts";
import { siteIfCheap } from "../sched/spawn-site.ts";
import { State } from "../sched/state.ts";
import type { Station } from "../sched/station.ts";
import { Obj, ObjType } from "../shared/object.ts";
import { eachRecord, enroll, PHASER_WORDS, RECORD_BYTES } from "../shared/phaser.ts";
import { eachWaiter, resultOf } from "../shared/waiters.ts";
import { onPhasedSpawn } from "./options.ts";
import { closeWith, freeOutcome, writeOutcomeSafely } from "./outcome.ts";
import { checkMode, Phaser, type PhaserMode, type Registration } from "./phaser.ts";
import { type PhaserHome, phaserHome, stationHome } from "./phaser-home.ts";

/** A phaser, for a task that is to have the mode of the one that spawns it, or a phaser with a mode. */
export type Phased = Phaser | { readonly phaser: Phaser; readonly mode: PhaserMode };

/** Registers a task that is about to be spawned; its options from then on. */
function prepare(def: TaskDefinition, options: SpawnOptions): SpawnOptions {
  const registrations: Registration[] = [];
  try {
    for (const it of options.phased as readonly Phased[]) {
      const target = it instanceof Phaser ? it : it?.phaser;
      if (!(target instanceof Phaser)) throw new UsageError("phased: each element must be a phaser, or { phaser, mode }");
      registrations.push(target.enrollChild(it instanceof Phaser ? undefined : it.mode, def.name));
    }
  } catch (error) {
    for (const registration of registrations) registration.phaser.leaveFor(registration);
    throw error;
  }
  return { ...options, phased: registrations, onEnd: count(registrations) };
}

/** Counts the members here, and returns what ends their membership: `here` is false when it went on in another thread. */
function count(registrations: readonly Registration[]): (here: boolean) => void {
  for (const { phaser } of registrations) phaser.countMembers(1);
  let ended = false;
  return (here) => {
    if (ended) return;
    ended = true;
    for (const registration of registrations) {
      if (here) registration.phaser.leaveFor(registration);
      registration.phaser.countMembers(-1);
    }
  };
}

onPhasedSpawn(prepare);

onGuest((future, options) => {
  if (options.phased !== undefined) (rareOf(future).onEnd ??= []).push(count(options.phased as readonly Registration[]));
});

/**
 * Makes a phaser, with whoever runs as its first member: until it drops out, until the task ends, or until the body of the
 * innermost finish scope ends, whichever comes first. Never blocks.
 *
 * @throws UsageError `HEDDLE_USAGE` for a mode in which nobody could ever signal.
 */
export function phaser(mode: PhaserMode = "signalWait"): Phaser {
  checkMode(mode);
  if (mode === "wait") {
    throw new UsageError(
      'phaser: the mode is "wait", so nobody could ever signal: a task hands on only what it may do itself. Make it "signalWait".',
    );
  }
  const home = phaserHome();
  const { station } = home;
  const made = new Phaser(home, 0);
  made.site = siteIfCheap();
  if (station === null) {
    made.block = home.alloc(PHASER_WORDS * 4);
    home.i32.fill(0, made.block >>> 2, (made.block >>> 2) + PHASER_WORDS);
    serialBlocks.register(made, { home, block: made.block });
  } else {
    made.entry = station.objects.adopt(made);
    made.block = station.objects.share(made.entry, ObjType.PHASER, PHASER_WORDS);
  }
  const record = home.alloc(RECORD_BYTES);
  enroll(home.i32, made.block, record, 0);
  made.keep({ phaser: made, mode, record, signals: 0, waits: 0, left: false });
  return made;
}

const serialBlocks = new FinalizationRegistry<{ home: PhaserHome; block: number }>(({ home, block }) => {
  eachRecord(home.i32, block, (record) => home.free(record));
  home.free(block);
});

// ---- other threads -------------------------------------------------------------------------------------------------

const BRAND = Symbol.for("heddle.phaser");
Object.defineProperty(Phaser.prototype, BRAND, { value: true });

interface Description {
  id: number;
  block: number;
}

registerCrossing({
  tag: "phaser",
  describe(value, station): Description | undefined {
    if (!(BRAND in value)) return undefined;
    if (!(value instanceof Phaser) || value.entry?.station !== station) {
      throw new ForeignError(
        "This phaser belongs to another runtime, or to another copy of heddle: make it where its tasks are spawned.",
      );
    }
    station.objects.lend(value.block);
    return { id: value.entry.id, block: value.block };
  },
  revive(data, station) {
    const { id, block } = data as Description;
    return station.objects.revive(
      id,
      block,
      () => new Phaser(stationHome(station), block),
      (made, entry) => {
        made.entry = entry;
      },
    );
  },
});

registerObjectType(ObjType.PHASER, (station: Station, block: number) => {
  const { mem, heap } = station;
  const head = (block >>> 2) + Obj.HEAD;
  const outcome = resultOf(mem.i32, head);
  if (outcome !== 0) freeOutcome(station, outcome);
  else eachWaiter(mem.i32, mem.i32[head]! >>> 0, (node) => heap.free(node));
  eachRecord(mem.i32, block, (record) => heap.free(record));
});

onDeath(DutyKind.PHASER, (station, block, error) => {
  const lost = new WorkerLostError(
    `A worker died that had tasks in this phaser, so that its phase cannot end. ${error.message}`,
    {
      cause: error.cause,
    },
  );
  closeWith(station, block, writeOutcomeSafely(station, State.FAILED, lost));
  station.objects.drop(block);
});
