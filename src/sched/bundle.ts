/**
 * Many small tasks in one cell. Where the client spawns the same task many times in a row with small arguments, it sends a
 * bundle: one internal task that spawns the members on a worker, where they are as stealable as any, and brings all their
 * results home. How many go together depends on how long they take, so that short tasks do not wait for long ones.
 *
 * Arguments and results lie in a block of the heap, for n members of `width` values each:
 * ```
 * n words           marks: not 0 when the client has cancelled the member
 * n * width bytes   how to read each value
 * n * width float64 the arguments; the first of a member's values is overwritten by its result
 * ```
 * Plain accesses but for the marks: the cell publishes the block on its way out and on its way home.
 */
import { load, store } from "../shared/atomics.ts";
import { CancelMark } from "../shared/cell.ts";
import type { Heap } from "../shared/heap/heap.ts";
import type { SharedMemory } from "../shared/memory.ts";
import { Future, moreOf, settle, spawnBelow, whenSettled } from "./core.ts";
import { Body, type TaskDefinition } from "./definition.ts";
import { workerHere } from "./here.ts";
import type { Port } from "./port.ts";
import { define } from "./registry.ts";
import type { Scope } from "./scope.ts";
import { State } from "./state.ts";
import { currentFrame } from "./thread.ts";
import { Kind, readSmall, writeSmall } from "./values.ts";

const FIRST_SIZE = 4;
const MOST = 128;
/** Members that take less (ms) than this go together in larger numbers; those that take more than LONG_MS go alone. */
const SHORT_MS = 0.01;
const LONG_MS = 0.1;
const ALONE = 64;

/** What comes home: how long it took, results that did not fit into the block, failures. */
type Homecoming = number | { ms: number; values: [number, unknown][]; failures: [number, unknown][] };

class Block {
  readonly address: number;
  readonly #marks: number;
  readonly #kinds: number;
  readonly #values: number;
  readonly #mem: SharedMemory;

  static bytes(members: number, width: number): number {
    return align8(members * 4) + align8(members * width) + members * width * 8;
  }

  constructor(mem: SharedMemory, address: number, members: number, width: number) {
    this.#mem = mem;
    this.address = address;
    this.#marks = address >>> 2;
    this.#kinds = address + align8(members * 4);
    this.#values = (this.#kinds + align8(members * width)) >>> 3;
  }

  /** False when the value does not fit. */
  write(at: number, value: unknown): boolean {
    const kind = writeSmall(this.#mem, this.#values + at, value);
    this.#mem.u8[this.#kinds + at] = kind;
    return kind !== Kind.ENCODED;
  }

  read(at: number): unknown {
    return readSmall(this.#mem, this.#values + at, this.#mem.u8[this.#kinds + at]!);
  }

  clearMark(member: number): void {
    this.#mem.i32[this.#marks + member] = 0;
  }

  mark(member: number): void {
    store(this.#mem.i32, this.#marks + member, CancelMark.ASKED);
  }

  isMarked(member: number): boolean {
    return load(this.#mem.i32, this.#marks + member) !== 0;
  }
}

const align8 = (bytes: number): number => (bytes + 7) & ~7;
const widthOf = (def: TaskDefinition): number => Math.max(1, def.arity);

/** The internal task: runs `count` members of the function number `id`. */
function runBundle(id: number, capacityAndCount: number, address: number): Homecoming {
  const began = performance.now();
  const here = workerHere()!;
  const def = here.definition(id);
  const width = widthOf(def);
  const capacity = capacityAndCount >>> 16;
  const count = capacityAndCount & 0xffff;
  const block = new Block(here.mem, address, capacity, width);
  const frame = currentFrame() as Future<unknown>;
  const futures: Future<unknown>[] = new Array(count);
  // The first member comes to lie on top of the deque, where joining it costs least.
  for (let i = count - 1; i >= 0; i--) {
    const args: unknown[] = [];
    for (let k = 0; k < def.arity; k++) args.push(block.read(i * width + k));
    futures[i] = spawnBelow(frame, def, args, null);
  }
  moreOf(frame).onMemberCancelled = () => {
    futures.forEach((future, i) => {
      if (block.isMarked(i)) future.cancel();
    });
  };
  const values: [number, unknown][] = [];
  const failures: [number, unknown][] = [];
  for (let i = 0; i < count; i++) {
    if (block.isMarked(i)) futures[i]!.cancel();
    try {
      const value = futures[i]!.join();
      if (!block.write(i * width, value)) values.push([i, value]);
    } catch (error) {
      failures.push([i, error]);
    }
  }
  const ms = performance.now() - began;
  return values.length === 0 && failures.length === 0 ? ms : { ms, values, failures };
}

const BUNDLE: TaskDefinition = define(runBundle, {
  fn: runBundle as (...args: never[]) => unknown,
  body: Body.PLAIN,
  arity: 3,
  name: "bundle",
  url: import.meta.url,
  hash: 0, // a build tool may have rewritten the text in one of the threads
});

/** A bundle while it gathers members, and what they know of it afterwards. */
export interface Gathering {
  readonly port: Port;
  readonly def: TaskDefinition;
  readonly scope: Scope | null;
  readonly capacity: number;
  readonly block: Block;
  readonly members: Future<unknown>[];
  bundle: Future<unknown> | null;
}

/** What is known of a task: how long it takes (ms), how many go together, how many have gone alone in a row. */
interface Plan {
  ms: number;
  size: number;
  alone: number;
}

export class Bundles {
  readonly #plans = new Map<TaskDefinition, Plan>();
  readonly #mem: SharedMemory;
  readonly #heap: Heap;
  readonly #port: Port;
  readonly #idOf: (def: TaskDefinition) => number;
  readonly #cancelMembers: (bundle: Future<unknown>) => void;
  readonly #submit: (bundle: Future<unknown>) => void;
  #open: Gathering | null = null;
  #scheduled = false;

  constructor(
    station: {
      readonly mem: SharedMemory;
      readonly heap: Heap;
      idOf(def: TaskDefinition): number;
      cancelMembers(bundle: Future<unknown>): void;
    },
    port: Port,
    submit: (bundle: Future<unknown>) => void,
  ) {
    this.#mem = station.mem;
    this.#heap = station.heap;
    this.#idOf = (def) => station.idOf(def);
    this.#cancelMembers = (bundle) => station.cancelMembers(bundle);
    this.#port = port;
    this.#submit = submit;
  }

  /** The future of a task that goes in a bundle; null when it had better go alone. */
  add(def: TaskDefinition, args: readonly unknown[], scope: Scope | null): Future<unknown> | null {
    if (args.length !== def.arity || def.body !== Body.PLAIN) return null;
    let open = this.#open;
    if (open === null || open.def !== def || open.scope !== scope) {
      this.flush();
      const capacity = this.#capacity(def);
      if (capacity === 1) return null;
      open = this.#gather(def, scope, capacity);
    }
    const i = open.members.length;
    const first = i * widthOf(def);
    for (let k = 0; k < args.length; k++) if (!open.block.write(first + k, args[k])) return null;
    open.block.clearMark(i);
    const member = new Future<unknown>(State.SHARED, def, scope, scope, open, i, undefined);
    open.members.push(member);
    if (open.members.length === open.capacity) this.flush();
    return member;
  }

  #gather(def: TaskDefinition, scope: Scope | null, capacity: number): Gathering {
    const address = this.#heap.alloc(Block.bytes(capacity, widthOf(def)));
    const block = new Block(this.#mem, address, capacity, widthOf(def));
    if (scope !== null) scope.pending++;
    if (!this.#scheduled) {
      this.#scheduled = true;
      queueMicrotask(() => {
        this.#scheduled = false;
        this.flush();
      });
    }
    this.#open = { port: this.#port, def, scope, capacity, block, members: [], bundle: null };
    return this.#open;
  }

  /** Sends what has gathered. */
  flush(): void {
    const open = this.#open;
    if (open === null) return;
    this.#open = null;
    const { def, scope, members, block, capacity } = open;
    if (members.length === 0) {
      this.#heap.free(block.address);
      scope?.leave();
      return;
    }
    const size = (capacity << 16) | members.length;
    const bundle = new Future<unknown>(State.PRIVATE, BUNDLE, scope, scope, this.#idOf(def), size, block.address);
    moreOf(bundle).port = this.#port;
    open.bundle = bundle;
    whenSettled(bundle, () => {
      this.#distribute(open, bundle);
      const free = (): void => this.#heap.free(block.address);
      if (bundle.more!.cell === 0) free();
      else bundle.more!.onHome = free; // it was cancelled, and its worker may still use the block
    });
    try {
      this.#submit(bundle);
    } catch (error) {
      settle(bundle, State.FAILED, error);
      scope?.fail(error, bundle);
      scope?.leave();
    }
  }

  #distribute({ def, members, block }: Gathering, bundle: Future<unknown>): void {
    if (bundle.state !== State.DONE) {
      for (const member of members) this.#settle(member, bundle.state, bundle.a0);
      return;
    }
    const home = bundle.a0 as Homecoming;
    if (typeof home !== "number") {
      for (const [i, value] of home.values) settle(members[i]!, State.DONE, value);
      for (const [i, error] of home.failures) {
        const cancelled = (error as { code?: string } | null)?.code === "HEDDLE_CANCELLED";
        this.#settle(members[i]!, cancelled ? State.CANCELLED : State.FAILED, error);
      }
    }
    const width = widthOf(def);
    for (let i = 0; i < members.length; i++) settle(members[i]!, State.DONE, block.read(i * width));
    this.#learn(def, (typeof home === "number" ? home : home.ms) / members.length);
  }

  /** Learns from a bundle in which each member took so long how many members the next ones should have. */
  #learn(def: TaskDefinition, each: number): void {
    const plan = this.#planFor(def);
    // Trust short times: a long one may be the system's doing, or a body that is not compiled yet.
    plan.ms = each < plan.ms ? each : plan.ms * 0.9 + each * 0.1;
    plan.size = plan.ms < SHORT_MS ? Math.min(MOST, plan.size * 2) : plan.ms > LONG_MS ? 1 : Math.max(2, plan.size >> 1);
  }

  #planFor(def: TaskDefinition): Plan {
    let plan = this.#plans.get(def);
    if (plan === undefined) this.#plans.set(def, (plan = { size: FIRST_SIZE, ms: Number.POSITIVE_INFINITY, alone: 0 }));
    return plan;
  }

  /** How many members the next bundle should have. Tasks that go alone are tried together now and then. */
  #capacity(def: TaskDefinition): number {
    const plan = this.#planFor(def);
    if (plan.size > 1) return plan.size;
    plan.alone = (plan.alone + 1) % ALONE;
    return plan.alone === 0 ? 2 : 1;
  }

  /** A failure of its scope, if it has one, was reported by the worker already. */
  #settle(member: Future<unknown>, state: number, value: unknown): void {
    if (member.state >= State.DONE) return;
    moreOf(member).port = this.#port;
    settle(member, state, value);
  }

  /** A member was cancelled: it does not start if it has not, and is told if it has. False when it is no member. */
  cancelMember(member: Future<unknown>): boolean {
    if (member.more !== null && member.more.cell !== 0) return false;
    const { block, bundle } = member.a0 as Gathering;
    block.mark(member.a1 as number);
    if (bundle !== null) this.#cancelMembers(bundle);
    return true;
  }
}
