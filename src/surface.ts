/** Everything that programs import, whatever the platform. */
export * from "./errors.ts";
export { Future } from "./sched/core.ts";
export type { SpawnOptions } from "./sched/definition.ts";
export { crosses, errorClass } from "./shared/codec/index.ts";
export { whenAll, whenAny } from "./task/combinators.ts";
export { type FinishOptions, finish } from "./task/finish.ts";
export { type Accumulator, type AccumulatorOptions, accumulator, max, min, sum } from "./task/accumulator.ts";
export { type Phased, phaser } from "./task/phased.ts";
export { Phaser, type PhaserMode, type Single } from "./task/phaser.ts";
export { HeddlePromise, promise } from "./task/promise.ts";
export { Runtime, type RuntimeStats, type StartOptions, start, stats, stop, type WorkerStats } from "./task/runtime.ts";
export { shared } from "./task/shared.ts";
export { signal } from "./task/signal.ts";
export { spawn } from "./task/spawn.ts";
export { type OrFuture, type ResultOf, type Spawner, type Task, task } from "./task/task.ts";
