/**
 * How a thread that takes no part in the program, the dashboard's, reaches its like at other places: by the communication thread of its place, which has the other end (`../place/relay.ts`).
 * See ../place/README.md, "Onlookers".
 */

/** What both threads are given. Structured-cloneable. */
export interface RelayStart {
  /** The name of a BroadcastChannel of this process. */
  readonly channel: string;
  /** One word, which counts what the onlooker has posted: the communication thread looks at it in each round. */
  readonly bell: SharedArrayBuffer;
}

/** What the onlooker posts. */
export type FromOnlooker =
  /** "stays": the end is to wait for longer than usual until "closed" comes, as long as something does. */
  { readonly to: number; readonly bytes: Uint8Array } | { readonly kind: "stays" | "closed" };

/** What the communication thread posts. */
export type ToOnlooker =
  /** Other places can be reached from now on. */
  | { readonly kind: "open" }
  | { readonly kind: "message"; readonly from: number; readonly bytes: Uint8Array }
  | { readonly kind: "lost"; readonly place: number; readonly why: string }
  /** The program has ended at all places: "closed" is awaited, for a while. */
  | { readonly kind: "closing" };
