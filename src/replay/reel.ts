/** What every thread of a recorded or replayed run is given. */
export interface Reel {
  readonly mode: "record" | "replay";
  readonly shared: SharedArrayBuffer;
  /** By slot. */
  readonly lists: readonly SharedArrayBuffer[];
}

/** By this name workers find the reel. */
export const REEL = "heddle.replay";
