import { type Future, start, whenAll } from "heddle";
import { empty } from "../tasks.ts";
import type { OpenPool } from "./pool.ts";

export const openHeddle: OpenPool = async (workers) => {
  const runtime = await start({ workers }); // the first one is the default runtime, where spawns go
  return {
    name: "heddle",
    empty: () => empty.spawn(),
    all: (results) => whenAll(results as Future<unknown>[]),
    close: () => runtime.stop(),
  };
};

/** The same, awaited as one awaits the others. */
export const openPromises: OpenPool = async (...how) => {
  const { empty, close } = await openHeddle(...how);
  return { name: "heddle, Promise.all", empty, close };
};
