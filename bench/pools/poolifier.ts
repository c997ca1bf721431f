import { FixedThreadPool } from "poolifier";
import { versionOf } from "../machine.ts";
import { type OpenPool, workerFile } from "./pool.ts";

export const openPoolifier: OpenPool = (workers) => {
  const pool = new FixedThreadPool(workers, workerFile("poolifier"), { enableEvents: false });
  return {
    name: `poolifier ${versionOf("poolifier")}`,
    empty: () => pool.execute(),
    // Its workers no longer hold the event loop when it waits for their last message.
    close: () => {
      const hold = setInterval(() => {}, 1000);
      return pool.destroy().finally(() => clearInterval(hold));
    },
  };
};
