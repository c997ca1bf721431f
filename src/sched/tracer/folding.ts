/**
 * Plain tasks from spawn to join. Subtrees of tasks too small to be told apart are folded: their work and their path go to the parent. See
 * ../../trace/README.md, "Folding".
 */
import { CancelledError } from "../../errors.ts";
import { Category, Dep, Status } from "../../trace/events.ts";
import { Future } from "../core.ts";
import type { TaskDefinition } from "../definition.ts";
import { trimmedStack } from "../spawn-site.ts";
import { State } from "../state.ts";
import { thread as ownThread } from "../thread.ts";
import { Calls } from "./calls.ts";
import { type Kind, SAMPLE } from "./kind.ts";
import { type Batch, Run } from "./run.ts";
import { TICK_NS } from "./strands.ts";
import { taskAbove } from "./telling.ts";
import { Told, type TracedFuture } from "./traced-future.ts";
import { tracedBody } from "./traced-task.ts";

/** So many failures are told between two flushes. */
export const MOST_FAILURES = 16;
const MOST_CAUSES = 3;

// Variables of this module: cheaper to reach than imports and their properties.
const thread = ownThread;
const { NO, SPAWN, FOLDED } = Told;
const { TASKS } = Category;
const { PRIVATE, DONE } = State;

export abstract class Folding extends Calls {
  protected failuresLeft = MOST_FAILURES;
  #lastFailure: unknown;
  /** The batch that was opened last: no older one goes on, so that they lie beside each other. */
  #newest: Batch | null = null;

  protected wrap(def: TaskDefinition, kind: Kind): TaskDefinition["fn"] {
    return tracedBody(def, kind, this);
  }

  // ---- spawn ---------------------------------------------------------------------------------------------------------

  /** The running task, which is not quiet, is about to spawn another one. */
  spawning(): Run {
    const run = this.here();
    if (--this.countdown <= 0 || run.coarse) this.read();
    run.live++;
    run.told = true;
    return run;
  }

  spawned(future: Future<unknown>): void {
    this.kindOf(future.def);
    const it = future as TracedFuture;
    const run = this.parentOf(future);
    this.look(true);
    if (run === this.root) this.acts++;
    it.tn = this.nextN();
    it.tflag = NO;
    it.tseg = run?.seg ?? 0;
    it.tpath = run === null ? 0 : run.path | 0;
    it.twork = run === null ? 0 : (run.self + run.inner) | 0;
    it.texact = this.spawnedAt(future, run);
    if (run === null) return;
    run.live++;
    run.told = true;
  }

  spawnsLater(): void {
    const run = this.running();
    if (run === null) return;
    this.emit(run);
    run.told = true;
  }

  /** What a task spawns when its inputs come is told where that was last running: an arrow begins in a slice. */
  protected spawnedAt(future: Future<unknown>, run: Run | null): number {
    if (run === null) return this.isMain ? this.last : this.endOf(taskAbove(future));
    if (run.future === null || this.onStack(run)) return this.last;
    this.drawLast(run);
    return run.since;
  }

  /** When a task of this thread ended that was told apart. */
  protected endOf(task: TracedFuture | null): number {
    if (task === null || task.tflag !== SPAWN || task.tn === undefined) return this.last;
    return this.last - ((this.tick - task.tat) >>> 0) * TICK_NS;
  }

  protected drawLast(run: Run): void {
    if (!run.drawn) this.draw(run, run.sliceBegan, run.since);
    run.drawn = true;
  }

  protected draw(run: Run, begin: number, time: number): void {
    this.ring.write("slice", { def: this.idOf(run.kind), n: run.n, time, begin });
  }

  // ---- begin and end -------------------------------------------------------------------------------------------------

  /** The plain task on the stack begins. */
  begin(kind: Kind): void {
    if (--kind.until <= 0) {
      if (!kind.coarse) kind.until = SAMPLE;
      this.#beginNow(kind, true);
    } else if (--this.countdown <= 0) this.#beginNow(kind, false);
    else this.beginQuiet(kind);
  }

  /** Whether a task that is to begin in its parent will be quiet. */
  mayBeQuiet(kind: Kind, { owner }: TracedFuture): boolean {
    const { at } = thread;
    return --kind.until > 0 && --this.countdown > 0 && thread.items[at] === owner && (this.quiet > 0 || this.cur.at === at);
  }

  beginQuiet(kind: Kind): void {
    if (this.lastKind !== kind) {
      if (this.quiet > 0 || this.quietFolded > 0) this.quietMixed = true;
      this.lastKind = kind;
    }
    this.quietAt[++this.quiet] = thread.at;
  }

  /** As `begin`, of a task that may belong to a loop. */
  beginPart(kind: Kind, last: unknown): void {
    this.begin(kind);
    if (typeof last === "string") this.knowSite(this.here(), last);
  }

  #beginNow(kind: Kind, measured: boolean): void {
    if (this.quiet > 0) this.disturb();
    const future = thread.items[thread.at] as TracedFuture;
    if (future.tn === undefined) this.spawned(future);
    if (--this.countdown <= 0 || measured) this.read();
    this.settleQuiet();
    this.lastKind = kind;
    this.#enter(future, kind, thread.at, measured);
  }

  protected disturb(): void {
    const { quiet } = this;
    this.settleQuiet();
    this.quiet = 0;
    for (let q = 1; q <= quiet; q++) {
      const at = this.quietAt[q]!;
      const future = thread.items[at] as TracedFuture;
      if (future.tn === undefined) this.spawned(future);
      const run = this.#enter(future, this.kindOf(future.def), at, false);
      this.settleQuiet();
      run.live = q < quiet ? this.#liveOf(future, at, this.quietAt[q + 1]!, 0) : this.#liveOf(future, at, thread.at, thread.top);
    }
  }

  /** How many children of a quiet task have not ended: in the deque below `next` and up to `top`, or at `next`, the frame above it on the stack. */
  #liveOf(task: TracedFuture, at: number, next: number, top: number): number {
    const above = next > at ? thread.items[next] : null;
    let live = above instanceof Future && taskAbove(above) === task ? 1 : 0;
    for (let i = Math.max(at + 1, thread.head); i < next || i < top; i++) {
      const it = thread.items[i];
      if (it instanceof Future && it.state === PRIVATE && taskAbove(it) === task) live++;
    }
    return live;
  }

  #enter(future: TracedFuture, kind: Kind, at: number, measured: boolean): Run {
    const depth = ++this.depth;
    this.acts++;
    const run = (this.plain[depth] ??= new Run());
    run.at = at;
    run.kind = kind;
    run.n = future.tn!;
    run.begin = this.last;
    run.self = run.inner = run.path = run.detached = run.pieces = run.before = 0;
    run.seg = run.folded = run.live = 0;
    run.emitted = false;
    run.coarse = kind.coarse;
    run.measured = measured;
    run.site = null;
    if (this.stack[depth] !== run) this.stack[depth] = run;
    this.cur = run;
    if (future.tflag === SPAWN) this.emit(run);
    return run;
  }

  /** The plain task on the stack has come to its end. */
  end(kind: Kind): void {
    const { quiet } = this;
    if (quiet > 0) {
      const future = thread.items[thread.at] as TracedFuture;
      const below = quiet > 1 ? this.quietAt[quiet - 1]! : this.cur.at;
      if (below >= 0 && thread.items[below] === future.owner) return void this.endQuiet(kind, future);
      this.disturb();
    }
    this.#leave(false);
  }

  /** A task that has begun quietly next to its parent comes to its end: whether it is still quiet, so that it is folded by counting. */
  endQuiet(kind: Kind, future: TracedFuture): boolean {
    const { quiet } = this;
    if (quiet === 0 || future.tflag !== NO || (thread.top - 1 !== thread.at && !this.#isLast())) {
      if (quiet > 0) this.disturb();
      this.#leave(false);
      return false;
    }
    this.quiet = quiet - 1;
    this.quietFolded++;
    kind.ended++;
    future.tflag = FOLDED; // where it has ended is where it was spawned: `tpath`
    if (quiet === 1) this.cur.live--;
    return true;
  }

  /** Whether all that lies above the running task has ended. */
  #isLast(): boolean {
    for (let i = thread.at + 1; i < thread.top; i++) {
      const it = thread.items[i];
      if (it !== null && it !== undefined && it.state < DONE) return false;
    }
    return true;
  }

  /** The body of the plain task on the stack throws. */
  threw(error: unknown): void {
    this.failed(this.here(), error);
    this.#leave(true);
  }

  #leave(failed: boolean): void {
    this.settleQuiet();
    const run = this.cur;
    const below = this.stack[this.depth - 1]!;
    // In a wait or the thread's own time, what has not been charged would count as that.
    if (--this.countdown <= 0 || run.measured || below.kind === null) this.read();
    this.depth--;
    this.cur = below;
    this.close(run, failed);
  }

  /** A body throws. What it passes on from a child is no news, and neither is a cancellation. */
  failed(run: Run, error: unknown): void {
    if (error === this.#lastFailure || error instanceof CancelledError) return;
    this.#lastFailure = error;
    if (--this.failuresLeft < 0) return;
    this.ring.write("failure", { def: this.idOf(run.kind), n: run.n, time: this.last }, storyOf(error));
  }

  /** A task has ended: it is folded into its parent, or its end is written. */
  protected close(run: Run, failed: boolean): void {
    const future = this.futureOf(run)!;
    const own = run.before + run.self;
    const kind = run.kind!;
    kind.ended++;
    if (run.measured) kind.note(own);
    if (run.measured && kind.site !== null) this.kindOf(kind.def).note(own); // by which it is decided how exact the next one is
    this.totals[TASKS]! += own;
    let parent: Run | null = this.cur;
    if (parent.at < 0 || thread.items[parent.at] !== future.owner) parent = this.parentOf(future);
    if (
      parent !== null &&
      !run.emitted &&
      !failed &&
      run.live === 0 &&
      future.tflag === NO &&
      this.last - run.begin < this.fold
    ) {
      this.#foldInto(parent, run, future);
    } else {
      this.writeEnd(run, failed ? Status.FAILED : Status.OK);
      future.tat = run.future === null ? this.tick : (run.since / TICK_NS) | 0;
    }
    if (parent !== null) parent.live--;
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
    future.tflag = FOLDED;
    future.tpath = end | 0;
    parent.folded += run.folded + 1;
    if (!parent.emitted && this.last - parent.begin >= this.fold) this.emit(parent);
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
      batch.begin >= this.boundary &&
      batch.seg === seg &&
      at <= batch.joined &&
      begin >= batch.end &&
      begin - batch.end < this.fold &&
      batch.work + work <= 2 * this.fold;
    if (fits) {
      batch.work += work;
      batch.count += count;
      batch.end = this.last;
      batch.path = Math.max(batch.path, last - batch.from);
      if (batch.kind !== kind) batch.kind = null;
      return;
    }
    this.closeBatch(parent);
    batch.open = true;
    this.#newest = batch;
    batch.kind = kind;
    batch.begin = begin;
    batch.end = this.last;
    batch.work = work;
    batch.count = count + batch.uncounted;
    batch.uncounted = 0;
    batch.at = at;
    batch.joined = Number.POSITIVE_INFINITY;
    batch.from = from;
    batch.path = last - from;
    batch.seg = seg;
  }

  /** Runs a piece of a loop: its units could have run anywhere at the same time, so that each counts as a child that was folded. */
  piece(units: number, body: (lo: number, hi: number) => void, lo: number, hi: number): void {
    const run = this.here();
    this.read();
    const { self, inner, path, seg, live } = run;
    const begin = this.last;
    body(lo, hi);
    this.read();
    if (run !== this.cur || run === this.root || run.seg !== seg || run.live !== live) return; // it spawned, or waited
    const work = run.self - self + run.inner - inner;
    const end = path + work / units;
    run.before += run.self - self;
    run.self = self;
    run.inner = inner;
    run.path = path;
    if (run.pieces < end) run.pieces = end;
    if (!run.emitted && this.last - run.begin >= this.fold) this.emit(run);
    if (run.emitted) this.#batch(run, run.kind, units, begin, work, self + inner, path, end, seg);
    else run.inner += work;
  }

  /** All pieces of a loop have run that were not given to others. */
  loopEnds(): void {
    const run = this.here();
    if (run.path < run.pieces) run.path = run.pieces;
    const { batch } = run;
    if (batch.open && batch.joined === Number.POSITIVE_INFINITY) batch.joined = run.self + run.inner;
  }

  // ---- join ----------------------------------------------------------------------------------------------------------

  abstract continues(future: Future<unknown>): void;

  /** The running task has joined `future`. */
  joined(future: TracedFuture): void {
    const q = this.quiet;
    if (q > 0 && future.tflag === FOLDED && thread.items[this.quietAt[q]!] === future.owner) return;
    const run = this.here();
    if (future.tflag !== FOLDED) this.continues(future);
    else if (run.at < 0 || thread.items[run.at] !== future.owner || future.tseg !== run.seg) this.afterFolded(run, future);
    else this.#afterOwnFolded(run, future);
  }

  #afterOwnFolded(run: Run, future: TracedFuture): void {
    if (run.path < future.tpath) run.path = future.tpath;
    const { batch } = run;
    if (batch.open && batch.joined === Number.POSITIVE_INFINITY) batch.joined = run.self + run.inner;
  }

  protected afterFolded(run: Run, future: TracedFuture): void {
    const parent = this.parentOf(future);
    if (parent === null) return; // that has ended, and whoever goes on now has waited for it
    if (parent !== run) {
      this.emit(parent);
      return this.segment(run, Dep.HERE, parent.n, future.tseg, future.tpath);
    }
    if (future.tseg !== run.seg) return this.segment(run, Dep.FLOOR, 0, future.tseg, future.tpath);
    this.#afterOwnFolded(run, future);
  }
}

/** The stack of what was thrown, and of its causes. */
function storyOf(error: unknown): string {
  const parts: string[] = [];
  for (let it = error; it !== undefined && parts.length <= MOST_CAUSES; it = it instanceof Error ? it.cause : undefined) {
    try {
      parts.push(it instanceof Error ? trimmedStack(it) : `thrown: ${String(it)}`);
    } catch {
      parts.push("thrown: a value without a text");
    }
  }
  return parts.join("\nCaused by: ") || "thrown: undefined";
}
