/** The communication thread of a place: the only one that talks to other places. It runs no code of the user's. See README.md. */
import { availableParallelism } from "node:os";
import { InvariantError } from "../errors.ts";
import type { Facts, Hello } from "../net/hello.ts";
import { findYield } from "../net/koffi.ts";
import type { RelayStart } from "../net/relay.ts";
import type { Transport } from "../net/transport.ts";
import { getPlatform, type ThreadStart } from "../platform/platform.ts";
import { attachHeap } from "../sched/attach.ts";
import { announce, Park, retract, sleep, wake } from "../sched/parking.ts";
import type { Port } from "../sched/port.ts";
import { Loop, noteActivity } from "../sched/rest.ts";
import { Station } from "../sched/station.ts";
import { load, pause, store } from "../shared/atomics.ts";
import { Cell, cellWord, ownerOf } from "../shared/cell.ts";
import { Control, Slot, slotWord } from "../shared/layout.ts";
import { ANYWHERE, following, kindOf, Message, MessageKind, OF_OBJECT, placeOfAway, takeAll } from "../shared/mailbox.ts";
import { attachMemory, type SharedMemory } from "../shared/memory.ts";
import { Ancestry } from "./ancestry.ts";
import { Calls } from "./calls.ts";
import { compareClocks } from "./clocks.ts";
import { Ending } from "./ending.ts";
import { mountExplain } from "./explain.ts";
import { FunctionNames } from "./function-names.ts";
import { Futures } from "./futures.ts";
import { Group } from "./group.ts";
import { arrivals } from "./in-order.ts";
import { Incoming } from "./incoming.ts";
import { Lingering, NO_LINGERING } from "./lingering.ts";
import { Batches } from "./memory/batches.ts";
import { mountMemory } from "./memory/mount.ts";
import type { MemoryService } from "./memory/service.ts";
import { onNews, sendNews, Topic } from "./messages.ts";
import { ModuleNames } from "./module-names.ts";
import { Outgoing } from "./outgoing.ts";
import { Payloads } from "./payloads.ts";
import { FarPhasers } from "./phasers.ts";
import { Pool } from "./pool.ts";
import type { StealingTuning } from "./protocol/tuning.ts";
import { Record } from "./records.ts";
import type { Relay } from "./relay.ts";
import { Desk } from "./requests.ts";
import { mountLocks } from "./shared-lock.ts";
import { mountTeams } from "./team/mount.ts";
import { NO_TRAFFIC, TracedTraffic } from "./traffic.ts";
import { connect, type TransportStart } from "./transports.ts";

/** What the thread is given when it starts. Structured-cloneable. */
export interface CommunicationStart {
  readonly place: number;
  readonly transport: TransportStart;
  /** The folder of the program, as a URL with a slash at the end. */
  readonly root: string | undefined;
  /** What all places must have in common; null where they are sure to. */
  readonly facts: Facts | null;
  /** For an onlooker that there is at every place; null where there is none. */
  readonly relay: RelayStart | null;
  readonly stealing: Readonly<StealingTuning>;
}

/** So many rounds without anything to do before the thread sleeps, also where there are more threads than cores. */
const POLLS = 50;
const POLLS_IN_A_CROWD = 2;
/** The event loop turns at least so often (ms) while the thread works. */
const TURN_MS = 1000;
/** How long (ms) it sleeps at most while something waits for room in the heap. */
const ROOM_MS = 10;
const CLIENT = 0;

class Communication {
  readonly #i32: Int32Array;
  readonly #slot: number;
  readonly #polls: number;
  readonly #station: Station;
  readonly #transport: Transport;
  readonly #group: Group;
  readonly #outgoing: Outgoing;
  readonly #incoming: Incoming;
  readonly #futures: Futures;
  readonly #pool: Pool;
  readonly #ending: Ending;
  readonly #desk: Desk;
  readonly #memory: MemoryService;
  readonly #batches: Batches;
  readonly #calls: Calls;
  readonly #hello: Hello | null;
  readonly #lingering: Pick<Lingering, "moved" | "looksOn">;
  /** Between places that do not share a process. */
  readonly #compareClocks: () => void = () => {};
  #relay: Relay | null = null;
  #epoch = 0;
  #idle = 0;
  #turned = 0;
  #closing = false;
  #closed = false;

  constructor(start: ThreadStart, mem: SharedMemory, transport: Transport, { root, facts, stealing }: CommunicationStart) {
    const { map, heap } = attachHeap(mem, start.slots, start.slot, true);
    this.#i32 = mem.i32;
    this.#slot = start.slot;
    this.#polls = mem.i32[Control.CROWDED] === 1 ? POLLS_IN_A_CROWD : POLLS;
    const unknown = (id: number): never => {
      throw new InvariantError(`the communication thread was asked for function ${id}`);
    };
    const station = new Station(mem, map, start.slot, heap, this.#port(), unknown);
    this.#station = station;
    this.#transport = transport;
    const group = new Group(transport, mem, heap, {
      refused: (from, error) => getPlatform().warn(`Refused a message of place ${from}: ${error.message}`, error.code),
    });
    this.#group = group;
    this.#lingering = lingeringOf(transport);
    this.#hello = facts === null ? null : group.greet(facts);
    const names = new FunctionNames(station.functions, new ModuleNames(root), group);
    const payloads = new Payloads(station, group, names);
    const ancestry = new Ancestry(station, group.place);
    const traffic = start.trace === undefined ? NO_TRAFFIC : new TracedTraffic(start.trace, start.slot, map, mem.f64);
    const surroundings = { station, group, names, payloads, ancestry, traffic };
    this.#ending = new Ending(group, () => this.#busy, {
      askQuiet: (count) => sendNews(station, CLIENT, Topic.IS_QUIET, count),
      ended: () => {
        this.#closing = true;
      },
    });
    const sent = (): number => this.#ending.sent();
    const received = (colour: number): void => {
      this.#sayBusy(true); // before what has come can be taken
      this.#ending.received(colour);
    };
    this.#outgoing = new Outgoing(surroundings, sent);
    this.#incoming = new Incoming(surroundings, received);
    this.#futures = new Futures(surroundings, { sent, received });
    payloads.futures = this.#futures;
    const phasers = new FarPhasers(station, group);
    payloads.phasers = phasers;
    this.#pool = new Pool(station, group, this.#incoming.rings, stealing, (cell, place) => this.#outgoing.take(cell, place));
    this.#desk = new Desk(station);
    this.#memory = mountMemory(group, this.#desk, station);
    this.#batches = new Batches(station, this.#memory);
    const teams = mountTeams(group, this.#desk, station);
    mountLocks(group, this.#desk);
    this.#calls = new Calls(station, this.#desk, { group, outgoing: this.#outgoing, incoming: this.#incoming });
    mountExplain(group, this.#desk, station, () => ({
      away: this.#outgoing.look(),
      arrived: this.#incoming.look(),
      pool: this.#pool.look(),
      phasers: phasers.known(),
      ...teams.look(),
    }));
    if (traffic.on && !transport.wakes)
      this.#compareClocks = compareClocks(group, (offset, error) => traffic.clock(offset, error));
    group.on(Record.FUNCTIONS, { atLeast: 8 }, (from, body) => {
      names.read(from, body);
      payloads.retry();
    });
    group.onLost((place, error) => {
      payloads.lose(place);
      this.#outgoing.lose(place, error);
      this.#futures.lose(place, error);
      this.#incoming.lose(place);
      this.#calls.lose(place, error);
      sendNews(station, CLIENT, Topic.LOST, place);
      this.#ending.lose();
    });
    onNews(station, (topic, detail) => this.#hear(topic, detail));
    store(mem.i32, slotWord(start.slot) + Slot.STARTED, 1);
  }

  /** From now on carries what onlookers say to each other. */
  carry(make: (group: Group) => Relay): void {
    this.#relay = make(this.#group);
  }

  get #busy(): boolean {
    return (
      this.#outgoing.size > 0 ||
      this.#incoming.size > 0 ||
      this.#pool.size > 0 ||
      this.#desk.open > 0 ||
      this.#memory.pending > 0 ||
      this.#batches.waiting > 0 ||
      this.#calls.waiting > 0 ||
      (arrivals?.held ?? 0) > 0
    );
  }

  #hear(topic: number, detail: number): void {
    if (topic === Topic.MAIN_ENDED) this.#ending.mainEnded();
    else if (topic === Topic.QUIET) this.#ending.quiet(detail);
    else if (topic === Topic.ABORT) this.#transport.abort(detail);
  }

  // ---- the loop ----------------------------------------------------------------------------------------------------

  /** Throws PlaceMismatchError when the places do not go together. */
  async welcome(): Promise<void> {
    for (;;) {
      const verdict = this.#hello?.verdict ?? "welcome";
      const progress = this.#group.poll();
      if (this.#group.flush() || progress || !this.#group.drained) continue;
      if (verdict instanceof Error) throw verdict;
      if (verdict === "welcome" || load(this.#i32, Control.STOP) !== 0) return;
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  }

  async run(): Promise<void> {
    this.#compareClocks();
    while (load(this.#i32, Control.STOP) === 0) {
      if (this.#closing && this.#group.drained) {
        await this.#close();
        continue;
      }
      if (this.#idle >= this.#polls && arrivals?.waitForTurn() === true) this.#idle--;
      else if (this.#idle >= this.#polls && !this.#lingering.looksOn()) await this.#sleep();
      else if (this.#round()) {
        this.#idle = 0;
        this.#lingering.moved();
        if (this.#station.objects.wantsTurn() || performance.now() - this.#turned > TURN_MS) await this.#turn();
      } else {
        this.#idle++;
        pause();
      }
    }
    this.#station.heap.flush();
  }

  async #turn(): Promise<void> {
    await getPlatform().macrotask();
    this.#turned = performance.now();
  }

  /** One round: takes in what has come from both sides, and sends what there is. True when anything has happened. */
  #round(): boolean {
    let progress = this.#receive();
    if (this.#closed) return progress;
    if (this.#group.poll()) progress = true;
    if (load(this.#i32, Control.CANCEL_EPOCH) !== this.#epoch) {
      this.#epoch = load(this.#i32, Control.CANCEL_EPOCH);
      this.#outgoing.lookForCancellation();
      this.#incoming.lookForFailures();
      progress = true;
    }
    if (this.#incoming.retry()) progress = true;
    if (arrivals?.serve() === true) progress = true;
    if (this.#pool.serve()) progress = true;
    if (this.#batches.serve()) progress = true;
    this.#relay?.serve();
    if (progress) {
      noteActivity(this.#i32, this.#slot);
      this.#sayBusy(this.#busy);
    }
    return this.#group.flush() || progress;
  }

  /** All mail: cells for other places, cells that come home, news of the main thread. */
  #receive(): boolean {
    const box = slotWord(this.#slot) + Slot.MAILBOX;
    if (load(this.#i32, box) === 0) return false;
    this.#sayBusy(true); // before the mailbox is empty
    let node = takeAll(this.#i32, box);
    while (node !== 0) {
      const next = following(this.#i32, node);
      const kind = kindOf(this.#i32[(node >>> 2) + Message.KIND]!);
      if (kind !== MessageKind.BATCH) this.#batches.takeAll();
      if (kind === MessageKind.AWAY) this.#takeAway(node);
      else if (kind === MessageKind.CELL && ownerOf(this.#station.map, node) === this.#slot) this.#incoming.comeHome(node);
      else this.#station.receivers.get(kind)!(node);
      node = next;
    }
    return true;
  }

  #takeAway(cell: number): void {
    const place = placeOfAway(this.#i32[cellWord(cell) + Cell.KIND]!);
    if (place === ANYWHERE) this.#pool.add(cell);
    else if (place === OF_OBJECT) this.#calls.take(cell);
    else this.#outgoing.take(cell, place);
  }

  /** Says whether tasks are on their way, for those who want to know whether the place is at rest; see ../sched/README.md, "Rest". */
  #sayBusy(busy: boolean): void {
    const word = slotWord(this.#slot) + Slot.LOOP;
    const loop = busy ? Loop.TASKS : Loop.NOTHING;
    if (load(this.#i32, word) === loop) return;
    store(this.#i32, word, loop);
    if (!busy && load(this.#i32, Control.ASKS_REST) !== 0) wake(this.#i32, CLIENT);
  }

  async #sleep(): Promise<void> {
    if (performance.now() - this.#turned > TURN_MS) await this.#turn();
    announce(this.#i32, this.#slot, Park.IDLE);
    this.#pool.askHunger(true);
    if (this.#somethingCame() || this.#round()) {
      this.#pool.askHunger(false);
      retract(this.#i32, this.#slot);
      this.#idle = 0;
      return;
    }
    const rest = this.#closed
      ? Number.POSITIVE_INFINITY
      : Math.min(this.#transport.rest(), this.#ending.rest(), this.#roomRest());
    if (rest > 0) sleep(this.#i32, this.#slot, Park.IDLE, rest === Number.POSITIVE_INFINITY ? undefined : rest);
    else retract(this.#i32, this.#slot);
    this.#pool.askHunger(false);
  }

  #roomRest(): number {
    return this.#group.waitsForRoom || this.#incoming.waitsForRoom || (arrivals?.held ?? 0) > 0
      ? ROOM_MS
      : Number.POSITIVE_INFINITY;
  }

  #somethingCame(): boolean {
    return (
      load(this.#i32, slotWord(this.#slot) + Slot.MAILBOX) !== 0 ||
      load(this.#i32, Control.CANCEL_EPOCH) !== this.#epoch ||
      load(this.#i32, Control.STOP) !== 0
    );
  }

  /** Everything has ended everywhere. */
  async #close(): Promise<void> {
    this.#closing = false;
    this.#relay?.farewell();
    await this.#transport.close();
    this.#closed = true;
    sendNews(this.#station, CLIENT, Topic.ALL_ENDED);
  }

  #port(): Port {
    const nothing = (): void => {};
    return {
      feed: nothing,
      share: nothing,
      glance: nothing,
      tick: () => 0x3fff_ffff,
      divert: () => false,
      help: () => false,
      localWork: nothing,
      expectResult: nothing,
      unhandled: nothing,
      cancelPromoted: nothing,
      cancelPromotedBelow: nothing,
      lookForCancellation: nothing,
    };
  }
}

/** With more communication threads than cores on a machine, those that look on would only be in each other's way. */
function lingeringOf({ hosts, place }: Transport): Pick<Lingering, "moved" | "looksOn"> {
  const here = hosts.filter((host) => host === hosts[place]).length;
  const giveWay = here <= availableParallelism() ? findYield() : undefined;
  return giveWay === undefined ? NO_LINGERING : new Lingering(giveWay, () => performance.now());
}

/** The life of the communication thread: resolves when the runtime stops. */
export async function runCommunication(start: ThreadStart, onReady: () => void): Promise<void> {
  const it = start.communication as CommunicationStart;
  const mem = attachMemory(start.memory);
  const thread = new Communication(start, mem, await connect(it.transport, it.place, mem), it);
  if (it.relay !== null) {
    const { relay } = it;
    const { Relay } = await import("./relay.ts");
    thread.carry((group) => new Relay(relay, group));
  }
  await thread.welcome();
  onReady();
  await thread.run();
}
