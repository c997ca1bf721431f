import { openHeddle, openPromises } from "./heddle.ts";
import { openPiscina } from "./piscina.ts";
import type { OpenPool } from "./pool.ts";
import { openPoolifier } from "./poolifier.ts";
import { openTinypool } from "./tinypool.ts";
import { openWorkerpool } from "./workerpool.ts";

export const pools = {
  heddle: openHeddle,
  promises: openPromises,
  piscina: openPiscina,
  tinypool: openTinypool,
  workerpool: openWorkerpool,
  poolifier: openPoolifier,
} satisfies Record<string, OpenPool>;
