import { CancelledError, UsageError } from "../errors.ts";
import { Future, runningTask } from "../sched/core.ts";
import { Body, NO_TASK } from "../sched/definition.ts";
import { moreOf, rareOf } from "../sched/more.ts";
import { settle } from "../sched/settling.ts";
import { siteIfCheap } from "../sched/spawn-site.ts";
import { State } from "../sched/state.ts";
import { currentFrame } from "../sched/thread.ts";
import { watch } from "../sched/watch.ts";
import type { ResultOf } from "../task/task.ts";
import { Feed, type Items } from "./feed.ts";
import { checkFlowOptions, Flow, type FlowOptions, type FlowStage, flowStage, needsAwait } from "./flow.ts";

/** One step of a pipeline: takes items of type `I`, makes items of type `O`. Made by `serial` and `parallel`. */
export class Stage<I, O> {
  /** @internal */ readonly stage: FlowStage;
  /** For the type checker alone: there is nothing here. */ declare readonly "~types": (item: I) => O;

  /** @internal */
  constructor(stage: FlowStage) {
    this.stage = stage;
  }
}

/**
 * A stage that works on one item at a time, in the order of the source (oneTBB's serial_in_order): each of its tasks starts
 * when the one before has ended. `fn` is a task of any kind, or a lambda that uses nothing from outside.
 *
 * @throws UsageError `HEDDLE_USAGE`, LambdaError `HEDDLE_LAMBDA`
 */
export function serial<I, R, A extends unknown[]>(fn: (item: I, ...args: [...A]) => R, ...args: A): Stage<I, ResultOf<R>> {
  return new Stage(flowStage(fn, "serial: the function", args, true, serial));
}

/**
 * A stage that works on many items at once. `fn` is a task of any kind, or a lambda that uses nothing from outside.
 *
 * @throws UsageError `HEDDLE_USAGE`, LambdaError `HEDDLE_LAMBDA`
 */
export function parallel<I, R, A extends unknown[]>(fn: (item: I, ...args: [...A]) => R, ...args: A): Stage<I, ResultOf<R>> {
  return new Stage(flowStage(fn, "parallel: the function", args, false, parallel));
}

const DEFINITION = { ...NO_TASK, name: "pipeline" };
/** An async stage needs the event loop, so a plain task cannot join. */
const WITH_ASYNC_STAGE = { ...DEFINITION, body: Body.ASYNC };

/** How `pipeline` can be called: with one to six stages. */
export interface Pipeline {
  <T, A>(source: Items<T>, a: Stage<T, A>): Future<A[]>;
  <T, A, B>(source: Items<T>, a: Stage<T, A>, b: Stage<A, B>): Future<B[]>;
  <T, A, B, C>(source: Items<T>, a: Stage<T, A>, b: Stage<A, B>, c: Stage<B, C>): Future<C[]>;
  <T, A, B, C, D>(source: Items<T>, a: Stage<T, A>, b: Stage<A, B>, c: Stage<B, C>, d: Stage<C, D>): Future<D[]>;
  <T, A, B, C, D, E>(
    source: Items<T>,
    a: Stage<T, A>,
    b: Stage<A, B>,
    c: Stage<B, C>,
    d: Stage<C, D>,
    e: Stage<D, E>,
  ): Future<E[]>;
  <T, A, B, C, D, E, F>(
    source: Items<T>,
    a: Stage<T, A>,
    b: Stage<A, B>,
    c: Stage<B, C>,
    d: Stage<C, D>,
    e: Stage<D, E>,
    f: Stage<E, F>,
  ): Future<F[]>;

  /** The same with options: `pipeline.with({ inFlight: 16 })(source, ...stages)`. */
  with(options: FlowOptions): Pipeline;
}

/**
 * Sends every item of a source through stages, which work at the same time on different items. Each item's run through a stage
 * is a task. The future has the last stage's results, in the order of the source, whatever the kinds of the stages.
 *
 * ```ts
 * const pages = await pipeline(paths, parallel(parse), serial(number), parallel(print));
 * ```
 *
 * No more than `inFlight` items are in the pipeline (oneTBB's tokens); more are taken as items leave it. The source is anything
 * that `for await` takes; in plain and generator tasks, which cannot await items, a plain iterable. The first failure, of a task or of
 * the source, cancels the rest, closes the source and fails the future; so does cancelling the future. Never blocks: `await` the
 * future, `yield*` it in a generator task, or `join` it in a plain task, unless a stage is async.
 *
 * @throws UsageError `HEDDLE_USAGE` for bad arguments.
 */
export const pipeline: Pipeline = withOptions({});

function withOptions(options: FlowOptions): Pipeline {
  checkFlowOptions(options, "pipeline");
  const call = (source: Items<unknown>, ...stages: unknown[]): Future<unknown[]> => {
    const feed = new Feed(source, "pipeline");
    if (stages.length === 0) throw new UsageError("pipeline: no stages were given; make them with serial(fn) and parallel(fn)");
    const checked = stages.map((it, i): FlowStage => {
      if (it instanceof Stage) return it.stage;
      throw new UsageError(
        `pipeline: stage ${i + 1} is no stage; make it with serial(fn) or parallel(fn). Options go to pipeline.with({...}).`,
      );
    });
    const task = runningTask();
    if (feed.isAsync && task !== null && task.def.body !== Body.ASYNC) throw needsAwait("pipeline");
    return run(feed, checked, options);
  };
  return Object.assign(call as unknown as Pipeline, {
    with: (more: FlowOptions): Pipeline => {
      checkFlowOptions(more, "pipeline.with");
      return withOptions({ ...options, ...more });
    },
  });
}

function run(feed: Feed, stages: readonly FlowStage[], options: FlowOptions): Future<unknown[]> {
  const frame = currentFrame();
  const scope = frame?.scope ?? null;
  const def = stages.some((it) => it.def.body === Body.ASYNC) ? WITH_ASYNC_STAGE : DEFINITION;
  const future = new Future<unknown>(State.PROMISED, def, frame, scope, undefined, undefined, undefined);
  const results: unknown[] = [];
  const end = (state: number, value: unknown): void => {
    if (future.state >= State.DONE) return;
    if (state === State.FAILED) scope?.fail(value, future);
    settle(future, state, value);
    scope?.leave();
    place.release();
  };
  const flow = new Flow("pipeline", feed, stages, options, {
    passed(index, value) {
      results[index] = value;
      watch?.feeds(null, future);
      flow.gone();
    },
    ended: () => end(State.DONE, results),
    failed: (error) => end(error instanceof CancelledError ? State.CANCELLED : State.FAILED, error),
  });
  const { place } = flow;
  moreOf(future).port = place.port;
  const rare = rareOf(future);
  rare.of = flow;
  rare.spawnSite = siteIfCheap();
  rare.onCancel = (reason) => {
    place.release();
    Promise.resolve(flow.stop(reason)).catch(() => {}); // who waits has been told
  };
  if (scope !== null) scope.pending++;
  place.hold();
  flow.start();
  return future as Future<unknown[]>;
}
