import type { LoopbackOptions } from "../net/loopback/world.ts";
import { CommandError } from "./exit-codes.ts";

/** For measurements: HEDDLE_LOOPBACK_DELAY and HEDDLE_LOOPBACK_BANDWIDTH make the ways between the places of one process slow. */
export function slowLoopback(env: NodeJS.ProcessEnv = process.env): Pick<LoopbackOptions, "delay" | "bandwidth"> {
  const delay = positive(env, "HEDDLE_LOOPBACK_DELAY", "milliseconds");
  const bandwidth = positive(env, "HEDDLE_LOOPBACK_BANDWIDTH", "bytes a second");
  return { ...(delay !== undefined && { delay }), ...(bandwidth !== undefined && { bandwidth }) };
}

function positive(env: NodeJS.ProcessEnv, name: string, unit: string): number | undefined {
  const setting = env[name];
  if (setting === undefined || setting === "") return undefined;
  const value = Number(setting);
  if (value > 0 && value < Number.POSITIVE_INFINITY) return value;
  throw new CommandError(`${name} is ${setting}; it must be a number of ${unit} greater than 0.`);
}
