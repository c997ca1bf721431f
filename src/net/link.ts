/** What a protocol between places stands on: a class that is given a link, and told by `receive` what came. No threads, no clock. */
export interface Link {
  readonly place: number;
  readonly places: number;
  /** Sends a message, and `behind` it as part of the same, to the same protocol at another place. Messages between two places may overtake each other. Never blocks. */
  send(to: number, message: Uint8Array, behind?: Uint8Array): void;
}

export interface Protocol {
  /** `message` is valid only during the call. */
  receive(from: number, message: Uint8Array): void;
}
