/** What comes before what, in one serial run: an answer to every event of ../sched/watch.ts. See README.md. */
import { type Frame, Future } from "../sched/core.ts";
import { moreOf, nameOf } from "../sched/more.ts";
import { serialPlaces } from "../sched/places.ts";
import { Scope } from "../sched/scope.ts";
import { State } from "../sched/state.ts";
import { currentFrame, frameContext } from "../sched/thread.ts";
import type { Elements, Part, Past, Touch, Watch } from "../sched/watch.ts";
import type { Heap } from "../shared/heap/heap.ts";
import type { SharedMemory } from "../shared/memory.ts";
import { type Clock, NOTHING } from "./clock.ts";
import { Group } from "./loops.ts";
import { Objects } from "./objects.ts";
import { nobody, outside, placeHere } from "./outside.ts";
import { Phases } from "./phases.ts";
import { type Info, Roll, Strand } from "./strand.ts";
import { Locks, type Turn } from "./turns.ts";

type Any = Future<unknown>;

/** For a time something else runs on a frame than the frame's own strand. */
interface Instead {
  readonly frame: Frame | null;
  readonly strand: Strand;
  readonly below: Instead | null;
}

export interface Others {
  heap(mem: SharedMemory, heap: Heap): void;
  /** The position in the text of the call that runs. */
  site(): number;
  touches(how: Touch, elements: Elements, site: number): void;
  lies(mem: SharedMemory, address: number, place: number, part: Part | null): void;
  kernel(name: string, args: readonly unknown[]): void;
}

export class Order implements Watch {
  readonly roll = new Roll();
  tasks = 0;
  iterations = 0;
  /** How many operations on global memory are being begun, one inside the other: heddle's own code moves their data. */
  operating = 0;
  operationSite = 0;
  readonly #others: Others;
  /** The code outside of tasks, by place. */
  readonly #outsides: Strand[] = [];
  readonly #strands = new WeakMap<Any, Strand>();
  /** What comes before whoever sees how a future was settled. */
  readonly #outcomes = new WeakMap<Any, Clock>();
  /** The same of futures that are not settled, as far as it is known. */
  readonly #fed = new WeakMap<Any, Clock>();
  readonly #scopes = new WeakMap<Scope, Clock>();
  readonly #phases = new Phases();
  readonly #locks = new Locks();
  readonly #objects = new Objects<Any>();
  readonly #turns = new WeakMap<Any, Turn>();
  readonly #atomicsOrder: boolean;
  #instead: Instead | null = null;
  readonly #groups: Group[] = [];
  #unplaced: Info[] = [];
  #lastFrame: Frame | null | undefined;
  #lastStrand: Strand = this.#outside;

  get #outside(): Strand {
    const place = placeHere();
    return (this.#outsides[place] ??= new Strand(NOTHING, outside(place)));
  }

  /** With `atomicsOrder`, turns with a lock come after those before them. */
  constructor(others: Others, atomicsOrder: boolean) {
    this.#others = others;
    this.#atomicsOrder = atomicsOrder;
  }

  // ---- who runs ------------------------------------------------------------------------------------------------------

  current(): Strand {
    const frame = currentFrame();
    if (frame === this.#lastFrame) return this.#lastStrand;
    const strand = this.#strandOn(frame);
    // On the same frame the code outside of tasks of another place may be next.
    this.#lastFrame = strand.info.kind === "outside" && serialPlaces !== null ? undefined : frame;
    return (this.#lastStrand = strand);
  }

  #strandOn(frame: Frame | null): Strand {
    for (let it = frame; ; it = it.owner) {
      if (this.#instead !== null && this.#instead.frame === it) return this.#instead.strand;
      if (it === null) return this.#outside;
      if (it instanceof Future) return this.#strandOf(it);
    }
  }

  #strandOf(future: Any): Strand {
    let strand = this.#strands.get(future);
    if (strand === undefined) {
      const place = future.def.place ?? placeHere();
      strand = new Strand(NOTHING, { name: nameOf(future), kind: "task", site: 0, place, parent: null, parentIndex: -1 });
      this.#strands.set(future, strand);
    }
    return strand;
  }

  /** Until `leave`, `strand` runs on the frame that is there. */
  #enter(strand: Strand): void {
    let frame = currentFrame();
    while (frame instanceof Scope) frame = frame.owner;
    this.#instead = { frame, strand, below: this.#instead };
    this.#lastFrame = undefined;
  }

  #leave(): void {
    this.#instead = this.#instead!.below;
    this.#lastFrame = undefined;
  }

  #as<T>(strand: Strand, body: () => T): T {
    this.#enter(strand);
    try {
      return body();
    } finally {
      this.#leave();
    }
  }

  // ---- tasks and futures -----------------------------------------------------------------------------------------------

  heap(mem: SharedMemory, heap: Heap): void {
    this.#others.heap(mem, heap);
  }

  kernel(name: string, args: readonly unknown[]): void {
    this.#others.kernel(name, args);
  }

  /** Whom a report names as the parent of what is made now. */
  #parent(by: Strand, frame: Frame | null): Strand {
    const shown = by.info.kind === "nobody" ? this.#strandOn(frame) : by;
    return shown.info.kind === "nobody" ? this.#outside : shown;
  }

  spawned(future: Any): void {
    this.tasks++;
    moreOf(future);
    const by = this.current();
    const parent = this.#parent(by, future.owner);
    const place = future.def.place ?? placeHere();
    const info: Info = { name: nameOf(future), kind: "task", site: 0, place, parent: parent.info, parentIndex: parent.index };
    this.#unplaced.push(info);
    const strand = new Strand(by.past(), info);
    strand.turn = by.turn;
    this.#strands.set(future, strand);
  }

  /** The call at this position has spawned what has none yet. */
  placed(site: number): void {
    if (this.#unplaced.length === 0) return;
    for (const info of this.#unplaced) info.site = site;
    this.#unplaced = [];
  }

  made(future: Any): void {
    this.#feed(future, this.current().past());
  }

  #feed(future: Any, clock: Clock): void {
    const strand = this.#strands.get(future);
    if (strand !== undefined) strand.learn(clock);
    else this.#fed.set(future, (this.#fed.get(future) ?? NOTHING).union(clock));
  }

  feeds(input: Any | null, future: Any): void {
    if (future.state >= State.DONE) return;
    this.#feed(future, input === null ? this.current().past() : (this.#outcomes.get(input) ?? NOTHING));
  }

  runFed<T>(future: Any, body: () => T): T {
    const { info } = this.#strandOn(future.owner);
    const named: Info = info.kind === "task" ? { ...info, kind: "nobody" } : nobody();
    return this.#as(new Strand(this.#fed.get(future) ?? NOTHING, named), body);
  }

  past(): Past {
    return this.current().past();
  }

  runAfter<T>(pasts: readonly Past[], body: () => T): T {
    let clock = NOTHING;
    for (const past of pasts) clock = clock.union(past as Clock);
    return this.#as(new Strand(clock, nobody()), body);
  }

  continuation(): <T>(body: () => T) => T {
    const strand = this.current();
    const frame = currentFrame();
    return (body) => {
      strand.learn(this.current().past());
      return this.#as(strand, () => frameContext().run(frame, body));
    };
  }

  listener(): (past: Past) => void {
    const strand = this.current();
    return (past) => strand.learn(past as Clock);
  }

  observed(future: Any): void {
    this.#observed(this.current(), future);
  }

  #observed(strand: Strand, future: Any): void {
    const clock = this.#outcomes.get(future);
    if (clock !== undefined) strand.learn(clock);
    const turn = this.#turns.get(future);
    if (turn === undefined || turn.owner !== null) return;
    turn.begin(strand);
    if (this.#atomicsOrder) strand.learn(turn.lock.released);
  }

  /** As `observed`, by a strand that goes on later. */
  observer(future: Any): () => void {
    const strand = this.current();
    return () => this.#observed(strand, future);
  }

  settles(future: Any, body: () => void): void {
    const clock = this.#phases.of(future) ?? (this.#fed.get(future) ?? NOTHING).union(this.current().past());
    this.#fed.delete(future);
    this.#outcomes.set(future, clock);
    if (future.scope !== null) this.#addTo(future.scope, clock);
    this.#as(new Strand(clock, nobody()), body);
  }

  ends(future: Any, body: () => void): void {
    const strand = this.#strandOf(future);
    strand.ended = true;
    this.#objects.end(strand);
    if (future.scope !== null) this.#addTo(future.scope, strand.past());
    this.#as(strand, body);
  }

  #addTo(scope: Scope, clock: Clock): void {
    this.#scopes.set(scope, (this.#scopes.get(scope) ?? NOTHING).union(clock));
  }

  turn(lock: string, future: Any): void {
    this.#turns.set(future, this.#locks.turn(lock));
  }

  turnEnds(future: Any): void {
    const turn = this.#turns.get(future);
    if (turn === undefined) return;
    turn.end();
    if (this.#atomicsOrder) turn.lock.released = turn.lock.released.union(this.current().past());
  }

  calls(object: number, future: Any): void {
    const caller = this.current();
    if (caller.id === 0) this.roll.enter(caller);
    caller.touched();
    const { id, step, clock } = caller;
    for (const past of this.#objects.made(object, future, id, step, placeHere(), clock)) this.#feed(future, past);
    caller.past(); // the step has ended
  }

  callBegins(object: number, interleaves: boolean): void {
    this.#objects.begin(this.current(), this.#locks.turn(`object ${object}`, interleaves));
  }

  callEnds(object: number, future: Any): void {
    const strand = this.current();
    if (!strand.ended) return this.#objects.forget(object, future); // it has not begun
    const past = strand.past();
    for (const later of this.#objects.ended(object, future, past)) this.#feed(later, past);
  }

  closes(scope: Scope, future: Any | null): void {
    const clock = this.#scopes.get(scope) ?? NOTHING;
    if (future === null) this.current().learn(clock);
    else this.#feed(future, clock);
  }

  rests(): void {
    this.current().learn(NOTHING.withAll(1, this.roll.size));
  }

  // ---- global memory -----------------------------------------------------------------------------------------------------

  operation<F extends Any>(name: string, body: () => F): F {
    const by = this.current();
    if (this.operating > 0) return this.#partOf(by, body);
    const parent = this.#parent(by, currentFrame());
    const scope = currentFrame()?.scope ?? null;
    const info: Info = {
      name,
      kind: "operation",
      site: this.#others.site(),
      place: parent.info.place,
      parent: parent.info,
      parentIndex: parent.index,
    };
    const strand = new Strand(by.past(), info);
    strand.turn = by.turn;
    this.operating++;
    this.operationSite = info.site;
    let future: F;
    try {
      future = this.#as(strand, body);
    } finally {
      this.operating--;
      strand.ended = true;
    }
    const past = strand.past();
    if (future.state < State.DONE) this.#feed(future, past);
    else this.#outcomes.set(future, (this.#outcomes.get(future) ?? NOTHING).union(past));
    if (scope !== null) this.#addTo(scope, past);
    return future;
  }

  /** One of those that an operation consists of. */
  #partOf<F extends Any>(operation: Strand, body: () => F): F {
    const future = body();
    if (future.state >= State.DONE) this.#outcomes.set(future, operation.past());
    return future;
  }

  touches(how: Touch, elements: Elements): void {
    this.#others.touches(how, elements, this.#others.site());
  }

  lies(mem: SharedMemory, address: number, place: number, part: Part | null): void {
    this.#others.lies(mem, address, place, part);
  }

  // ---- phasers ---------------------------------------------------------------------------------------------------------

  signals(phaser: object, phase: number): void {
    this.#phases.signal(phaser, phase, this.current().past());
  }

  awaitsPhase(phaser: object, phase: number, future: Any): void {
    if (future.state >= State.DONE) this.#outcomes.set(future, this.#phases.before(phaser, phase));
    else this.#phases.await(phaser, phase, future);
  }

  single(phaser: object, phase: number, action: (phase: number) => void): void {
    const parent = this.#outside.info;
    const info: Info = { name: "the action of a phaser", kind: "action", site: 0, place: placeHere(), parent, parentIndex: -1 };
    const strand = new Strand(this.#phases.before(phaser, phase + 1), info);
    try {
      this.#as(strand, () => action(phase));
    } finally {
      strand.ended = true;
      this.#phases.signal(phaser, phase, strand.past());
    }
  }

  // ---- parallel loops --------------------------------------------------------------------------------------------------

  loop(run: () => void): void {
    const outer = this.#open("iteration");
    try {
      run();
    } finally {
      this.#close(outer);
    }
  }

  #open(name: string): Group | null {
    const strand = this.current();
    const group = this.#groups.at(-1);
    if (group?.strand === strand) return null;
    const made = new Group(strand, name, this.roll);
    this.#groups.push(made);
    return made;
  }

  #close(group: Group | null): void {
    if (group === null) return;
    this.#groups.pop();
    group.close();
  }

  /** Runs a loop whose iterations call `iteration`. They are those of the loop around it, if it is a piece of one. */
  parallel<T>(run: () => T): T {
    const group = this.#open("iteration");
    try {
      return run();
    } finally {
      this.#close(group);
    }
  }

  /** Runs one iteration. With `inOrder`, the rest of what runs here comes after it. */
  iteration<T>(index: number, inOrder: boolean, body: () => T): T {
    this.iterations++;
    const group = this.#groups.at(-1)!;
    const strand = group.begin(index);
    this.#enter(strand);
    try {
      return body();
    } finally {
      this.#leave();
      group.end(strand, inOrder);
    }
  }
}
