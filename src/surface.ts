/** Everything that programs import, whatever the platform. */
import "./place/inspect.ts";
import "./task/inspect.ts";

export * from "./errors.ts";
export { type DistributeOptions, Distribution, distribute } from "./pattern/distribution.ts";
export type { Domain, Domain1, Domain2, Domain3, Range, RangeOptions } from "./pattern/domain.ts";
export type { Items } from "./pattern/feed.ts";
export type { FlowOptions, FlowProgress } from "./pattern/flow.ts";
export type { Folding } from "./pattern/folding.ts";
export { map, type ParallelMap } from "./pattern/map.ts";
export { type MapStream, type MapStreamOptions, mapStream } from "./pattern/map-stream.ts";
export type { ParallelFor } from "./pattern/parallel-for.ts";
export { type Pipeline, parallel, pipeline, type Stage, serial } from "./pattern/pipeline.ts";
export { reduce } from "./pattern/reduce.ts";
export { type Scan, type Scanning, scan } from "./pattern/scan.ts";
export { type ElementOf, type SortOptions, sort } from "./pattern/sort.ts";
export { finish } from "./place/finish.ts";
export { parallelFor, type SpmdFor } from "./place/loops/parallel-for.ts";
export { type CopyOptions, copy, type Pieces } from "./place/memory/copy.ts";
export { GlobalPtr, pointerTo } from "./place/memory/global-ptr.ts";
export { type HeapAt, heapAt } from "./place/memory/heap-at.ts";
export { SharedArray, type SharedArrayOptions, sharedArray, sharedVar, type Update } from "./place/memory/shared-array.ts";
export { type BalancePolicy, greedyBalance, type ObjectLoad, type ObjectMove, refineBalance } from "./place/mobile/balance.ts";
export { type Creator, type MobileClass, type MobileOptions, mobile, mobileOf } from "./place/mobile/mobile.ts";
export {
  type AnswerOf,
  type ArgumentsOf,
  type MethodOf,
  type Mobile,
  MobileRef,
  type RemoteMethods,
} from "./place/mobile/ref.ts";
export { LockHold, SharedLock, sharedLock } from "./place/shared-lock.ts";
export { type Reduction, Team, world } from "./place/team/team.ts";
export { Future } from "./sched/core.ts";
export { crosses, errorClass } from "./shared/codec/index.ts";
export type { Waiting } from "./stuck/explain.ts";
export { type WhyStuck, type WorkerDoing, whyStuck } from "./stuck/why-stuck.ts";
export { type Accumulator, type AccumulatorOptions, accumulator, max, min, sum } from "./task/accumulator.ts";
export { whenAll, whenAny } from "./task/combinators.ts";
export type { FinishOptions } from "./task/finish.ts";
export type { MainArguments } from "./task/main-arguments.ts";
export { type Phased, phaser } from "./task/phased.ts";
export { Phaser, type Single } from "./task/phaser.ts";
export { HeddlePromise, promise } from "./task/promise.ts";
export type { PhaserMode } from "./task/registration.ts";
export { Runtime, type RuntimeStats, type StartOptions, start, stats, stop, type WorkerStats } from "./task/runtime.ts";
export { shared } from "./task/shared.ts";
export { signal } from "./task/signal.ts";
export { spawn } from "./task/spawn.ts";
export type { SpawnOptions } from "./task/spawn-options.ts";
export { type OrFuture, type ResultOf, type Spawner, type Task, task } from "./task/task.ts";
export { mark, span } from "./task/trace.ts";
export { wasmTask } from "./task/wasm-task.ts";
export { place, places } from "./task/whereabouts.ts";
