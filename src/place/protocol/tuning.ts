/** What a user may set of the stealing between places. Apart, since the command line needs it before anything of the runtime may be loaded. */
export interface StealingTuning {
  /** How many victims are tried at random before the lifelines. */
  tries: number;
  /** The lifelines of a place are those 1, `base`, `base` ** 2, ... further on. */
  base: number;
  /** Which part of what waits goes to a place that has nothing to do, greater than 0, at most 1; and how many tasks at most, plain and async ones each. */
  share: number;
  most: number;
}

export const STEALING: Readonly<StealingTuning> = { tries: 2, base: 2, share: 0.5, most: 256 };
