export { type ClusterOptions, VirtualCluster } from "./cluster.ts";
export { ExplorationError } from "./explorer/exploration-error.ts";
export { type ExploreOptions, type ExploreReport, explore } from "./explorer/explore.ts";
export type { Mutation } from "./explorer/hook.ts";
export type { FailureKind } from "./explorer/messages.ts";
export { type Scenario, scenario, type ThreadBody } from "./explorer/scenario.ts";
export {
  checkLeaks,
  expectNoLeaks,
  type Leak,
  LeakError,
  type LeakOptions,
  type LeakProbe,
  resourceProbes,
  type TestLike,
  watchLeaks,
  workerProbe,
} from "./leaks.ts";
export { chooseSeed, Random, withSeed } from "./seed.ts";
