import workerpool from "workerpool";
import { versionOf } from "../machine.ts";
import { type OpenPool, workerFile } from "./pool.ts";

export const openWorkerpool: OpenPool = (workers) => {
  const pool = workerpool.pool(workerFile("workerpool"), { minWorkers: workers, maxWorkers: workers, workerType: "thread" });
  return {
    name: `workerpool ${versionOf("workerpool")}`,
    empty: () => pool.exec("empty", []) as unknown as PromiseLike<unknown>,
    close: async () => pool.terminate(),
  };
};
