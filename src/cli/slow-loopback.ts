import type { LoopbackOptions } from "../net/loopback/world.ts";
import { CommandError } from "./exit-codes.ts";

/** For measurements: HEDDLE_LOOPBACK_DELAY and HEDDLE_LOOPBACK_BANDWIDTH make the ways between the places of one process slow. */
export function slowLoopback(env: NodeJS.ProcessEnv = process.env): Pick<LoopbackOptions, "delay" | "bandwidth"> {
  const delay = setting(env, "HEDDLE_LOOPBACK_DELAY", "milliseconds, 0 or more", (it) => it >= 0);
  const bandwidth = setting(env, "HEDDLE_LOOPBACK_BANDWIDTH", "bytes a second greater than 0", (it) => it > 0);
  return { ...(delay !== undefined && { delay }), ...(bandwidth !== undefined && { bandwidth }) };
}

function setting(env: NodeJS.ProcessEnv, name: string, range: string, isIn: (value: number) => boolean): number | undefined {
  const text = env[name];
  if (text === undefined || text === "") return undefined;
  const value = Number(text);
  if (isIn(value) && value < Number.POSITIVE_INFINITY) return value;
  throw new CommandError(`${name} is ${text}; it must be a number of ${range}.`);
}
