/**
 * The tracer of one thread. It follows which task runs, charges time to it, and writes events into the thread's ring. Subtrees of tasks too
 * small to be told apart are folded: their work and their path go to the parent. See ../trace/README.md, "Folding" and "The clock".
 */
import { CancelledError } from "../errors.ts";
import { getPlatform } from "../platform/platform.ts";
import { cellNumber, ownerOf } from "../shared/cell.ts";
import type { Heap } from "../shared/heap/heap.ts";
import { CELLS_PER_SLOT, type Layout } from "../shared/layout.ts";
import { type TraceBuffer, type TraceSettings, threadOf } from "../trace/buffer.ts";
import { makeClock } from "../trace/clock.ts";
import { Category, Dep, REMOTE_NAMES, Status } from "../trace/events.ts";
import { RingWriter } from "../trace/ring.ts";
import { Future, runningTask } from "./core.ts";
import { Body, NO_TASK, type TaskDefinition } from "./definition.ts";
import { writeBatch, writeBegin, writeEnd, writeSegment, writeSpawn } from "./records.ts";
import { type Batch, Kind, Run, SAMPLE } from "./run-note.ts";
import type { Scope } from "./scope.ts";
import { lineOf } from "./spawn-site.ts";
import type { Station } from "./station.ts";
import { currentFrame, frameContext, thread } from "./thread.ts";
import { type TracedFuture, tracedBody, tracedSpawn } from "./traced-task.ts";
import type { Asked, Awaiter, PhaseName, RemoteAbout, Tracer } from "./tracing.ts";

/** The main strand of a thread, as its events call it. */
export const MAIN = 1;

/** What is known of a future's spawn: `tflag`. */
export const Told = { NO: 0, SPAWN: 1, FOLDED: 2, SCOPE: 3 } as const;

/** In which the time of a spawn is kept. */
const TICK_NS = 64;
/** A segment ends by itself before its path (ns) gets longer, so that offsets in it are small integers. */
const MOST_PATH = 1e9;
/** While tasks are fine, the clock is read about so often (ns), at the latest after so many events. */
const READ_NS = 6000;
const MOST_EVENTS = 64;
/** A time between two readings that hides a coarse task. */
const SURPRISE_NS = 20_000;
/** Waits and slices shorter than this (ns) are not drawn. */
const LEAST_DRAWN_NS = 1000;
/** How often (ns) figures are written that are only counted otherwise. */
const FLUSH_NS = 50e6;
/** After so many records of a thread, what is folded is doubled, and after twice and four times as many again. */
const DOUBLE_AFTER = 8192;
const MOST_DOUBLINGS = 8;
/** So many failures are told between two flushes. */
const MOST_FAILURES = 16;

export class Recorder implements Tracer {
  readonly on = true;
  readonly ring: RingWriter;
  /** The heap of the first runtime, once there is one. */
  #heap: Heap | null = null;
  readonly #settings: TraceSettings;
  /** Subtrees that take less (ns) are folded. */
  fold: number;
  /** The clock is read at the latest after so many events. */
  readonly #mostEvents: number;
  readonly #firstFold: number;
  readonly #adapts: boolean;
  readonly #clock: () => number;
  readonly #kinds = new Map<TaskDefinition, Kind>();
  readonly #isMain: boolean;
  readonly #idleNow: () => number;
  #nextN = MAIN;
  #nextKind = 0;
  /** What runs, innermost last; 0 is the thread itself. */
  readonly #stack: Run[] = [];
  #depth = 0;
  #cur: Run;
  readonly #root: Run;
  /** Runs of plain tasks and of waits by depth, used again and again: they end in the order of the stack. */
  readonly #plain: Run[] = [];
  #last = 0.5;
  #countdown = 1;
  #interval = 1;
  #readings = 0;
  #tasks = 0;
  #lastKind: Kind | null = null;
  #idle = 0.5;
  #parkedAt = 0.5;
  #parkedFor = 0;
  #flushed = 0.5;
  #lostTold = 0;
  #lastFailure: unknown;
  #failuresLeft = MOST_FAILURES;
  #watching = false;
  #turn = 0;
  #turnAwaited = false;
  /** No batch goes on after this moment that began before it: the stack began or ended to wait then, or a task to run that suspends. */
  #boundary = 0.5;
  /** The batch that was opened last: no older one goes on, so that they lie beside each other. */
  #newest: Batch | null = null;
  readonly #totals = new Float64Array(8);

  /** `clock`: nanoseconds since the beginning of the trace; for tests. */
  constructor(buffer: TraceBuffer, slot: number, clock?: () => number) {
    const { foldNs, adapts, exact, zero } = (this.#settings = buffer.settings);
    this.ring = new RingWriter(buffer, slot);
    this.fold = this.#firstFold = foldNs;
    this.#adapts = adapts;
    this.#mostEvents = exact ? 1 : MOST_EVENTS;
    this.#clock = clock ?? makeClock(zero);
    this.#isMain = slot === 0;
    this.#idleNow = clock === undefined && this.#isMain ? getPlatform().idleNs : () => 0;
    this.#root = this.#cur = this.#stack[0] = new Run().reset(null, null, MAIN, 0);
    this.#root.emitted = true;
    this.#root.begin = this.#last = this.#flushed = this.#clock();
    this.#idle = this.#idleNow();
    if (this.#isMain) {
      const d = this.#tell("main", "", 0, Body.PLAIN);
      this.ring.write("spawn", { def: d, n: MAIN, time: this.#last });
      this.ring.write("begin", { def: d, n: MAIN, time: this.#last });
    }
  }

  // ---- time ----------------------------------------------------------------------------------------------------------

  /** Reads the clock, and charges the time since the last reading to what has run. */
  #read(): void {
    const now = this.#clock();
    let passed = now - this.#last;
    this.#last = now;
    this.#readings++;
    const run = this.#cur;
    if (passed > SURPRISE_NS && this.#lastKind !== null && !this.#lastKind.coarse) this.#lastKind.surprise();
    if (passed > READ_NS) this.#interval = (this.#interval + 1) >> 1;
    else if (this.#interval < this.#mostEvents && passed * 2 < READ_NS) this.#interval++;
    this.#countdown = this.#interval;
    if (run === this.#root && this.#isMain && passed > 100_000) {
      const idle = this.#idleNow();
      passed = Math.max(0, passed - Math.max(0, idle - this.#idle));
      this.#idle = idle;
    }
    run.self += passed;
    run.path += passed;
    if (run.path > MOST_PATH && (run.kind !== null || (run === this.#root && this.#isMain))) this.#split(run);
    if (now - this.#flushed > FLUSH_NS) this.flush();
  }

  #look(must: boolean): void {
    if (--this.#countdown <= 0 || must) this.#read();
  }

  /** A segment that has become too long. */
  #split(run: Run): void {
    while (run.path > MOST_PATH) {
      const rest = { self: run.self - Math.min(run.self, MOST_PATH), path: run.path - MOST_PATH };
      run.self = Math.min(run.self, MOST_PATH);
      run.path = MOST_PATH;
      this.#segment(run, Dep.NONE, 0, 0, 0);
      run.self = rest.self;
      run.path = rest.path;
    }
  }

  // ---- tasks ---------------------------------------------------------------------------------------------------------

  makeSpawn(def: TaskDefinition): ((...args: never[]) => Future<unknown>) | null {
    this.#kindOf(def);
    return tracedSpawn(def, this);
  }

  measures(heap: Heap): void {
    this.#heap ??= heap;
  }

  /** The kind of a definition, whose body is wrapped from now on if it is a plain one. */
  #kindOf(def: TaskDefinition): Kind {
    let kind = this.#kinds.get(def);
    if (kind === undefined) {
      this.#kinds.set(def, (kind = new Kind(def)));
      if (def.body === Body.PLAIN && def !== NO_TASK) (def as { fn: unknown }).fn = tracedBody(def, kind, this);
    }
    return kind;
  }

  /** The number of a definition in events. */
  #idOf(kind: Kind | null): number {
    if (kind === null) return 0;
    if (kind.id === 0) kind.id = this.#tell(kind.def.name, kind.def.url, lineOf(kind.def), kind.def.body);
    return kind.id;
  }

  #tell(name: string, url: string, line: number, body: number): number {
    this.ring.write("define", { def: ++this.#nextKind, body }, JSON.stringify({ name, url, line }));
    return this.#nextKind;
  }

  /** The short way, for a task that the running one spawns. */
  spawnedHere(future: TracedFuture): void {
    const run = this.#cur;
    if (--this.#countdown <= 0 || run.coarse) this.#read();
    future.tn = ++this.#nextN;
    future.tseg = run.seg;
    future.tpath = run.path | 0;
    future.twork = (run.self + run.inner) | 0;
    future.tat = (this.#last / TICK_NS) | 0;
    run.live++;
    run.told = true;
    if (future.def.body !== Body.PLAIN) future.texact = this.#last;
  }

  spawned(future: Future<unknown>): void {
    this.#kindOf(future.def);
    const it = future as TracedFuture;
    const run = this.#parentOf(future);
    this.#look(true);
    it.tn = ++this.#nextN;
    it.tflag = Told.NO;
    it.tseg = run?.seg ?? 0;
    it.tpath = run === null ? 0 : run.path | 0;
    it.twork = run === null ? 0 : (run.self + run.inner) | 0;
    it.texact = this.#spawnedAt(future, run);
    if (run === null) return;
    run.live++;
    run.told = true;
  }

  spawnsLater(): void {
    const run = (runningTask(currentFrame()) as TracedFuture | null)?.trun ?? null;
    if (run === null) return;
    this.#emit(run);
    run.told = true;
  }

  /** What a task spawns when its inputs come is told where that was last running: an arrow begins in a slice. */
  #spawnedAt(future: Future<unknown>, run: Run | null): number {
    if (run === null) return this.#isMain ? this.#last : this.#endOf(taskAbove(future));
    if (run.future === null || this.#onStack(run)) return this.#last;
    this.#drawLast(run);
    return run.since;
  }

  /** When a task of this thread ended that was told apart. */
  #endOf(task: TracedFuture | null): number {
    if (task === null || task.tflag !== Told.SPAWN || task.tn === undefined) return this.#last;
    return this.#last - ((((this.#last / TICK_NS) | 0) - task.tat) >>> 0) * TICK_NS;
  }

  #drawLast(run: Run): void {
    if (!run.drawn) this.#draw(run, run.sliceBegan, run.since);
    run.drawn = true;
  }

  #onStack(run: Run): boolean {
    for (let i = this.#depth; i > 0; i--) if (this.#stack[i] === run) return true;
    return false;
  }

  /** The run below which a future was spawned, as long as that goes on here. */
  #parentOf(future: Future<unknown>): Run | null {
    const task = taskAbove(future);
    if (task === null) return this.#isMain ? this.#root : null;
    return task.trun ?? null;
  }

  begin(future: TracedFuture, kind: Kind): Run {
    if (future.tn === undefined) this.spawned(future);
    let measured = kind.coarse;
    if (!measured && --kind.until <= 0) {
      measured = true;
      kind.until = SAMPLE;
    }
    if (--this.#countdown <= 0 || measured) this.#read();
    this.#lastKind = kind;
    const depth = ++this.#depth;
    const run = (this.#plain[depth] ??= new Run());
    run.at = thread.at;
    run.kind = kind;
    run.n = future.tn!;
    run.begin = this.#last;
    run.self = run.inner = run.path = run.detached = run.pieces = run.before = 0;
    run.seg = run.folded = run.live = 0;
    run.emitted = false;
    run.coarse = kind.coarse;
    run.measured = measured;
    future.trun = run;
    if (this.#stack[depth] !== run) this.#stack[depth] = run;
    this.#cur = run;
    if (future.tflag === Told.SPAWN) this.#emit(run);
    return run;
  }

  /** Null for waits and the thread itself. */
  #futureOf(run: Run): TracedFuture | null {
    return run.at >= 0 ? (thread.items[run.at] as TracedFuture) : (run.future as TracedFuture | null);
  }

  /** A wait, or a task that suspends; the clock has just been read. */
  #push(run: Run): void {
    this.#boundary = this.#last;
    this.#stack[++this.#depth] = run;
    this.#cur = run;
  }

  #pop(): void {
    this.#boundary = this.#last;
    this.#cur = this.#stack[--this.#depth]!;
  }

  end(run: Run, failed: boolean): void {
    if (--this.#countdown <= 0 || run.measured) this.#read();
    this.#cur = this.#stack[--this.#depth]!;
    this.#close(run, failed);
  }

  /** A body throws. What it passes on from a child is no news, and neither is a cancellation. */
  failed(run: Run, error: unknown): void {
    if (error === this.#lastFailure || error instanceof CancelledError) return;
    this.#lastFailure = error;
    if (--this.#failuresLeft < 0) return;
    this.ring.write("failure", { def: this.#idOf(run.kind), n: run.n, time: this.#last }, storyOf(error));
  }

  /** A task has ended: it is folded into its parent, or its end is written. */
  #close(run: Run, failed: boolean): void {
    const future = this.#futureOf(run)!;
    future.trun = null;
    this.#tasks++;
    const own = run.before + run.self;
    const kind = run.kind!;
    kind.since++;
    if (run.measured) kind.note(own);
    this.#totals[Category.TASKS]! += own;
    const parent = (future.owner as TracedFuture | null)?.trun ?? this.#parentOf(future);
    if (
      parent !== null &&
      !run.emitted &&
      !failed &&
      run.live === 0 &&
      future.tflag === Told.NO &&
      this.#last - run.begin < this.fold
    ) {
      this.#foldInto(parent, run, future);
    } else {
      this.#writeEnd(run, failed ? Status.FAILED : Status.OK);
      future.tat = ((run.future === null ? this.#last : run.since) / TICK_NS) | 0;
    }
    if (parent !== null) parent.live--;
  }

  #writeEnd(run: Run, status: number): void {
    this.#emit(run);
    this.#closeBatch(run);
    const plain = run.kind === null || run.kind.def.body === Body.PLAIN;
    writeEnd(this.ring, this.#idOf(run.kind), run, status, plain ? run.begin : -1, plain ? this.#last : run.since);
  }

  /** Writes the spawn and the beginning of a task, and before that of all on whose stack it runs. */
  #emit(run: Run): void {
    if (run.emitted) return;
    for (let i = 1; i <= this.#depth; i++) this.#emitOne(this.#stack[i]!);
    this.#emitOne(run);
  }

  #emitOne(run: Run): void {
    const future = this.#futureOf(run);
    if (run.emitted || future === null) return;
    run.emitted = true;
    this.#tellSpawn(future);
    writeBegin(this.ring, this.#idOf(run.kind), run);
  }

  #tellSpawn(future: TracedFuture): void {
    if (future.tflag === Told.SPAWN) return;
    future.tflag = Told.SPAWN;
    const parent = this.#parentOf(future);
    if (parent !== null) {
      this.#emit(parent);
      this.#closeBatch(parent);
    }
    const task = taskAbove(future);
    const above = task === null ? (this.#isMain ? MAIN : 0) : (task.tn ?? 0);
    const def = this.#idOf(this.#kindOf(future.def));
    const scope = future.scope === null ? 0 : this.#scopeN(future.scope);
    writeSpawn(this.ring, def, this.#spawnTime(future, parent), future, above, scope);
  }

  /** When it was spawned: in ticks, which wrap around, up to now. */
  #spawnTime(future: TracedFuture, parent: Run | null): number {
    if (future.texact !== undefined) return future.texact;
    const ticks = ((this.#last / TICK_NS) | 0) - future.tat;
    const time = this.#last - (ticks >>> 0) * TICK_NS;
    const since = parent === null ? 0 : parent.at >= 0 ? parent.begin : parent.since;
    return since - time < 2 * TICK_NS ? Math.max(since, time) : time;
  }

  #scopeN(scope: Scope): number {
    return (scope.tn ??= ++this.#nextN);
  }

  // ---- folding -------------------------------------------------------------------------------------------------------

  #foldInto(parent: Run, run: Run, future: TracedFuture): void {
    const work = run.self + run.inner;
    const from = future.tpath!;
    const end = from + run.path;
    const last = Math.max(end, from + run.detached);
    if (future.tseg === parent.seg) {
      if (parent.detached < last) parent.detached = last;
    } else this.ring.write("detached", { n: parent.n, seg: future.tseg!, path: last });
    future.tflag = Told.FOLDED;
    future.tpath = end | 0;
    parent.folded += run.folded + 1;
    if (!parent.emitted && this.#last - parent.begin >= this.fold) this.#emit(parent);
    if (parent.emitted) this.#batch(parent, run.kind, run.folded + 1, run.begin, work, future.twork, from, last, future.tseg);
    else parent.inner += work;
  }

  /** `count` children took `work`; spawned where the parent had done `at` of its own and its path was `from`, they ended by `last`. */
  #batch(
    parent: Run,
    kind: Kind | null,
    count: number,
    begin: number,
    work: number,
    at: number,
    from: number,
    last: number,
    seg: number,
  ): void {
    const { batch } = parent;
    const fits =
      batch.open &&
      batch === this.#newest &&
      batch.begin >= this.#boundary &&
      batch.seg === seg &&
      at <= batch.joined &&
      begin >= batch.end &&
      begin - batch.end < this.fold &&
      batch.work + work <= 2 * this.fold;
    if (fits) {
      batch.work += work;
      batch.count += count;
      batch.end = this.#last;
      batch.path = Math.max(batch.path, last - batch.from);
      if (batch.kind !== kind) batch.kind = null;
      return;
    }
    this.#closeBatch(parent);
    batch.open = true;
    this.#newest = batch;
    batch.kind = kind;
    batch.begin = begin;
    batch.end = this.#last;
    batch.work = work;
    batch.count = count;
    batch.at = at;
    batch.joined = Number.POSITIVE_INFINITY;
    batch.from = from;
    batch.path = last - from;
    batch.seg = seg;
  }

  /** Runs a piece of a loop: its units could have run anywhere at the same time, so that each counts as a child that was folded. */
  piece(units: number, body: (lo: number, hi: number) => void, lo: number, hi: number): void {
    const run = this.#cur;
    this.#read();
    const { self, inner, path, seg, live } = run;
    const begin = this.#last;
    body(lo, hi);
    this.#read();
    if (run !== this.#cur || run === this.#root || run.seg !== seg || run.live !== live) return; // it spawned, or waited
    const work = run.self - self + run.inner - inner;
    const end = path + work / units;
    run.before += run.self - self;
    run.self = self;
    run.inner = inner;
    run.path = path;
    if (run.pieces < end) run.pieces = end;
    if (!run.emitted && this.#last - run.begin >= this.fold) this.#emit(run);
    if (run.emitted) this.#batch(run, run.kind, units, begin, work, self + inner, path, end, seg);
    else run.inner += work;
  }

  /** All pieces of a loop have run that were not given to others. */
  loopEnds(): void {
    const run = this.#cur;
    if (run.path < run.pieces) run.path = run.pieces;
    const { batch } = run;
    if (batch.open && batch.joined === Number.POSITIVE_INFINITY) batch.joined = run.self + run.inner;
  }

  #closeBatch(parent: Run): void {
    const { batch } = parent;
    if (!batch.open) return;
    batch.open = false;
    if (batch.work * 4 < this.fold) parent.inner += batch.work;
    else writeBatch(this.ring, this.#idOf(batch.kind), parent.n, batch);
  }

  // ---- what comes after what -------------------------------------------------------------------------------------------

  /** The running task has joined `future`. */
  joined(future: TracedFuture): void {
    const run = this.#cur;
    if (future.tflag !== Told.FOLDED) this.continues(future);
    else if ((future.owner as TracedFuture | null)?.trun !== run || future.tseg !== run.seg) this.#afterFolded(run, future);
    else this.#afterOwnFolded(run, future);
  }

  #afterOwnFolded(run: Run, future: TracedFuture): void {
    if (run.path < future.tpath) run.path = future.tpath;
    const { batch } = run;
    if (batch.open && batch.joined === Number.POSITIVE_INFINITY) batch.joined = run.self + run.inner;
  }

  #afterFolded(run: Run, future: TracedFuture): void {
    const parent = this.#parentOf(future);
    if (parent === null) return; // that has ended, and whoever goes on now has waited for it
    if (parent !== run) {
      this.#emit(parent);
      return this.#segment(run, Dep.HERE, parent.n, future.tseg, future.tpath);
    }
    if (future.tseg !== run.seg) return this.#segment(run, Dep.FLOOR, 0, future.tseg, future.tpath);
    this.#afterOwnFolded(run, future);
  }

  /** Ends the current segment of a run: it goes on after something. */
  #segment(run: Run, dep: number, on: number, a: number, b: number): void {
    this.#emit(run);
    this.#closeBatch(run);
    if (run.path < run.pieces) run.path = run.pieces;
    writeSegment(this.ring, run, this.#last, dep, on, a, b);
    run.seg++;
    run.told = true;
    run.before += run.self;
    run.self = run.inner = run.path = run.detached = run.pieces = 0;
  }

  /** What a future is called here; 0 where nobody has told of it. */
  #nodeOf(future: Future<unknown>): number {
    const it = future as TracedFuture;
    if (it.tn !== undefined) {
      // It is told apart from now on: somebody names it.
      if (it.tflag === Told.NO && it.def !== NO_TASK) {
        this.#tellSpawn(it);
        if (it.trun != null) this.#emit(it.trun);
      }
      return it.tn;
    }
    return it.def === NO_TASK ? (it.tn = ++this.#nextN) : 0;
  }

  #after(run: Run, future: Future<unknown>): void {
    if ((future as TracedFuture).tflag === Told.FOLDED) return this.#afterFolded(run, future as TracedFuture);
    const node = this.#nodeOf(future);
    if (node !== 0) this.#segment(run, (future as TracedFuture).tflag === Told.SCOPE ? Dep.SCOPE : Dep.NODE, node, 0, 0);
  }

  continues(future: Future<unknown>): void {
    const run = this.#cur;
    if (run === this.#root) return;
    this.#look(true);
    this.#after(run, future);
  }

  awaits(): Awaiter | null {
    const task = runningTask(currentFrame()) as TracedFuture | null;
    if (task !== null) return task.trun ?? null;
    return this.#isMain ? this.#root : null;
  }

  resumes(awaiter: Awaiter, future: Future<unknown>): void {
    const run = awaiter as Run;
    if (run !== this.#root && run !== this.#cur) {
      run.awaited.push(future); // told when it goes on
      return;
    }
    this.#look(true);
    this.#after(run, future);
  }

  scopeEnded(scope: Scope): void {
    const run = this.#cur;
    if (scope.tn !== undefined || run.seg > 0) this.#segment(run, Dep.SCOPE, this.#scopeN(scope), 0, 0);
    else if (run.path < run.detached) run.path = run.detached;
  }

  standsFor(future: Future<unknown>, scope: Scope): void {
    const it = future as TracedFuture;
    it.tn = this.#scopeN(scope);
    it.tflag = Told.SCOPE;
  }

  follows(target: Future<unknown>, source: Future<unknown>): void {
    const to = this.#nodeOf(target);
    const folded = source as TracedFuture;
    if (folded.tflag === Told.FOLDED) {
      const parent = this.#parentOf(source);
      if (parent === null || to === 0) return;
      this.#emit(parent);
      return this.#edge({ target: to, kinds: Dep.NODE | (Dep.HERE << 4), source: parent.n, a: folded.tseg, b: folded.tpath });
    }
    const from = this.#nodeOf(source);
    if (from !== 0 && to !== 0) this.#edge({ target: to, kinds: Dep.NODE | (Dep.NODE << 4), source: from });
  }

  puts(target: Future<unknown>): void {
    this.#edgeHere({ target: this.#nodeOf(target), kinds: Dep.NODE });
  }

  shares(future: Future<unknown>, object: number): void {
    const n = this.#nodeOf(future);
    if (n !== 0) this.ring.write("share", { n, time: this.#last, object });
  }

  signals({ phaser, phase }: PhaseName): void {
    this.#edgeHere({ target: phaser, phase, kinds: Dep.PHASE });
  }

  afterPhase(future: Future<unknown> | null, { phaser, phase }: PhaseName): void {
    if (future !== null)
      this.#edge({ target: this.#nodeOf(future), kinds: Dep.NODE | (Dep.PHASE << 4), source: phaser, a: phase });
    else if (this.#cur !== this.#root) {
      this.#look(true);
      this.#segment(this.#cur, Dep.PHASE, phaser, phase, 0);
    }
  }

  /** Something comes after this moment of the running task. */
  #edgeHere(values: { target: number; kinds: number; phase?: number }): void {
    this.#look(true);
    const run = this.#cur;
    if (run === this.#root && !this.#isMain) return;
    this.#emit(run);
    this.#edge({ ...values, kinds: values.kinds | (Dep.HERE << 4), source: run.n, a: run.seg, b: run.path });
  }

  #edge(values: Record<string, number>): void {
    this.ring.write("edge", { ...values, time: this.#last });
  }

  // ---- bodies that suspend ---------------------------------------------------------------------------------------------

  begins(future: Future<unknown>): void {
    const it = future as TracedFuture;
    const kind = this.#kindOf(future.def);
    if (it.tn === undefined) this.spawned(future);
    this.#look(true);
    const run = new Run().reset(future, kind, it.tn!, this.#last);
    it.trun = run;
    run.since = this.#last;
    this.#push(run);
    this.#emit(run);
    if (future.def.body === Body.ASYNC) this.#watchPromises();
  }

  ends(future: Future<unknown>, failed: boolean, error: unknown): void {
    const run = (future as TracedFuture).trun;
    if (run == null) return;
    if (failed) this.failed(run, error);
    if (this.#cur === run) this.suspended(future);
    else this.#look(true);
    this.#drawLast(run);
    this.#close(run, failed);
    run.future = null;
  }

  resumed(future: Future<unknown>): void {
    const run = (future as TracedFuture).trun;
    if (run == null || this.#cur === run) return;
    this.#look(true);
    this.#push(run);
    if (run.awaited.length > 0) for (const awaited of run.awaited.splice(0)) this.#after(run, awaited);
    const waited = this.#last - run.since;
    if (run.turnThen !== this.#turn && run.segThen === run.seg && waited > LEAST_DRAWN_NS && future.def.body === Body.ASYNC)
      this.#segment(run, Dep.EXTERNAL, waited, 0, 0);
    run.since = this.#last;
  }

  suspended(future: Future<unknown>): void {
    const run = (future as TracedFuture).trun;
    if (run == null || this.#cur !== run) return;
    this.#look(true);
    this.#pop();
    run.sliceBegan = run.since;
    run.drawn = run.told || run.segThen < 0 || this.#last - run.since >= LEAST_DRAWN_NS || this.#mostEvents === 1;
    run.told = false;
    if (run.drawn) this.#draw(run, run.since, this.#last);
    run.since = this.#last;
    run.segThen = run.seg;
    run.turnThen = this.#turn;
    if (future.def.body === Body.ASYNC) this.#noticeTurn();
  }

  #draw(run: Run, begin: number, time: number): void {
    this.ring.write("slice", { def: this.#idOf(run.kind), n: run.n, time, begin });
  }

  /** Whatever goes on in the same turn of the event loop has waited for nothing outside. */
  #noticeTurn(): void {
    if (this.#turnAwaited) return;
    this.#turnAwaited = true;
    const turned = (): void => {
      this.#turn++;
      this.#turnAwaited = false;
    };
    frameContext().run(null, () => void getPlatform().macrotask().then(turned));
  }

  /** What an async body does after an await is seen by the engine's hooks alone. */
  #watchPromises(): void {
    if (this.#watching) return;
    this.#watching = true;
    const bodyHere = (): Future<unknown> | null => {
      if (this.#depth > 1) return null;
      const task = runningTask(currentFrame());
      return task !== null && task.def.body === Body.ASYNC ? task : null;
    };
    getPlatform().watchPromises?.(
      () => {
        const task = this.#depth === 0 ? bodyHere() : null;
        if (task !== null) this.resumed(task);
      },
      () => {
        const { future } = this.#cur;
        if (this.#depth === 1 && future !== null && future.def.body === Body.ASYNC) this.suspended(future);
      },
    );
  }

  // ---- other threads ---------------------------------------------------------------------------------------------------

  promoted(future: Future<unknown>, cell: number, { trace, map }: Station): void {
    const it = future as TracedFuture;
    if (it.tn === undefined) this.spawned(future);
    this.#tellSpawn(it);
    this.#look(false);
    if (trace !== null) trace.cells[cellIndex(map, cell)] = it.tn!; // plain: the push publishes it together with the cell
    this.ring.write("promote", { n: it.tn!, time: this.#last });
  }

  stolen(future: Future<unknown>, cell: number, { trace, map }: Station): void {
    const it = future as TracedFuture;
    this.#look(true);
    const kind = this.#kindOf(future.def);
    it.tn = ++this.#nextN;
    it.tflag = Told.SPAWN;
    this.ring.write("steal", {
      def: this.#idOf(kind),
      n: it.tn,
      time: this.#last,
      from: threadOf(ownerOf(map, cell), this.#settings),
      origin: trace?.cells[cellIndex(map, cell)] ?? 0,
      scope: future.scope === null ? 0 : this.#scopeN(future.scope),
    });
  }

  cancelled(future: Future<unknown>): void {
    const it = future as TracedFuture;
    if (it.tn === undefined) return;
    this.#look(true);
    if (it.trun == null) {
      const parent = this.#parentOf(future);
      if (parent !== null) parent.live--;
    }
    if (it.tflag === Told.SPAWN) this.ring.write("cancel", { n: it.tn, time: this.#last });
  }

  asks(answer: Future<unknown>, about: RemoteAbout): Asked {
    this.#look(true);
    const run = this.#cur;
    const told = run !== this.#root || this.#isMain;
    if (told) this.#emit(run);
    const n = (answer as TracedFuture).tn ?? ((answer as TracedFuture).tn = ++this.#nextN);
    return { ...about, n, begin: this.#last, parent: told ? run.n : 0, seg: run.seg, path: run.path };
  }

  answered(asked: Asked): void {
    this.#look(true);
    const { op, ...rest } = asked;
    this.ring.write("remote", { ...rest, op: REMOTE_NAMES.indexOf(op), time: this.#last });
  }

  // ---- the thread ------------------------------------------------------------------------------------------------------

  waitBegins(): void {
    this.#look(true);
    const wait = (this.#plain[this.#depth + 1] ??= new Run()).reset(null, null, 0, this.#last);
    this.#push(wait);
  }

  waitEnds(): void {
    this.#look(true);
    const wait = this.#cur;
    this.#pop();
    this.#totals[Category.JOINS]! += wait.self;
    const run = this.#cur;
    if (wait.self >= LEAST_DRAWN_NS && run.kind !== null) {
      this.#emit(run);
      this.ring.write("wait", { n: run.n, time: this.#last, begin: wait.begin, idle: wait.self });
    }
  }

  parks(reason: number): void {
    this.#look(true);
    this.#parkedAt = this.#last;
    this.#parkedFor = reason;
    if (this.#last - this.#flushed > FLUSH_NS / 10) this.flush();
  }

  unparks(): void {
    const before = this.#cur.self;
    this.#read();
    const slept = this.#last - this.#parkedAt;
    // In a join the time counts as the join's.
    if (this.#cur === this.#root) {
      this.#totals[Category.PARKED + this.#parkedFor]! += slept;
      this.#root.self = before;
    }
    this.ring.write("park", { reason: this.#parkedFor, time: this.#last, begin: this.#parkedAt });
  }

  turns(): void {
    this.#read();
  }

  mark(name: string): void {
    this.#look(true);
    this.ring.write("mark", { n: this.#cur.n, time: this.#last }, name);
  }

  span<T>(name: string, body: () => T): T {
    this.#look(true);
    const begin = this.#last;
    const done = (async: number): void => {
      this.#look(true);
      this.ring.write("span", { n: this.#cur.n, time: this.#last, begin, async }, name);
    };
    let result: T;
    try {
      result = body();
    } catch (error) {
      done(0);
      throw error;
    }
    if (typeof (result as PromiseLike<unknown> | null)?.then !== "function") done(0);
    else (result as unknown as PromiseLike<unknown>).then(() => done(1), () => done(1)); // biome-ignore format: one line
    return result;
  }

  /** Writes what the main strand has done so far. */
  checkpoint(): void {
    this.#read();
    if (this.#isMain) this.#segment(this.#root, Dep.NONE, 0, 0, 0);
    this.flush();
  }

  /** The main strand has come to an end. */
  finish(): void {
    this.#read();
    if (this.#isMain) {
      this.#root.kind = null;
      this.#writeEnd(this.#root, Status.OK);
    }
    this.flush();
  }

  flush(): void {
    this.#flushed = this.#last;
    this.#failuresLeft = MOST_FAILURES;
    if (this.#adapts)
      this.fold = this.#firstFold * 2 ** Math.min(MOST_DOUBLINGS, Math.floor(Math.log2(1 + this.ring.written / DOUBLE_AFTER)));
    const time = this.#last;
    this.#totals[Category.SEARCHING] = this.#isMain ? 0 : this.#root.self;
    this.#totals.forEach((ns, category) => {
      if (ns > 0) this.ring.write("total", { category, time, ns });
    });
    this.ring.write("counts", { time, tasks: this.#tasks, readings: this.#readings });
    this.ring.write("heap", { time, used: this.#heap?.usage().used ?? 0 });
    for (const kind of this.#kinds.values()) this.#flushSizes(kind);
    if (this.ring.lost > this.#lostTold && this.ring.write("lost", { time, count: this.ring.lost }))
      this.#lostTold = this.ring.lost;
  }

  #flushSizes(kind: Kind): void {
    kind.settle();
    for (let bucket = 0; bucket < kind.counts.length; bucket++) {
      const count = kind.counts[bucket]!;
      if (count === 0) continue;
      if (this.ring.write("sizes", { def: this.#idOf(kind), bucket, count, sum: kind.sums[bucket]! }))
        kind.counts[bucket] = kind.sums[bucket] = 0;
    }
  }
}

const MOST_CAUSES = 3;

/** The task that has spawned this one; null outside of tasks. */
function taskAbove({ owner }: Future<unknown>): TracedFuture | null {
  while (owner !== null && !(owner instanceof Future)) owner = owner.owner;
  return owner as TracedFuture | null;
}

/** The stack of what was thrown, and of its causes. */
function storyOf(error: unknown): string {
  const parts: string[] = [];
  for (let it = error; it !== undefined && parts.length <= MOST_CAUSES; it = it instanceof Error ? it.cause : undefined) {
    try {
      parts.push(it instanceof Error ? (it.stack ?? String(it)) : `thrown: ${String(it)}`);
    } catch {
      parts.push("thrown: a value without a text");
    }
  }
  return parts.join("\nCaused by: ") || "thrown: undefined";
}

/** Where the table of cells has this one. */
const cellIndex = (map: Layout, cell: number): number => ownerOf(map, cell) * CELLS_PER_SLOT + cellNumber(map, cell);
