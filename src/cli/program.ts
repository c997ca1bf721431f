import type { MainArguments } from "../task/main-arguments.ts";

export type Main = (args: MainArguments) => unknown;

export function mainOf(module: { main?: unknown; default?: unknown }): Main | undefined {
  const fallback = module.default as { main?: unknown } | undefined;
  for (const candidate of [module.main, fallback, fallback?.main]) {
    if (typeof candidate === "function") return candidate as Main;
  }
  return undefined;
}
