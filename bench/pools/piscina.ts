import { Piscina } from "piscina";
import { type OpenPool, workerFile } from "./pool.ts";

export const openPiscina: OpenPool = async (workers, use) => {
  const pool = new Piscina({
    filename: workerFile("empty"),
    minThreads: workers,
    maxThreads: workers,
    recordTiming: false,
    ...(use === "throughput" ? { atomics: "sync", concurrentTasksPerWorker: 8 } : { atomics: "disabled" }),
  });
  return { name: `piscina ${Piscina.version}`, empty: () => pool.run(undefined), close: () => pool.destroy() };
};
