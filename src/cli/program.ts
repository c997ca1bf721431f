/** What `main` gets: the arguments, and as fields the number of this place, how many there are, and the arguments again. */
export type MainArguments = readonly string[] & {
  readonly place: number;
  readonly places: number;
  readonly args: readonly string[];
};

export type Main = (args: MainArguments) => unknown;

export const mainArguments = (args: readonly string[], place: number, places: number): MainArguments =>
  Object.assign([...args], { place, places, args });

export function mainOf(module: { main?: unknown; default?: unknown }): Main | undefined {
  const fallback = module.default as { main?: unknown } | undefined;
  for (const candidate of [module.main, fallback, fallback?.main]) {
    if (typeof candidate === "function") return candidate as Main;
  }
  return undefined;
}
