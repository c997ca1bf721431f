import type { LoopbackWorld } from "../net/loopback/world.ts";
import type { Transport } from "../net/transport.ts";

/** Which transport joins the places, and what it needs. Structured-cloneable. */
export type TransportStart = { readonly kind: "loopback"; readonly world: LoopbackWorld };

/** In the communication thread. */
export async function connect(start: TransportStart, place: number): Promise<Transport> {
  const { connectLoopback } = await import("../net/loopback/transport.ts");
  return connectLoopback(start.world, place);
}
