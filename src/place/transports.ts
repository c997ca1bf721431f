import { TransportError } from "../errors.ts";
import type { LoopbackWorld } from "../net/loopback/world.ts";
import type { Transport } from "../net/transport.ts";
import type { SharedMemory } from "../shared/memory.ts";

/** Which transport joins the places, and what it needs. Structured-cloneable. */
export type TransportStart =
  | { readonly kind: "loopback"; readonly world: LoopbackWorld }
  | { readonly kind: "mpi"; readonly workers: number; readonly places: number };

/** In the communication thread. Throws TransportError (`HEDDLE_TRANSPORT`). */
export async function connect(start: TransportStart, place: number, memory: SharedMemory): Promise<Transport> {
  if (start.kind === "loopback") {
    const { connectLoopback } = await import("../net/loopback/transport.ts");
    return connectLoopback(start.world, place);
  }
  const { connectMpi } = await import("../net/mpi/transport.ts");
  const transport = connectMpi({ memory, workers: start.workers });
  if (transport.place === place && transport.places === start.places) return transport;
  throw new TransportError(
    `The launcher has started this process as place ${place} of ${start.places}; MPI calls it ${transport.place} of ${transport.places}. ` +
      "That happens when the launcher belongs to another MPI than the library: see `heddle info`.",
  );
}
