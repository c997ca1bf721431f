/** What a phaser needs of the thread that it is used in: memory, and a way to wake who waits. */

import type { Port } from "../sched/port.ts";
import type { Station } from "../sched/station.ts";
import { getPort } from "../sched/thread.ts";
import { pause } from "../shared/atomics.ts";
import { Message, type MessageKind } from "../shared/mailbox.ts";
import { WAITER_BYTES, Waiter, writeWaiter } from "../shared/waiters.ts";
import { here, stationHere } from "./runtime.ts";

type Kind = (typeof MessageKind)[keyof typeof MessageKind];

export interface PhaserHome {
  readonly i32: Int32Array;
  /** Null in serial mode. */
  readonly station: Station | null;
  readonly port: Port | null;
  alloc(bytes: number): number;
  free(address: number): void;
  newWaiter(kind: Kind, wake: (kind: number) => void): { node: number; id: number };
  discardWaiter(node: number, id: number): void;
  /** Nobody waits for it any more; it is still in a list. */
  forgetWaiter(id: number): void;
  /** Delivers a waiter to its thread; to this one, at once. */
  post(node: number, slot: number, kind: Kind): void;
  /** While somebody else is at the boundary. */
  receive(): void;
}

const homes = new WeakMap<Station, PhaserHome>();

export function stationHome(station: Station): PhaserHome {
  let home = homes.get(station);
  if (home === undefined) homes.set(station, (home = makeStationHome(station)));
  return home;
}

function makeStationHome(station: Station): PhaserHome {
  const { mem, heap, objects, slot: self } = station;
  return {
    i32: mem.i32,
    station,
    port: station.port,
    alloc: (bytes) => heap.alloc(bytes),
    free: (address) => heap.free(address),
    newWaiter: (kind, wake) => objects.newWaiter(kind, wake),
    discardWaiter: (node, id) => objects.discardWaiter(node, id),
    forgetWaiter: (id) => objects.forgetWaiter(id),
    post(node, slot, kind) {
      mem.i32[(node >>> 2) + Message.KIND] = kind; // plain: the node is in no list
      if (slot === self) objects.receiveWaiter(node);
      else station.sendTo(slot, node);
    },
    receive() {
      pause();
      station.receive();
    },
  };
}

const serialHomes = new WeakMap<object, PhaserHome>();

/** The home that applies here and now. */
export function phaserHome(): PhaserHome {
  const station = stationHere();
  if (station !== null) return stationHome(station);
  const { mem, heap } = here();
  let home = serialHomes.get(mem);
  if (home !== undefined) return home;
  const { i32 } = mem;
  const waiters = new Map<number, (kind: number) => void>();
  let last = 0;
  home = {
    i32,
    station: null,
    port: getPort(),
    alloc: (bytes) => heap.alloc(bytes),
    free: (address) => heap.free(address),
    newWaiter(kind, wake) {
      const node = heap.alloc(WAITER_BYTES);
      writeWaiter(i32, node, kind, 0, ++last);
      waiters.set(last, wake);
      return { node, id: last };
    },
    discardWaiter(node, id) {
      waiters.delete(id);
      heap.free(node);
    },
    forgetWaiter: (id) => waiters.delete(id),
    post(node, _slot, kind) {
      const id = i32[(node >>> 2) + Waiter.ID]!;
      const wake = waiters.get(id);
      waiters.delete(id);
      heap.free(node);
      wake?.(kind);
    },
    receive() {},
  };
  serialHomes.set(mem, home);
  return home;
}
