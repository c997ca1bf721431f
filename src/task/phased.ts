/** Making phasers, and the memberships of tasks in them: made when the task is spawned, ended with it, carried along when it is stolen. */
import { ForeignError, UsageError, WorkerLostError } from "../errors.ts";
import { registerCrossing } from "../sched/crossing.ts";
import type { SpawnOptions, TaskDefinition } from "../sched/definition.ts";
import { DutyKind, onDeath } from "../sched/duties.ts";
import { onGuest } from "../sched/guests.ts";
import { rareOf } from "../sched/more.ts";
import { registerObjectType } from "../sched/objects.ts";
import { serialPlaces } from "../sched/places.ts";
import { siteIfCheap } from "../sched/spawn-site.ts";
import { State } from "../sched/state.ts";
import type { Station } from "../sched/station.ts";
import { Control } from "../shared/layout.ts";
import { MentionKind, type Mentions } from "../shared/mentions.ts";
import { Obj, ObjType } from "../shared/object.ts";
import { advance, eachRecord, enroll, isComplete, leave, origin, PHASER_WORDS, RECORD_BYTES, trunkOf } from "../shared/phaser.ts";
import { eachWaiter, resultOf } from "../shared/waiters.ts";
import { FarNews, numberOf, tellAboutPhaser } from "./far-phaser.ts";
import { onPhasedSpawn } from "./options.ts";
import { closeWith, freeOutcome, onDroppedMember, writeOutcomeSafely } from "./outcome.ts";
import { Phaser } from "./phaser.ts";
import { type PhaserHome, phaserHome, stationHome } from "./phaser-home.ts";
import { checkMode, FarRegistration, type PhaserMode, type Registration } from "./registration.ts";

/** A phaser, for a task that is to have the mode of the one that spawns it, or a phaser with a mode. */
export type Phased = Phaser | { readonly phaser: Phaser; readonly mode: PhaserMode };

/** Registers a task that is about to be spawned; its options from then on. */
function prepare(def: TaskDefinition, options: SpawnOptions): SpawnOptions {
  const goesAway = options.place !== undefined && serialPlaces === null;
  const registrations: Registration[] = [];
  try {
    for (const it of options.phased as readonly Phased[]) {
      const target = it instanceof Phaser ? it : it?.phaser;
      if (!(target instanceof Phaser)) throw new UsageError("phased: each element must be a phaser, or { phaser, mode }");
      const mode = it instanceof Phaser ? undefined : it.mode;
      registrations.push(goesAway ? target.enrollFar(mode, def.name) : target.enrollChild(mode, def.name));
    }
  } catch (error) {
    for (const registration of registrations) {
      if (registration instanceof FarRegistration) registration.phaser.endFar(registration, true);
      else registration.phaser.leaveFor(registration);
    }
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
      const { phaser } = registration;
      const isFar = registration instanceof FarRegistration;
      if (isFar) phaser.endFar(registration, here);
      if (here && !isFar) phaser.leave(registration);
      else phaser.countMembers(-1);
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

function describe(value: object, station: Station): Description | undefined {
  if (!(BRAND in value)) return undefined;
  if (!(value instanceof Phaser) || value.entry?.station !== station) {
    throw new ForeignError(
      "This phaser belongs to another runtime, or to another copy of heddle: make it where its tasks are spawned.",
    );
  }
  station.objects.lend(value.block);
  return { id: value.entry.id, block: value.block };
}

function revive({ id, block }: Description, station: Station): Phaser {
  return station.objects.revive(
    id,
    block,
    () => new Phaser(stationHome(station), block),
    (made, entry) => {
      made.entry = entry;
    },
  );
}

/** Where the phaser stands in the list of what the message mentions; undefined when it is none. */
function describeAway(value: object, station: Station, mentions: Mentions): number | undefined {
  if (!(BRAND in value)) return undefined;
  if (value instanceof Phaser) value.openForOthers();
  const { block } = describe(value, station)!;
  const { mem } = station;
  const { home, number } = origin(mem.i32, block) ?? { home: mem.i32[Control.PLACE]!, number: numberOf(station, block) };
  return mentions.add(MentionKind.PHASER, block, home, number);
}

function reviveAway(at: number, station: Station, mentions: Mentions): Phaser {
  const block = mentions.valueAt(at, MentionKind.PHASER);
  return revive({ id: station.mem.f64[((block >>> 2) + Obj.ID) >>> 1]!, block }, station);
}

registerCrossing({
  tag: "phaser",
  describe,
  revive: (data, station) => revive(data as Description, station),
  beside: (value) => (value instanceof Phaser ? value : undefined),
  away: { describe: describeAway, revive: (at, station, mentions) => reviveAway(at as number, station, mentions) },
});

interface Member extends Pick<Registration, "mode" | "signals" | "waits"> {
  /** Position of the phaser among what is mentioned; the member comes behind it, if it signals. */
  readonly at: number;
  readonly hasRecord: boolean;
}

registerCrossing({
  tag: "member of a phaser",
  describe: (value) => (value instanceof FarRegistration ? { ...value } : undefined),
  revive: (data) => data,
  away: {
    describe(value, station, mentions): Member | undefined {
      if (!(value instanceof FarRegistration)) return undefined;
      const { phaser, mode, record, signals, waits, ticket } = value;
      const at = describeAway(phaser, station, mentions)!;
      if (record !== 0) mentions.add(MentionKind.MEMBER, record, signals, ticket);
      return { at, hasRecord: record !== 0, mode, signals, waits };
    },
    revive(data, station, mentions): Registration {
      const { at, hasRecord, mode, signals, waits } = data as Member;
      const phaser = reviveAway(at, station, mentions);
      return { phaser, mode, record: hasRecord ? mentions.nameAt(at + 1) : 0, signals, waits, left: false };
    },
  },
});

onDroppedMember((station, block, record) => {
  const home = stationHome(station);
  const { i32 } = station.mem;
  if (leave(i32, block, record)) advance(i32, block, home.post, (it) => home.free(it));
  if (isComplete(i32, block)) tellAboutPhaser(station, block, FarNews.LOOK);
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
  if (trunkOf(station.mem.i32, block) !== 0) tellAboutPhaser(station, block, FarNews.LOOK);
  station.objects.drop(block);
});
