import type { RecordHandler, RecordLength } from "../../net/inbox.ts";
import type { Transport } from "../../net/transport.ts";

/** What the memory's protocol needs of the group of places. */
export interface Channel {
  readonly place: number;
  readonly places: number;
  readonly transport: Pick<Transport, "sendRange" | "receiveRange" | "dropRange">;
  send(to: number, type: number, bytes: Uint8Array, length?: number): void;
  on(type: number, length: RecordLength, handle: RecordHandler): void;
  onLost(listener: (place: number, error: Error) => void): void;
  lossOf(place: number): Error | undefined;
}
