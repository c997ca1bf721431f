import { Tinypool } from "tinypool";
import { versionOf } from "../machine.ts";
import { type OpenPool, workerFile } from "./pool.ts";

export const openTinypool: OpenPool = (workers, use) => {
  const pool = new Tinypool({
    filename: workerFile("empty"),
    minThreads: workers,
    maxThreads: workers,
    concurrentTasksPerWorker: use === "throughput" ? 8 : 1,
  });
  return { name: `tinypool ${versionOf("tinypool")}`, empty: () => pool.run(undefined), close: () => pool.destroy() };
};
