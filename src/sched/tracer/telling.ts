/** What is written of tasks, when that is decided: names, spawn, beginning, segments, end. */
import { plainUrl } from "../../shared/module-place.ts";
import type { TraceBuffer } from "../../trace/buffer.ts";
import { Dep } from "../../trace/events.ts";
import type { Named } from "../../trace/named.ts";
import { Future, runningTask } from "../core.ts";
import { Body, isLambdaName, NO_TASK, type TaskDefinition } from "../definition.ts";
import type { Scope } from "../scope.ts";
import { definitionSite, isOwn, lineOf, partsOfSite } from "../spawn-site.ts";
import { State } from "../state.ts";
import { currentFrame, thread } from "../thread.ts";
import type { CallSite } from "../tracing.ts";
import { placeOfCall } from "./call-site.ts";
import { Kind } from "./kind.ts";
import { writeBatch, writeBegin, writeEnd, writeSegment, writeSpawn } from "./records.ts";
import type { Run } from "./run.ts";
import { MAIN, MOST_PATH, Strands, TICK_NS } from "./strands.ts";
import { Told, type TracedFuture } from "./traced-future.ts";

export abstract class Telling extends Strands {
  readonly #kinds = new Map<TaskDefinition, Kind>();
  protected readonly allKinds: Kind[] = [];
  /** The number that was given last to a task, promise or scope. */
  protected lastN = MAIN;
  #lastDefinition = 0;

  constructor(buffer: TraceBuffer, slot: number, clock?: () => number) {
    super(buffer, slot, clock);
    if (!this.isMain) return;
    const d = this.tell({ name: "main", url: "", line: 0 }, Body.PLAIN);
    this.ring.write("spawn", { def: d, n: MAIN, time: this.last });
    this.ring.write("begin", { def: d, n: MAIN, time: this.last });
  }

  /** A plain body that tells of its beginning and its end. */
  protected abstract wrap(def: TaskDefinition, kind: Kind): TaskDefinition["fn"];

  // ---- names ---------------------------------------------------------------------------------------------------------

  /** The kind of a definition, whose body is wrapped from now on if it is a plain one. */
  protected kindOf(def: TaskDefinition): Kind {
    const last = this.lastKind;
    if (last !== null && last.def === def) return last;
    let kind = this.#kinds.get(def);
    if (kind === undefined) {
      this.#kinds.set(def, (kind = this.newKind(def)));
      if (def.body === Body.PLAIN && def !== NO_TASK) (def as { fn: unknown }).fn = this.wrap(def, kind);
    }
    return kind;
  }

  protected newKind(def: TaskDefinition, site: CallSite | null = null): Kind {
    const kind = new Kind(def, site);
    this.allKinds.push(kind);
    return kind;
  }

  /** That of a task which need not have begun. */
  protected abstract kindOfTask(future: TracedFuture): Kind;

  /** The number of a definition in events. */
  protected idOf(kind: Kind | null): number {
    if (kind === null) return 0;
    if (kind.id === 0) {
      const { name, url, body, source } = kind.def;
      if (source !== undefined) kind.id = this.#tellLambda(kind.def);
      else if (!isOwn(url)) kind.id = this.tell({ name, url: plainUrl(url), line: lineOf(kind.def) }, body);
      // heddle's own tasks (`parallelFor` and its like) are known by where they were called: where they are defined tells users nothing.
      else if (kind.site === null) kind.id = this.tell({ name, url: "", line: 0 }, body);
      else kind.id = this.tell({ name, ...partsOfSite(placeOfCall(kind.site)), byLine: true }, body);
    }
    return kind.id;
  }

  #tellLambda(def: TaskDefinition): number {
    const site = definitionSite(def);
    const name = isLambdaName(def.name) ? "lambda" : def.name;
    if (site === undefined) return this.tell({ name: def.name, url: "lambda:", line: 0 }, def.body);
    return this.tell({ name, ...partsOfSite(site), byLine: true }, def.body);
  }

  protected tell(named: Named, body: number): number {
    this.ring.write("define", { def: ++this.#lastDefinition, body }, JSON.stringify(named));
    return this.#lastDefinition;
  }

  nextN(): number {
    return ++this.lastN;
  }

  protected scopeN(scope: Scope): number {
    return (scope.tn ??= this.nextN());
  }

  /** What a future is called here; 0 where nobody has told of it. */
  protected nodeOf(future: Future<unknown>): number {
    const it = future as TracedFuture;
    if (it.tn !== undefined) {
      // It is told apart from now on: somebody names it.
      if (it.tflag === Told.NO && it.def !== NO_TASK) {
        this.tellSpawn(it);
        const run = this.runOf(it);
        if (run !== null) this.emit(run);
      }
      return it.tn;
    }
    // What is PROMISED is no task's own: a promise, or what stands for a task that is spawned when its inputs are there.
    return it.def === NO_TASK || it.state === State.PROMISED ? (it.tn = this.nextN()) : 0;
  }

  // ---- who runs ------------------------------------------------------------------------------------------------------

  /** The run of a task that has begun here and not ended. */
  protected runOf(task: TracedFuture): Run | null {
    if (task.trun != null) return task.trun;
    if (this.quiet > 0) this.disturb();
    for (let i = this.depth; i > 0; i--) {
      const run = this.stack[i]!;
      if (run.at >= 0 && thread.items[run.at] === task) return run;
    }
    return null;
  }

  /** The run of the running task, also right after an await in an async body. */
  protected running(): Run | null {
    const task = runningTask(currentFrame()) as TracedFuture | null;
    return task === null ? null : this.runOf(task);
  }

  /** The run below which a future was spawned, as long as that goes on here. */
  protected parentOf(future: Future<unknown>): Run | null {
    const task = taskAbove(future);
    if (task === null) return this.isMain ? this.root : null;
    return this.runOf(task);
  }

  // ---- tasks ---------------------------------------------------------------------------------------------------------

  /** Writes the spawn and the beginning of a task, and before that of all on whose stack it runs. */
  protected emit(run: Run): void {
    if (run.emitted) return;
    for (let i = 1; i <= this.depth; i++) this.emitOne(this.stack[i]!);
    this.emitOne(run);
  }

  protected emitOne(run: Run): void {
    const future = this.futureOf(run);
    if (run.emitted || future === null) return;
    run.emitted = true;
    this.tellSpawn(future, run.kind!);
    writeBegin(this.ring, this.idOf(run.kind), run);
  }

  protected tellSpawn(future: TracedFuture, kind = this.kindOfTask(future)): void {
    if (future.tflag === Told.SPAWN) return;
    future.tflag = Told.SPAWN;
    const parent = this.parentOf(future);
    if (parent !== null) {
      this.emit(parent);
      this.closeBatch(parent);
    }
    const task = taskAbove(future);
    const above = task === null ? (this.isMain ? MAIN : 0) : (task.tn ?? 0);
    const def = this.idOf(kind);
    const scope = future.scope === null ? 0 : this.scopeN(future.scope);
    writeSpawn(this.ring, def, this.spawnTime(future, parent), future, above, scope);
  }

  /** When it was spawned: in ticks, which wrap around, up to now. */
  protected spawnTime(future: TracedFuture, parent: Run | null): number {
    if (future.texact !== undefined) return future.texact;
    const ticks = this.tick - future.tat;
    const time = this.last - (ticks >>> 0) * TICK_NS;
    const since = parent === null ? 0 : parent.at >= 0 ? parent.begin : parent.since;
    return since - time < 2 * TICK_NS ? Math.max(since, time) : time;
  }

  protected writeEnd(run: Run, status: number): void {
    this.emit(run);
    this.closeBatch(run);
    const plain = run.kind === null || run.kind.def.body === Body.PLAIN;
    writeEnd(this.ring, this.idOf(run.kind), run, status, plain ? run.begin : -1, plain ? this.last : run.since);
  }

  protected closeBatch(parent: Run): void {
    if (parent === this.cur) this.settleQuiet();
    const { batch } = parent;
    if (!batch.open) return;
    batch.open = false;
    if (batch.work * 4 < this.fold) parent.inner += batch.work;
    else writeBatch(this.ring, this.idOf(batch.kind), parent.n, batch);
  }

  /** Ends the current segment of a run: it goes on after something. */
  protected segment(run: Run, dep: number, on: number, a: number, b: number): void {
    if (run === this.root) this.acts++;
    this.emit(run);
    this.closeBatch(run);
    if (run.path < run.pieces) run.path = run.pieces;
    writeSegment(this.ring, run, this.last, dep, on, a, b);
    run.seg++;
    run.told = true;
    run.before += run.self;
    run.self = run.inner = run.path = run.detached = run.pieces = 0;
  }

  /** A segment that has become too long. */
  protected split(run: Run): void {
    while (run.path > MOST_PATH) {
      const rest = { self: run.self - Math.min(run.self, MOST_PATH), path: run.path - MOST_PATH };
      run.self = Math.min(run.self, MOST_PATH);
      run.path = MOST_PATH;
      this.segment(run, Dep.NONE, 0, 0, 0);
      run.self = rest.self;
      run.path = rest.path;
    }
  }
}

/** The task that has spawned this one; null outside of tasks. */
export function taskAbove({ owner }: Future<unknown>): TracedFuture | null {
  while (owner !== null && !(owner instanceof Future)) owner = owner.owner;
  return owner as TracedFuture | null;
}
