/**
 * What if: a discrete-event model of this scheduler runs a recorded graph on any number of workers. Each worker has a deque, takes its own
 * newest task, steals the oldest of another one for a price, and goes on with something else while a task waits.
 */
import { type Model, Op } from "./model.ts";

export interface Machine {
  readonly workers: number;
  /** From looking for work to running what was found (ns). */
  readonly stealNs: number;
  /** The workers are spread over so many places; a steal between two takes `latencyNs` there and back. */
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

/** Worker 0 is the main thread, which runs nothing but the main strand. */
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
  /** Workers whose deque is not empty, and where each stands in that list. */
  readonly #full: number[] = [];
  readonly #at: Int32Array;
  readonly #idle: number[] = [];
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
    this.#running = new Int32Array(workers + 1).fill(-1);
    this.#stealing = new Uint8Array(workers + 1);
    this.#victim = new Int32Array(workers + 1);
    this.#at = new Int32Array(workers + 1).fill(-1);
    this.#seen = new Uint8Array(count);
    for (let w = 0; w <= workers; w++) this.#deques.push(new Deque());
    for (let w = workers; w > 0; w--) this.#idle.push(w);
  }

  run(): Simulated {
    const { main, isTask } = this.#model;
    for (let node = 1; node < isTask.length; node++) if (!isTask[node] && this.#pending[node] === 0) this.#complete(node);
    if (main !== 0) this.#resume(main, 0);
    else this.#seedRoots();
    while (this.#agenda.size > 0) {
      const { time, what } = this.#agenda.pop();
      this.#now = time;
      if (what >= 0) this.#arrive(what);
      else if (what < -1_000_000_000) this.#delayed(-what - 1_000_000_001);
      else this.#robbed(-what);
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
    if (worker > 0) this.#busy += work;
    this.#agenda.push(this.#now + work, task);
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
        this.#complete(task);
        return this.#next(worker);
      }
      if (op === Op.SPAWN) {
        if (this.#first < 0) this.#first = this.#now;
        this.#spawn(arg, worker);
      } else if (op === Op.SIGNAL) {
        if (arg !== 0) this.#follow(arg);
      } else if (op === Op.DELAY) {
        this.#agenda.push(this.#now + arg, -(task + 1_000_000_001));
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
    return !this.#model.isTask[node] && this.#pending[node] === 0;
  }

  #spawn(task: number, worker: number): void {
    this.#seen[task] = 1;
    this.#worker[task] = worker;
    this.#follow(task);
  }

  /** One thing less to wait for. */
  #follow(node: number): void {
    if (--this.#pending[node]! > 0) return;
    if (this.#model.isTask[node]) this.#ready(node);
    else this.#complete(node);
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

  #delayed(task: number): void {
    this.#ready(task);
  }

  /** A task can begin or go on: the main strand at once, others by way of a deque. */
  #ready(task: number): void {
    const worker = this.#worker[task]!;
    if (task === this.#model.main) return this.#resume(task, 0);
    const deque = this.#deques[worker]!;
    deque.push(task);
    if (deque.length === 1) this.#at[worker] = this.#full.push(worker) - 1;
    if (worker > 0 && this.#running[worker] === -1 && this.#stealing[worker] === 0) {
      this.#unidle(worker);
      return this.#next(worker);
    }
    const thief = this.#idle.pop();
    if (thief !== undefined) this.#steal(thief);
  }

  #unidle(worker: number): void {
    const at = this.#idle.indexOf(worker);
    if (at >= 0) this.#idle.splice(at, 1);
  }

  #emptied(worker: number): void {
    const at = this.#at[worker]!;
    const last = this.#full.pop()!;
    if (last !== worker) {
      this.#full[at] = last;
      this.#at[last] = at;
    }
    this.#at[worker] = -1;
  }

  /** The worker looks for something to run: its newest, else somebody's oldest. */
  #next(worker: number): void {
    this.#running[worker] = -1;
    if (worker === 0) return;
    const deque = this.#deques[worker]!;
    if (deque.length > 0) {
      const task = deque.pop();
      if (deque.length === 0) this.#emptied(worker);
      return this.#resume(task, worker);
    }
    this.#steal(worker);
  }

  #placeOf(worker: number): number {
    return Math.floor(((worker - 1) * this.#machine.places) / this.#machine.workers);
  }

  #steal(thief: number): void {
    if (this.#full.length === 0) {
      this.#idle.push(thief);
      return;
    }
    let victim = this.#full[this.#random() % this.#full.length]!;
    // Its own place first.
    const { places, stealNs, latencyNs } = this.#machine;
    const here = this.#placeOf(thief);
    for (let i = 0; places > 1 && i < 4 && victim > 0 && this.#placeOf(victim) !== here; i++)
      victim = this.#full[this.#random() % this.#full.length]!;
    const far = places > 1 && (victim === 0 ? here !== 0 : this.#placeOf(victim) !== here);
    this.#stealing[thief] = 1;
    this.#victim[thief] = victim;
    if (far) this.#between++;
    const from = Math.max(this.#now, this.#first + this.#machine.startNs);
    this.#agenda.push(from + stealNs + (far ? 2 * latencyNs : 0), -thief);
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
