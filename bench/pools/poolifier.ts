import { setTimeout } from "node:timers/promises";
import { FixedThreadPool } from "poolifier";
import { versionOf } from "../machine.ts";
import { type OpenPool, workerFile } from "./pool.ts";

export const openPoolifier: OpenPool = (workers) => {
  const pool = new FixedThreadPool(workers, workerFile("poolifier"), { enableEvents: false });
  return {
    name: `poolifier ${versionOf("poolifier")}`,
    empty: () => pool.execute(),
    // Its workers no longer hold the event loop when it waits for their last message, which does not always come.
    close: async () => {
      await Promise.race([pool.destroy(), setTimeout(1000)]);
      await Promise.all(pool.workerNodes.map(({ worker }) => worker.terminate()));
    },
  };
};
