/**
 * What if: a discrete-event model of this scheduler runs a recorded graph on any number of workers. Each worker has a deque, takes its own
 * newest task, steals the oldest of another one for a price, and goes on with something else while a task waits.
 */
import { ANYWHERE, type Model, Op } from "./model.ts";

export interface Machine {
  readonly workers: number;
  /** From looking for work to running what was found (ns). */
  readonly stealNs: number;
  /**
   * The workers are spread over so many places; a message between two takes `latencyNs`. Tasks of a program that ran on several places run where they ran
   * then, or anywhere if that was so; others may be stolen between places.
   */
  readonly places: number;
  readonly latencyNs: number;
  /** How long after the first spawn the workers are there. */
  readonly startNs: number;
}

export interface Simulated {
  readonly machine: Machine;
  readonly ns: number;
  /** Work of tasks and of the main strand. */
  readonly work: number;
  readonly steals: number;
  readonly stealsBetweenPlaces: number;
  /** Part of the workers' time that went to tasks, and to stealing. */
  readonly busy: number;
  readonly stealing: number;
  /** Tasks that never came to their end: the graph was not complete. */
  readonly unfinished: number;
}

/** Events by time. */
class Agenda {
  readonly #times: number[] = [];
  readonly #what: number[] = [];

  get size(): number {
    return this.#times.length;
  }

  push(time: number, what: number): void {
    const times = this.#times;
    const list = this.#what;
    let i = times.length;
    times.push(time);
    list.push(what);
    while (i > 0) {
      const up = (i - 1) >> 1;
      if (times[up]! <= time) break;
      times[i] = times[up]!;
      list[i] = list[up]!;
      i = up;
    }
    times[i] = time;
    list[i] = what;
  }

  pop(): { time: number; what: number } {
    const times = this.#times;
    const list = this.#what;
    const first = { time: times[0]!, what: list[0]! };
    const time = times.pop()!;
    const what = list.pop()!;
    const count = times.length;
    if (count === 0) return first;
    let i = 0;
    for (;;) {
      let down = 2 * i + 1;
      if (down >= count) break;
      if (down + 1 < count && times[down + 1]! < times[down]!) down++;
      if (times[down]! >= time) break;
      times[i] = times[down]!;
      list[i] = list[down]!;
      i = down;
    }
    times[i] = time;
    list[i] = what;
    return first;
  }
}

/** A double-ended queue of numbers. */
class Deque {
  #items: number[] = [];
  #head = 0;
  get length(): number {
    return this.#items.length - this.#head;
  }
  push(it: number): void {
    this.#items.push(it);
  }
  pop(): number {
    return this.#items.pop()!;
  }
  shift(): number {
    const it = this.#items[this.#head++]!;
    if (this.#head > 1024 && this.#head * 2 > this.#items.length) {
      this.#items = this.#items.slice(this.#head);
      this.#head = 0;
    }
    return it;
  }
}

export function simulate(model: Model, machine: Machine, seed = 1): Simulated {
  return new Simulation(model, machine, seed).run();
}

/** What the agenda holds: one of these, and whom it is about. */
const What = { ARRIVE: 0, ROBBED: 1, READY: 2, COMPLETE: 3, DELIVER: 4, TAKEN: 5 } as const;
const KINDS = 8;

/** Worker 0 is the main thread of place 0, which runs nothing but the main strand; behind the workers there are those of the other places. */
class Simulation {
  readonly #model: Model;
  readonly #machine: Machine;
  readonly #agenda = new Agenda();
  readonly #pending: Int32Array;
  readonly #done: Uint8Array;
  /** The next step of each task, and the worker that runs it or has run it last. */
  readonly #step: Int32Array;
  readonly #worker: Int32Array;
  readonly #waiters = new Map<number, number[]>();
  readonly #deques: Deque[] = [];
  /** What each worker runs, -1 for nothing; whether it is on its way to a steal. */
  readonly #running: Int32Array;
  readonly #stealing: Uint8Array;
  readonly #victim: Int32Array;
  /** By domain: workers whose deque is not empty, and where each stands in that list; those that have nothing to do. */
  readonly #full: number[][];
  readonly #at: Int32Array;
  readonly #idle: number[][];
  /** Tasks that may run at any place, and where they were spawned. */
  readonly #free: { readonly task: number; readonly place: number }[] = [];
  /** Whose tasks nobody of another place steals. */
  readonly #domains: number;
  /** Nodes that are no tasks, and will be complete by and by. */
  readonly #due: Uint8Array;
  readonly #seen: Uint8Array;
  #now = 0;
  #first = -1;
  #last = 0;
  #busy = 0;
  #work = 0;
  #steals = 0;
  #between = 0;
  #seed: number;

  constructor(model: Model, machine: Machine, seed: number) {
    const count = model.steps.length;
    const { workers } = machine;
    this.#model = model;
    this.#machine = machine;
    this.#seed = seed;
    this.#pending = model.pending.slice();
    this.#done = new Uint8Array(count);
    this.#step = new Int32Array(count);
    this.#worker = new Int32Array(count);
    const threads = workers + model.places;
    this.#running = new Int32Array(threads).fill(-1);
    this.#stealing = new Uint8Array(threads);
    this.#victim = new Int32Array(threads);
    this.#at = new Int32Array(threads).fill(-1);
    this.#seen = new Uint8Array(count);
    this.#due = new Uint8Array(count);
    this.#domains = model.places > 1 ? machine.places : 1;
    this.#full = Array.from({ length: this.#domains }, () => []);
    this.#idle = Array.from({ length: this.#domains }, () => []);
    for (let w = 0; w < threads; w++) this.#deques.push(new Deque());
    for (let w = workers; w > 0; w--) this.#idle[this.#domainOf(w)]!.push(w);
  }

  run(): Simulated {
    const { mains, isTask } = this.#model;
    for (let node = 1; node < isTask.length; node++) if (!isTask[node] && this.#pending[node] === 0) this.#complete(node);
    for (const main of mains) this.#resume(main, this.#mainOf(this.#model.placeOf[main]!));
    if (mains.length === 0) this.#seedRoots();
    while (this.#agenda.size > 0) {
      const { time, what } = this.#agenda.pop();
      this.#now = time;
      const whom = Math.floor(what / KINDS);
      if (what % KINDS === What.ARRIVE) this.#arrive(whom);
      else if (what % KINDS === What.ROBBED) this.#robbed(whom);
      else if (what % KINDS === What.COMPLETE) this.#complete(whom);
      else if (what % KINDS === What.DELIVER) this.#deliver(whom);
      else if (what % KINDS === What.TAKEN) this.#taken(whom);
      else this.#ready(whom);
    }
    const { workers } = this.#machine;
    const ns = Math.max(1, this.#last - Math.max(0, this.#first));
    const unfinished = isTask.reduce(
      (sum, it, node) => sum + (it && this.#seen[node] === 1 && this.#done[node] === 0 ? 1 : 0),
      0,
    );
    return {
      machine: this.#machine,
      ns,
      work: this.#work,
      steals: this.#steals,
      stealsBetweenPlaces: this.#between,
      busy: this.#busy / (ns * workers),
      stealing: (this.#steals * this.#machine.stealNs) / (ns * workers),
      unfinished,
    };
  }

  #in(ns: number, what: number, whom: number): void {
    this.#agenda.push(this.#now + ns, whom * KINDS + what);
  }

  #mainOf(place: number): number {
    return place === 0 ? 0 : this.#machine.workers + place;
  }

  #isWorker(thread: number): boolean {
    return thread > 0 && thread <= this.#machine.workers;
  }

  #domainOf(thread: number): number {
    return this.#domains === 1 ? 0 : this.#placeOf(thread);
  }

  /** Without a main strand (its events were lost), what has no parent begins at once. */
  #seedRoots(): void {
    const children = new Set<number>();
    for (const list of this.#model.steps) for (const { op, arg } of list) if (op === Op.SPAWN) children.add(arg);
    this.#first = 0;
    this.#model.isTask.forEach((it, node) => {
      if (it && !children.has(node)) this.#spawn(node, 0);
    });
  }

  /** The worker goes on with a task: up to its next step. */
  #resume(task: number, worker: number): void {
    this.#running[worker] = task;
    this.#worker[task] = worker;
    this.#seen[task] = 1;
    const { work } = this.#model.steps[task]![this.#step[task]!] ?? { work: 0 };
    this.#work += work;
    if (this.#isWorker(worker)) this.#busy += work;
    this.#in(work, What.ARRIVE, task);
  }

  /** A task has come to its next step; further ones that take no time follow at once. */
  #arrive(task: number): void {
    const worker = this.#worker[task]!;
    const list = this.#model.steps[task]!;
    for (;;) {
      const at = this.#step[task]!++;
      const { op, arg } = list[at] ?? { op: Op.END, arg: 0 };
      if (op === Op.END) {
        this.#last = Math.max(this.#last, this.#now);
        if (this.#domains > 1 && this.#model.isSent[task] === true) this.#in(this.#machine.latencyNs, What.COMPLETE, task);
        else this.#complete(task);
        return this.#next(worker);
      }
      if (op === Op.SPAWN) {
        if (this.#first < 0) this.#first = this.#now;
        this.#spawn(arg, worker);
      } else if (op === Op.SIGNAL) {
        if (arg !== 0) this.#follow(arg);
      } else if (op === Op.DELAY) {
        this.#in(arg, What.READY, task);
        return this.#next(worker);
      } else if (this.#done[arg] === 0 && !this.#hopeless(arg)) {
        const waiters = this.#waiters.get(arg);
        if (waiters === undefined) this.#waiters.set(arg, [task]);
        else waiters.push(task);
        return this.#next(worker);
      }
      const { work } = list[at + 1] ?? { work: 0 };
      if (work > 0) return this.#resume(task, worker);
    }
  }

  /** A wait for something of which nothing is known. */
  #hopeless(node: number): boolean {
    return !this.#model.isTask[node] && this.#pending[node] === 0 && this.#due[node] === 0;
  }

  #spawn(task: number, worker: number): void {
    this.#seen[task] = 1;
    this.#worker[task] = worker;
    this.#follow(task);
  }

  /** One thing less to wait for. */
  #follow(node: number): void {
    if (--this.#pending[node]! > 0) return;
    if (this.#model.isTask[node]) this.#begin(node);
    else if ((this.#model.delays[node] ?? 0) > 0) {
      this.#due[node] = 1;
      this.#in(this.#model.delays[node]!, What.COMPLETE, node);
    } else this.#complete(node);
  }

  /** A task can begin for the first time: where it has to. */
  #begin(task: number): void {
    const place = this.#model.placeOf[task]!;
    if (this.#domains === 1) return this.#ready(task);
    const here = this.#placeOf(this.#worker[task]!);
    if (place === ANYWHERE) {
      this.#free.push({ task, place: here });
      for (const idle of this.#idle) if (idle.length > 0) return this.#steal(idle.pop()!);
    } else if (place === here) this.#ready(task);
    else this.#in(this.#machine.latencyNs, What.DELIVER, task);
  }

  #deliver(task: number): void {
    this.#worker[task] = this.#mainOf(this.#model.placeOf[task]!);
    this.#ready(task);
  }

  #complete(node: number): void {
    if (this.#done[node] === 1) return;
    this.#done[node] = 1;
    for (const it of this.#model.followers[node]!) this.#follow(it);
    const waiters = this.#waiters.get(node);
    if (waiters === undefined) return;
    this.#waiters.delete(node);
    for (const task of waiters) this.#ready(task);
  }

  /** A task can begin or go on: the main strand at once, others by way of a deque. */
  #ready(task: number): void {
    const worker = this.#worker[task]!;
    if (this.#model.mains.includes(task)) return this.#resume(task, worker);
    const domain = this.#domainOf(worker);
    const deque = this.#deques[worker]!;
    deque.push(task);
    if (deque.length === 1) this.#at[worker] = this.#full[domain]!.push(worker) - 1;
    if (this.#isWorker(worker) && this.#running[worker] === -1 && this.#stealing[worker] === 0) {
      this.#unidle(worker);
      return this.#next(worker);
    }
    const thief = this.#idle[domain]!.pop();
    if (thief !== undefined) this.#steal(thief);
  }

  #unidle(worker: number): void {
    const idle = this.#idle[this.#domainOf(worker)]!;
    const at = idle.indexOf(worker);
    if (at >= 0) idle.splice(at, 1);
  }

  #emptied(worker: number): void {
    const at = this.#at[worker]!;
    const full = this.#full[this.#domainOf(worker)]!;
    const last = full.pop()!;
    if (last !== worker) {
      full[at] = last;
      this.#at[last] = at;
    }
    this.#at[worker] = -1;
  }

  /** The worker looks for something to run: its newest, else somebody's oldest. */
  #next(worker: number): void {
    this.#running[worker] = -1;
    if (!this.#isWorker(worker)) return;
    const deque = this.#deques[worker]!;
    if (deque.length > 0) {
      const task = deque.pop();
      if (deque.length === 0) this.#emptied(worker);
      return this.#resume(task, worker);
    }
    this.#steal(worker);
  }

  #placeOf(worker: number): number {
    if (worker === 0) return 0;
    if (!this.#isWorker(worker)) return worker - this.#machine.workers;
    return Math.floor(((worker - 1) * this.#machine.places) / this.#machine.workers);
  }

  #steal(thief: number): void {
    const full = this.#full[this.#domainOf(thief)]!;
    if (full.length === 0 && this.#free.length > 0) return this.#takeFree(thief);
    if (full.length === 0) {
      this.#idle[this.#domainOf(thief)]!.push(thief);
      return;
    }
    let victim = full[this.#random() % full.length]!;
    // Its own place first.
    const { places, stealNs, latencyNs } = this.#machine;
    const here = this.#placeOf(thief);
    for (let i = 0; places > 1 && i < 4 && victim > 0 && this.#placeOf(victim) !== here; i++)
      victim = full[this.#random() % full.length]!;
    const far = places > 1 && (victim === 0 ? here !== 0 : this.#placeOf(victim) !== here);
    this.#stealing[thief] = 1;
    this.#victim[thief] = victim;
    if (far) this.#between++;
    const from = Math.max(this.#now, this.#first + this.#machine.startNs);
    this.#in(from - this.#now + stealNs + (far ? 2 * latencyNs : 0), What.ROBBED, thief);
  }

  /** A task that may run anywhere: the oldest. */
  #takeFree(thief: number): void {
    const { task, place } = this.#free.shift()!;
    const far = place !== this.#placeOf(thief);
    if (far) this.#between++;
    this.#steals++;
    this.#stealing[thief] = 1;
    this.#worker[task] = thief;
    this.#in(this.#machine.stealNs + (far ? 2 * this.#machine.latencyNs : 0), What.TAKEN, task);
  }

  #taken(task: number): void {
    const thief = this.#worker[task]!;
    this.#stealing[thief] = 0;
    this.#resume(task, thief);
  }

  /** A steal has come to its end, with success if something is still there. */
  #robbed(thief: number): void {
    this.#stealing[thief] = 0;
    const own = this.#deques[thief]!;
    if (own.length > 0) return this.#next(thief);
    const victim = this.#victim[thief]!;
    const deque = this.#deques[victim]!;
    if (deque.length === 0) return this.#steal(thief);
    const task = deque.shift();
    if (deque.length === 0) this.#emptied(victim);
    this.#steals++;
    this.#resume(task, thief);
  }

  #random(): number {
    this.#seed ^= this.#seed << 13;
    this.#seed ^= this.#seed >>> 17;
    this.#seed ^= this.#seed << 5;
    return this.#seed >>> 0;
  }
}
