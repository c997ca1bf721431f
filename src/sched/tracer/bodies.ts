/** Bodies that suspend: generator and async tasks, in pieces. */
import { getPlatform } from "../../platform/platform.ts";
import { Category, Dep } from "../../trace/events.ts";
import { type Future, runningTask } from "../core.ts";
import { Body } from "../definition.ts";
import { currentFrame, frameContext } from "../thread.ts";
import { Ordering } from "./ordering.ts";
import { Run } from "./run.ts";
import { LEAST_DRAWN_NS } from "./strands.ts";
import type { TracedFuture } from "./traced-future.ts";

export abstract class Bodies extends Ordering {
  #watching = false;
  #turn = 0;
  #turnAwaited = false;

  begins(future: Future<unknown>): void {
    const it = future as TracedFuture;
    const kind = this.kindOf(future.def);
    this.acts++;
    if (it.tn === undefined) this.spawned(future);
    this.look(true);
    const run = new Run().reset(future, kind, it.tn!, this.last);
    it.trun = run;
    run.since = this.last;
    this.knowSite(run, future.more?.args?.at(-1));
    this.push(run);
    this.emit(run);
    if (future.def.body === Body.ASYNC) this.#watchPromises();
  }

  ends(future: Future<unknown>, failed: boolean, error: unknown): void {
    const run = (future as TracedFuture).trun;
    if (run == null) return;
    if (failed) this.failed(run, error);
    if (this.here() === run) this.suspended(future);
    else this.look(true);
    this.drawLast(run);
    (future as TracedFuture).trun = null;
    this.close(run, failed);
    run.future = null;
  }

  resumed(future: Future<unknown>): void {
    const run = (future as TracedFuture).trun;
    if (run == null || this.here() === run) return;
    this.look(true);
    this.push(run);
    if (run.awaited.length > 0) for (const awaited of run.awaited.splice(0)) this.after(run, awaited);
    const waited = this.last - run.since;
    if (run.turnThen !== this.#turn && run.segThen === run.seg && waited > LEAST_DRAWN_NS && future.def.body === Body.ASYNC)
      this.segment(run, Dep.EXTERNAL, waited, Math.round(this.#came(run) / 1000), 1);
    run.since = this.last;
  }

  suspended(future: Future<unknown>): void {
    const run = (future as TracedFuture).trun;
    if (run == null || this.here() !== run) return;
    this.look(true);
    this.pop();
    run.sliceBegan = run.since;
    run.drawn = run.told || run.segThen < 0 || this.last - run.since >= LEAST_DRAWN_NS || this.mostEvents === 1;
    run.told = false;
    if (run.drawn) this.draw(run, run.since, this.last);
    run.since = this.last;
    run.segThen = run.seg;
    run.turnThen = this.#turn;
    run.freeThen = this.#free();
    if (future.def.body === Body.ASYNC) this.#noticeTurn();
  }

  /**
   * After how long (ns), at least, what the run awaited had come. It goes on when the thread comes to it: if that was busy until then, it may have come at
   * any time since it was last free.
   */
  #came(run: Run): number {
    return Math.max(0, this.stretch - run.since, this.#free() - run.freeThen);
  }

  /** How long (ns) the thread has had nothing to do so far. */
  #free(): number {
    let ns = this.root.self;
    for (let category = Category.PARKED; category < Category.SEARCHING; category++) ns += this.totals[category]!;
    return ns;
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
      if (this.depth > 1) return null;
      const task = runningTask(currentFrame());
      return task !== null && task.def.body === Body.ASYNC ? task : null;
    };
    getPlatform().watchPromises?.(
      () => {
        const task = this.depth === 0 ? bodyHere() : null;
        if (task !== null) this.resumed(task);
      },
      () => {
        const { future } = this.here();
        if (this.depth === 1 && future !== null && future.def.body === Body.ASYNC) this.suspended(future);
      },
    );
  }
}
