/** What every thread of a recorded or replayed run is given. */
export interface Reel {
  readonly mode: "record" | "replay";
  /** Of this thread. */
  readonly place: number;
  /** The control block of each place. */
  readonly shared: readonly SharedArrayBuffer[];
  /** By place, then by slot. Where several places share no memory, what is recorded has those of this place alone. */
  readonly lists: readonly (readonly SharedArrayBuffer[])[];
  /** Whether the other places run in other processes. */
  readonly apart: boolean;
}

/** By this name workers find the reel. */
export const REEL = "heddle.replay";
