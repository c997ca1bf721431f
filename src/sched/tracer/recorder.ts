/**
 * The tracer of one thread. It follows which task runs, charges time to it, and writes events into the thread's ring. Each class below it knows
 * one thing more: `strands.ts` what runs and the time, `telling.ts` what is written of tasks, `folding.ts` plain tasks, `ordering.ts` what
 * comes after what, `bodies.ts` tasks that suspend; and this one all that is told of the thread itself and of other threads.
 */
import { cellNumber, ownerOf } from "../../shared/cell.ts";
import type { Heap } from "../../shared/heap/heap.ts";
import { CELLS_PER_SLOT, type Layout } from "../../shared/layout.ts";
import { threadOf } from "../../trace/buffer.ts";
import { Category, Dep, REMOTE_NAMES, Status } from "../../trace/events.ts";
import type { Future } from "../core.ts";
import { Body, type TaskDefinition } from "../definition.ts";
import type { Station } from "../station.ts";
import type { Asked, RemoteAbout, Tracer } from "../tracing.ts";
import { Bodies } from "./bodies.ts";
import { MOST_FAILURES } from "./folding.ts";
import type { Kind } from "./kind.ts";
import { Run } from "./run.ts";
import { FLUSH_NS, LEAST_DRAWN_NS } from "./strands.ts";
import { Told, type TracedFuture } from "./traced-future.ts";
import { tracedSpawn } from "./traced-task.ts";

/** After so many records of a thread, what is folded is doubled, and after twice and four times as many again. */
const DOUBLE_AFTER = 8192;
const MOST_DOUBLINGS = 8;

export class Recorder extends Bodies implements Tracer {
  readonly on = true;
  readonly #firstFold = this.fold;
  /** The heap of the first runtime, once there is one. */
  #heap: Heap | null = null;
  #lostTold = 0;

  makeSpawn(def: TaskDefinition): ((...args: never[]) => Future<unknown>) | null {
    const kind = this.kindOf(def);
    return tracedSpawn(def, this, def.body === Body.PLAIN ? kind : undefined);
  }

  measures(heap: Heap): void {
    this.#heap ??= heap;
  }

  // ---- other threads ---------------------------------------------------------------------------------------------------

  promoted(future: Future<unknown>, cell: number, { trace, map }: Station): void {
    const it = future as TracedFuture;
    if (it.tn === undefined) this.spawned(future);
    this.tellSpawn(it);
    this.look(false);
    if (trace !== null) trace.cells[cellIndex(map, cell)] = it.tn!; // plain: the push publishes it together with the cell
    this.ring.write("promote", { n: it.tn!, time: this.last });
  }

  stolen(future: Future<unknown>, cell: number, { trace, map }: Station): void {
    const it = future as TracedFuture;
    this.look(true);
    const kind = this.kindOf(future.def);
    it.tn = this.nextN();
    it.tflag = Told.SPAWN;
    this.ring.write("steal", {
      def: this.idOf(kind),
      n: it.tn,
      time: this.last,
      from: threadOf(ownerOf(map, cell), this.settings),
      origin: trace?.cells[cellIndex(map, cell)] ?? 0,
      scope: future.scope === null ? 0 : this.scopeN(future.scope),
    });
  }

  cancelled(future: Future<unknown>): void {
    const it = future as TracedFuture;
    if (it.tn === undefined) return;
    this.look(true);
    if (this.runOf(it) === null) {
      const parent = this.parentOf(future);
      if (parent !== null) parent.live--;
    }
    if (it.tflag === Told.SPAWN) this.ring.write("cancel", { n: it.tn, time: this.last });
  }

  asks(answer: Future<unknown>, about: RemoteAbout): Asked {
    this.look(true);
    const run = this.cur;
    const told = run !== this.root || this.isMain;
    if (run === this.root) this.acts++;
    if (told) this.emit(run);
    const n = (answer as TracedFuture).tn ?? ((answer as TracedFuture).tn = this.nextN());
    return { ...about, n, begin: this.last, parent: told ? run.n : 0, seg: run.seg, path: run.path };
  }

  answered(asked: Asked): void {
    this.look(true);
    const { op, ...rest } = asked;
    this.ring.write("remote", { ...rest, op: REMOTE_NAMES.indexOf(op), time: this.last });
  }

  // ---- the thread ------------------------------------------------------------------------------------------------------

  waitBegins(): void {
    this.look(true);
    const wait = (this.plain[this.depth + 1] ??= new Run()).reset(null, null, 0, this.last);
    this.push(wait);
  }

  waitEnds(): void {
    this.look(true);
    const wait = this.cur;
    this.pop();
    this.totals[Category.JOINS]! += wait.self;
    const run = this.cur;
    if (wait.self >= LEAST_DRAWN_NS && run.kind !== null) {
      this.emit(run);
      this.ring.write("wait", { n: run.n, time: this.last, begin: wait.begin, idle: wait.self });
    }
  }

  parks(reason: number): void {
    this.look(true);
    this.parking = true;
    this.parkedAt = this.last;
    this.parkedFor = reason;
    if (this.last - this.flushed > FLUSH_NS / 10) this.flush();
  }

  unparks(): void {
    this.read();
    this.parking = false;
    if (this.parkedAt >= 0) this.endPark();
  }

  turns(): void {
    this.read();
  }

  mark(name: string): void {
    this.look(true);
    this.ring.write("mark", { n: this.cur.n, time: this.last }, name);
  }

  span<T>(name: string, body: () => T): T {
    this.look(true);
    const begin = this.last;
    const done = (async: number): void => {
      this.look(true);
      this.ring.write("span", { n: this.cur.n, time: this.last, begin, async }, name);
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
    this.read();
    if (this.isMain) this.segment(this.root, Dep.NONE, 0, 0, 0);
    this.flush();
  }

  /** The main strand has come to an end. */
  finish(): void {
    this.read();
    if (this.isMain) {
      this.root.kind = null;
      this.writeEnd(this.root, Status.OK);
    }
    this.flush();
  }

  flush(): void {
    this.settleQuiet();
    this.flushed = this.last;
    this.failuresLeft = MOST_FAILURES;
    if (this.settings.adapts)
      this.fold = this.#firstFold * 2 ** Math.min(MOST_DOUBLINGS, Math.floor(Math.log2(1 + this.ring.written / DOUBLE_AFTER)));
    const time = this.last;
    let tasks = 0;
    for (const { ended } of this.allKinds) tasks += ended;
    this.totals[Category.SEARCHING] = this.isMain ? 0 : this.root.self;
    this.totals.forEach((ns, category) => {
      if (ns > 0) this.ring.write("total", { category, time, ns });
    });
    this.ring.write("counts", { time, tasks, readings: this.readings });
    this.ring.write("heap", { time, used: this.#heap?.usage().used ?? 0 });
    for (const kind of this.allKinds) this.#flushSizes(kind);
    if (this.ring.lost > this.#lostTold && this.ring.write("lost", { time, count: this.ring.lost }))
      this.#lostTold = this.ring.lost;
  }

  #flushSizes(kind: Kind): void {
    kind.settle();
    for (let bucket = 0; bucket < kind.counts.length; bucket++) {
      const count = kind.counts[bucket]!;
      if (count === 0) continue;
      if (this.ring.write("sizes", { def: this.idOf(kind), bucket, count, sum: kind.sums[bucket]! }))
        kind.counts[bucket] = kind.sums[bucket] = 0;
    }
  }
}

/** Where the table of cells has this one. */
const cellIndex = (map: Layout, cell: number): number => ownerOf(map, cell) * CELLS_PER_SLOT + cellNumber(map, cell);
