/**
 * Many small tasks in one cell. Where the client spawns the same task many times in a row with small arguments, it sends a
 * bundle: one internal task that spawns the members on a worker, where they are as stealable as any, and brings all their
 * results home. How many go together depends on how long they take, so that short tasks do not wait for long ones.
 * The worker leaves that time in the block, where the client finds it although it does not read its mail in the middle of a loop
 * that spawns.
 *
 * Arguments and results lie in a block of the heap, for n members of `width` values each:
 * ```
 * 1 word            nanoseconds that a member took, 0 until all have ended
 * n words           marks: not 0 when the client has cancelled the member
 * n * width bytes   how to read each value
 * n * width float64 the arguments; the first of a member's values is overwritten by its result
 * ```
 * Plain accesses but for the time and the marks: the cell publishes the block on its way out and on its way home.
 */
import { load, store } from "../shared/atomics.ts";
import { CancelMark } from "../shared/cell.ts";
import type { Heap } from "../shared/heap/heap.ts";
import type { SharedMemory } from "../shared/memory.ts";
import { Future, spawnBelow } from "./core.ts";
import { Body, type TaskDefinition } from "./definition.ts";
import { Gathering } from "./gathering.ts";
import { workerHere } from "./here.ts";
import { moreOf, rareOf } from "./more.ts";
import type { Port } from "./port.ts";
import { define } from "./registry.ts";
import type { Scope } from "./scope.ts";
import { settle, whenSettled } from "./settling.ts";
import { trimStack } from "./spawn-site.ts";
import { State } from "./state.ts";
import { currentFrame } from "./thread.ts";
import { tracer } from "./tracing.ts";
import { Kind, readSmall, writeSmall } from "./values.ts";

const FIRST_SIZE = 4;
const MOST = 256;
/** So long (ns) all members of a bundle should take. */
const BUNDLE_NS = 100_000;
/** Of so many tasks in a row that go alone, two are tried together. */
const ALONE = 64;

/** What comes home: results that did not fit into the block, and failures. */
type Homecoming = null | { values: [number, unknown][]; failures: [number, unknown][] };

class Block {
  readonly address: number;
  readonly #time: number;
  readonly #marks: number;
  readonly #kinds: number;
  readonly #values: number;
  readonly #mem: SharedMemory;

  static bytes(members: number, width: number): number {
    return align8(4 + members * 4) + align8(members * width) + members * width * 8;
  }

  constructor(mem: SharedMemory, address: number, members: number, width: number) {
    this.#mem = mem;
    this.address = address;
    this.#time = address >>> 2;
    this.#marks = this.#time + 1;
    this.#kinds = address + align8(4 + members * 4);
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

  get time(): number {
    return load(this.#mem.i32, this.#time);
  }

  set time(ns: number) {
    store(this.#mem.i32, this.#time, ns);
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
  rareOf(frame).onMemberCancelled = () => {
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
  block.time = Math.min(1e9, Math.ceil(((performance.now() - began) * 1e6) / count));
  return values.length === 0 && failures.length === 0 ? null : { values, failures };
}

const BUNDLE: TaskDefinition = define(runBundle, {
  fn: runBundle as (...args: never[]) => unknown,
  body: Body.PLAIN,
  arity: 3,
  name: "bundle",
  url: import.meta.url,
  hash: 0, // a build tool may have rewritten the text in one of the threads
});

/** A bundle while it gathers members, and afterwards. */
class Bundle extends Gathering {
  readonly def: TaskDefinition;
  readonly scope: Scope | null;
  readonly capacity: number;
  readonly block: Block;
  /** The internal task, once it is sent. */
  task: Future<unknown> | null = null;

  constructor(port: Port, def: TaskDefinition, scope: Scope | null, capacity: number, block: Block) {
    super(port);
    this.def = def;
    this.scope = scope;
    this.capacity = capacity;
    this.block = block;
  }
}

/** What is known of a task: how long it takes (ns), how many go together, how many have gone alone in a row. */
interface Plan {
  ns: number;
  size: number;
  alone: number;
  /** A bundle that is out and nothing was learned from yet. */
  probe: Block | null;
}

/** Learns how many the next ones should be from a bundle in which each member took so long; from 0, nothing. */
function learn(plan: Plan, ns: number): void {
  if (ns === 0) return;
  plan.probe = null;
  // Trust short times: a long one may be the system's doing, or a body that is not compiled yet.
  plan.ns = ns < plan.ns ? ns : plan.ns * 0.9 + ns * 0.1;
  plan.size = Math.max(1, Math.min(MOST, plan.size * 2, Math.floor(BUNDLE_NS / plan.ns)));
}

export class Bundles {
  readonly #plans = new Map<TaskDefinition, Plan>();
  readonly #mem: SharedMemory;
  readonly #heap: Heap;
  readonly #port: Port;
  readonly #idOf: (def: TaskDefinition) => number;
  readonly #cancelMembers: (bundle: Future<unknown>) => void;
  readonly #submit: (bundle: Future<unknown>) => void;
  #open: Bundle | null = null;
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

  #gather(def: TaskDefinition, scope: Scope | null, capacity: number): Bundle {
    const address = this.#heap.alloc(Block.bytes(capacity, widthOf(def)));
    const block = new Block(this.#mem, address, capacity, widthOf(def));
    block.time = 0;
    if (scope !== null) scope.pending++;
    if (!this.#scheduled) {
      this.#scheduled = true;
      queueMicrotask(() => {
        this.#scheduled = false;
        this.flush();
      });
    }
    this.#open = new Bundle(this.#port, def, scope, capacity, block);
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
    open.task = bundle;
    this.#planFor(def).probe ??= block;
    whenSettled(bundle, () => {
      this.#distribute(open, bundle);
      const free = (): void => this.#heap.free(block.address);
      if (bundle.more!.cell === 0) free();
      else rareOf(bundle).onHome = free; // it was cancelled, and its worker may still use the block
    });
    try {
      this.#submit(bundle);
    } catch (error) {
      settle(bundle, State.FAILED, error);
      scope?.fail(error, bundle);
      scope?.leave();
    }
  }

  #distribute({ def, members, block }: Bundle, bundle: Future<unknown>): void {
    const awaiter = tracer.awaits();
    if (awaiter !== null) tracer.resumes(awaiter, bundle);
    const plan = this.#planFor(def);
    if (plan.probe === block) plan.probe = null;
    if (plan.probe === null) learn(plan, block.time);
    if (bundle.state !== State.DONE) {
      for (const member of members) this.#settle(member, bundle.state, bundle.a0);
      return;
    }
    const home = bundle.a0 as Homecoming;
    if (home !== null) {
      for (const [i, value] of home.values) settle(members[i]!, State.DONE, value);
      for (const [i, error] of home.failures) {
        trimStack(error);
        const cancelled = (error as { code?: string } | null)?.code === "HEDDLE_CANCELLED";
        this.#settle(members[i]!, cancelled ? State.CANCELLED : State.FAILED, error);
      }
    }
    const width = widthOf(def);
    for (let i = 0; i < members.length; i++) settle(members[i]!, State.DONE, block.read(i * width));
  }

  #planFor(def: TaskDefinition): Plan {
    let plan = this.#plans.get(def);
    if (plan === undefined)
      this.#plans.set(def, (plan = { ns: Number.POSITIVE_INFINITY, size: FIRST_SIZE, alone: 0, probe: null }));
    return plan;
  }

  /** How many members the next bundle should have. Tasks that go alone are tried together now and then. */
  #capacity(def: TaskDefinition): number {
    const plan = this.#planFor(def);
    if (plan.probe !== null) learn(plan, plan.probe.time);
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
    const { block, task } = member.a0 as Bundle;
    block.mark(member.a1 as number);
    if (task !== null) this.#cancelMembers(task);
    return true;
  }
}
