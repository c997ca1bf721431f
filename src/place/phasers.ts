/**
 * Phasers that several places know, for the communication thread: at each place a block as that of any phaser, with one member more, the trunk, which stands for all other places. See
 * README.md, "Phasers".
 */
import { MessageError, WorkerLostError } from "../errors.ts";
import { State } from "../sched/state.ts";
import type { Station } from "../sched/station.ts";
import { MessageKind } from "../shared/mailbox.ts";
import { Obj, ObjType, retain } from "../shared/object.ts";
import {
  advance,
  beginStandIn,
  completion,
  ENDED,
  endStandIn,
  enlist,
  handOver,
  leave,
  link,
  nextOf,
  origin,
  PHASER_WORDS,
  phaseOf,
  RECORD_BYTES,
  signal,
  trunkOf,
} from "../shared/phaser.ts";
import { resultOf } from "../shared/waiters.ts";
import { FarNews, numberOf, PhaserNews, Ticket } from "../task/far-phaser.ts";
import { closeWith, outcomeFromAway } from "../task/outcome.ts";
import { type PhaserHome, stationHome } from "../task/phaser-home.ts";
import type { Group } from "./group.ts";
import { inOrder, orderly } from "./in-order.ts";
import type { PhaserNames } from "./payloads.ts";
import { nameOfJoin, type PhaserName, Phasers } from "./protocol/phasers.ts";
import { ProtocolNumber } from "./records.ts";

/** A phaser that this place knows, until it ends. */
interface Part {
  readonly name: PhaserName;
  /** Held. */
  readonly block: number;
  /** 0 for one of another place, until that has said which phase it is. */
  trunk: number;
  broken: boolean;
}

export class FarPhasers implements PhaserNames {
  readonly #station: Station;
  readonly #group: Group;
  readonly #home: PhaserHome;
  readonly #protocol: Phasers;
  readonly #parts = new Map<number, Part>();
  readonly #byName = new Map<string, Part>();
  /** To be looked at: one after the other, since one look may ask for the next. */
  readonly #toLook = new Set<Part>();
  #isLooking = false;

  constructor(station: Station, group: Group) {
    this.#station = station;
    this.#group = group;
    this.#home = stationHome(station);
    let protocol!: Phasers;
    group.mount(ProtocolNumber.PHASERS, (link) => {
      protocol = new Phasers(link, {
        joined: (name, phase) => this.#with(name, `joined ${phase}`, (part) => this.#joined(part, phase)),
        ended: (name, phase) => this.#with(name, `ended ${phase}`, (part) => this.#ended(part, phase)),
        act: (name) => this.#with(name, "acts", (part) => this.#act(part)),
        over: (name) => this.#with(name, "over", (part) => this.#over(part)),
        broke: (name, error) => this.#with(name, "broke", (part) => this.#broke(part, error)),
        release: (name, record) => this.#with(name, "released", (part) => this.#leave(part, record)),
      });
      return orderly(protocol, "a phaser is joined", nameOfJoin);
    });
    this.#protocol = protocol;
    station.receivers.set(MessageKind.PHASER, (node) => this.#hear(node));
    group.onLost((place, error) => this.#protocol.lost(place, station.away.encodeError(error)));
  }

  #with(name: PhaserName, event: string, then: (part: Part) => void): void {
    inOrder("a phaser goes on", `${keyOf(name)} ${event}`, () => {
      const part = this.#byName.get(keyOf(name));
      if (part !== undefined && !part.broken) then(part);
    });
  }

  // ---- names -------------------------------------------------------------------------------------------------------

  /** A message that mentions the block leaves: that place makes a block of its own. */
  leave(_place: number, block: number): void {
    this.#partOf(block);
    this.#station.objects.drop(block);
  }

  leaveMember(place: number, block: number, record: number, ticket: number): void {
    const part = this.#partOf(block);
    this.#station.mem.i32[(ticket >>> 2) + Ticket.STATE] = Ticket.SENT;
    if (part === null) return this.#leaveRecord(block, record);
    this.#protocol.sent(part.name, place);
    const loss = this.#group.lossOf(place);
    if (loss !== undefined) this.#protocol.break(part.name, this.#station.away.encodeError(loss));
  }

  /** @throws MessageError `HEDDLE_MESSAGE` */
  arrive(home: number, number: number): number {
    const { mem, objects } = this.#station;
    if (home >= this.#group.places) throw new MessageError(`a message mentions a phaser of place ${home}, which there is not`);
    const name = { home, number };
    let part = this.#byName.get(keyOf(name));
    if (part === undefined) {
      const block = objects.makeBlock(ObjType.PHASER, PHASER_WORDS);
      beginStandIn(mem.i32, block, home, number);
      if (home === this.#group.place) {
        endStandIn(mem.i32, block, this.#home.post); // one of ours that has ended
        return block;
      }
      part = this.#keep({ name, block, trunk: 0, broken: false });
      this.#protocol.join(name);
    }
    retain(mem.i32, part.block);
    return part.block;
  }

  arriveMember(from: number, block: number, theirs: number, phase: number): number {
    const part = this.#parts.get(block);
    if (part === undefined || phase >= ENDED) throw new MessageError(`place ${from} sends a member of a phaser that has ended`);
    const record = this.#home.alloc(RECORD_BYTES);
    this.#protocol.registered(part.name, from, theirs, phase, () => {
      if (enlist(this.#station.mem.i32, block, record, phase, part.trunk !== 0)) this.#advance(part);
    });
    return record;
  }

  /** What this place calls the phasers that other places know, and what all call them. */
  known(): [id: number, name: string][] {
    const { f64 } = this.#station.mem;
    return Array.from(this.#parts.values(), ({ block, name }) => [f64[((block >>> 2) + Obj.ID) >>> 1]!, keyOf(name)]);
  }

  #keep(part: Part): Part {
    this.#parts.set(part.block, part);
    this.#byName.set(keyOf(part.name), part);
    return part;
  }

  #forget(part: Part): void {
    this.#parts.delete(part.block);
    this.#byName.delete(keyOf(part.name));
    this.#toLook.delete(part);
    this.#station.objects.drop(part.block);
  }

  /** A phaser of this place gets to be known elsewhere with the first look at it. Null when it has ended. */
  #partOf(block: number): Part | null {
    const { i32 } = this.#station.mem;
    const known = this.#parts.get(block);
    if (known !== undefined) return known;
    const trunk = trunkOf(i32, block);
    if (origin(i32, block) !== null || trunk === 0 || phaseOf(i32, block) === ENDED || nextOf(i32, trunk) < 0) return null;
    retain(i32, block);
    const name = { home: this.#group.place, number: numberOf(this.#station, block) };
    const part = this.#keep({ name, block, trunk, broken: false });
    this.#protocol.open(name.number, nextOf(i32, trunk));
    this.#look(part);
    return part;
  }

  // ---- what threads of this place say ------------------------------------------------------------------------------

  #hear(node: number): void {
    const { mem, heap, objects } = this.#station;
    const block = mem.i32[(node >>> 2) + PhaserNews.BLOCK]! >>> 0;
    const topic = mem.i32[(node >>> 2) + PhaserNews.TOPIC]!;
    heap.free(node);
    const part = this.#partOf(block);
    if (part !== null && topic === FarNews.LOOK) this.#look(part);
    else if (part !== null) this.#protocol.acted(part.name);
    objects.drop(block);
  }

  /** Whether all members of this place have signalled, or it is broken. */
  #look(part: Part): void {
    this.#toLook.add(part);
    if (this.#isLooking) return;
    this.#isLooking = true;
    for (const it of this.#toLook) {
      this.#toLook.delete(it);
      this.#lookAt(it);
    }
    this.#isLooking = false;
  }

  #lookAt({ name, block, trunk, broken }: Part): void {
    const { mem, away } = this.#station;
    if (broken) return;
    if (resultOf(mem.i32, (block >>> 2) + Obj.HEAD) !== 0) {
      const lost = new WorkerLostError(
        `A worker of place ${this.#group.place} died that had tasks in this phaser, so that its phase cannot end.`,
      );
      this.#protocol.break(name, away.encodeError(lost));
    } else if (trunk !== 0) {
      const it = completion(mem.i32, block, trunk);
      if (it !== null) this.#protocol.complete(name, it.phase, it.live, it.action);
    }
  }

  // ---- what other places say ---------------------------------------------------------------------------------------

  #joined(part: Part, phase: number): void {
    part.trunk = this.#home.alloc(RECORD_BYTES);
    link(this.#station.mem.i32, part.block, part.trunk, phase, this.#home.post);
    this.#look(part);
  }

  #ended(part: Part, phase: number): void {
    const { i32 } = this.#station.mem;
    while (part.trunk !== 0 && nextOf(i32, part.trunk) <= phase) {
      if (signal(i32, part.block, part.trunk)) this.#advance(part);
    }
    this.#look(part);
  }

  #act(part: Part): void {
    if (!handOver(this.#station.mem.i32, part.block, this.#home.post)) this.#protocol.acted(part.name);
  }

  #over(part: Part): void {
    const { i32 } = this.#station.mem;
    if (part.trunk === 0) endStandIn(i32, part.block, this.#home.post);
    else if (leave(i32, part.block, part.trunk)) this.#advance(part);
    this.#forget(part);
  }

  #broke(part: Part, error: Uint8Array): void {
    part.broken = true;
    const payload = this.#station.values.writeBlock(error);
    closeWith(this.#station, part.block, outcomeFromAway(this.#station, State.FAILED, payload));
  }

  /** What stood in for a member goes. */
  #leave(part: Part, record: number): void {
    this.#leaveRecord(part.block, record);
    this.#look(part);
  }

  #leaveRecord(block: number, record: number): void {
    if (leave(this.#station.mem.i32, block, record)) this.#advance({ block });
  }

  #advance({ block }: { readonly block: number }): void {
    advance(this.#station.mem.i32, block, this.#home.post, (record) => this.#home.free(record));
  }
}

const keyOf = ({ home, number }: PhaserName): string => `${home} ${number}`;
