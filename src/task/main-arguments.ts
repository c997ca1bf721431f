/**
 * What `heddle run` gives to a program's `main`: the arguments of the command line, which is an array, and as fields the number of the place that
 * runs it, how many places there are, and the arguments again.
 *
 * ```ts
 * export default async function main({ place, places, args }: MainArguments) {}
 * ```
 */
export type MainArguments = readonly string[] & {
  readonly place: number;
  readonly places: number;
  readonly args: readonly string[];
};

export const mainArguments = (args: readonly string[], place: number, places: number): MainArguments =>
  Object.assign([...args], { place, places, args });
