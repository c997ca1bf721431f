/** What comes after what: a segment begins where a task goes on after something, an edge is told where no task tells it. */
import { getPlatform } from "../../platform/platform.ts";
import { Dep } from "../../trace/events.ts";
import { type Future, runningTask } from "../core.ts";
import type { Scope } from "../scope.ts";
import { currentFrame, frameContext } from "../thread.ts";
import type { Awaiter, PhaseName } from "../tracing.ts";
import { Folding } from "./folding.ts";
import type { Run } from "./run.ts";
import { Told, type TracedFuture } from "./traced-future.ts";

export abstract class Ordering extends Folding {
  protected after(run: Run, future: Future<unknown>): void {
    if ((future as TracedFuture).tflag === Told.FOLDED) return this.afterFolded(run, future as TracedFuture);
    const node = this.nodeOf(future);
    if (node !== 0) this.segment(run, (future as TracedFuture).tflag === Told.SCOPE ? Dep.SCOPE : Dep.NODE, node, 0, 0);
  }

  continues(future: Future<unknown>): void {
    const run = this.here();
    if (run === this.root) return;
    this.look(true);
    this.after(run, future);
  }

  awaits(): Awaiter | null {
    const task = runningTask(currentFrame()) as TracedFuture | null;
    if (task !== null) return this.runOf(task);
    if (!this.isMain) return null;
    this.#mainAwaits();
    return this.root;
  }

  /** The turn of the event loop in which main awaits something has come to its end: from here on main does nothing of which we know. */
  #rested: { readonly acts: number; readonly self: number } | null = null;
  #noticing = false;

  #mainAwaits(): void {
    if (this.#noticing) return;
    this.#noticing = true;
    const turned = (): void => {
      this.#noticing = false;
      this.look(true);
      this.#rested = { acts: this.acts, self: this.root.self };
    };
    frameContext().run(null, () => void getPlatform().macrotask().then(turned));
  }

  /** Between two spawns that inputs bring about main does nothing either. */
  inputsCame<T>(make: () => T): T {
    if (this.#rested?.acts !== this.acts || this.here() !== this.root) return make();
    this.look(true);
    this.#forgetRest();
    const made = make();
    this.look(true);
    this.#rested = { acts: this.acts, self: this.root.self };
    return made;
  }

  /** While main awaits tasks, and neither spawns nor settles anything, its thread does other things: starts workers, reads messages. The path does not lead through those. */
  #forgetRest(): void {
    const rested = this.#rested;
    this.#rested = null;
    if (rested === null || rested.acts !== this.acts) return;
    const idle = this.root.self - rested.self;
    this.root.self -= idle;
    this.root.path -= idle;
  }

  resumes(awaiter: Awaiter, future: Future<unknown>): void {
    const run = awaiter as Run;
    if (run !== this.root && run !== this.here()) {
      run.awaited.push(future); // told when it goes on
      return;
    }
    this.look(true);
    if (run === this.root) this.#forgetRest();
    this.after(run, future);
  }

  scopeEnded(scope: Scope): void {
    const run = this.here();
    if (scope.tn !== undefined || run.seg > 0) this.segment(run, Dep.SCOPE, this.scopeN(scope), 0, 0);
    else if (run.path < run.detached) run.path = run.detached;
  }

  standsFor(future: Future<unknown>, scope: Scope): void {
    const it = future as TracedFuture;
    it.tn = this.scopeN(scope);
    it.tflag = Told.SCOPE;
  }

  follows(target: Future<unknown>, source: Future<unknown>): void {
    const to = this.nodeOf(target);
    const folded = source as TracedFuture;
    if (folded.tflag === Told.FOLDED) {
      const parent = this.parentOf(source);
      if (parent === null || to === 0) return;
      this.emit(parent);
      return this.edge({ target: to, kinds: Dep.NODE | (Dep.HERE << 4), source: parent.n, a: folded.tseg, b: folded.tpath });
    }
    const from = this.nodeOf(source);
    if (from !== 0 && to !== 0) this.edge({ target: to, kinds: Dep.NODE | (Dep.NODE << 4), source: from });
  }

  puts(target: Future<unknown>): void {
    this.edgeHere({ target: this.nodeOf(target), kinds: Dep.NODE });
  }

  shares(future: Future<unknown>, object: number): void {
    const n = this.nodeOf(future);
    if (n !== 0) this.ring.write("share", { n, time: this.last, object });
  }

  signals({ phaser, phase }: PhaseName): void {
    this.edgeHere({ target: phaser, phase, kinds: Dep.PHASE });
  }

  afterPhase(future: Future<unknown> | null, { phaser, phase }: PhaseName): void {
    if (future !== null) this.edge({ target: this.nodeOf(future), kinds: Dep.NODE | (Dep.PHASE << 4), source: phaser, a: phase });
    else if (this.here() !== this.root) {
      this.look(true);
      this.segment(this.cur, Dep.PHASE, phaser, phase, 0);
    }
  }

  /** Something comes after this moment of the running task. */
  protected edgeHere(values: { target: number; kinds: number; phase?: number }): void {
    this.look(true);
    const run = this.cur;
    if (run === this.root && !this.isMain) return;
    if (run === this.root) this.acts++;
    this.emit(run);
    this.edge({ ...values, kinds: values.kinds | (Dep.HERE << 4), source: run.n, a: run.seg, b: run.path });
  }

  protected edge(values: Record<string, number>): void {
    this.ring.write("edge", { ...values, time: this.last });
  }
}
