/**
 * What if: a discrete-event model of this scheduler runs a recorded graph on any number of workers. Each worker has a deque, takes its own
 * newest task, and steals the oldest of another one for a price. A plain task that waits keeps its worker's stack, which may then run only
 * what descends from it; a generator or async task leaves its worker free, and goes on there. See README.md, "The simulator".
 */
import { type Model, Op } from "./model.ts";

export interface Machine {
  readonly workers: number;
  /** From looking for work to running what was found (ns). */
  readonly stealNs: number;
  /** What is added where the worker slept (ns). */
  readonly wakeNs: number;
  /** The workers are spread over so many places; a steal between two takes `latencyNs` there and back. */
  readonly places: number;
  readonly latencyNs: number;
  /** How long after the first spawn the workers are there. */
  readonly startNs: number;
  /** Work takes so many times as long as in the trace: while one worker is busy, and while several are. */
  readonly alone: number;
  readonly together: number;
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
  /** How long each of the model's spans took. */
  readonly spans: readonly { readonly name: string; readonly ns: number; readonly work: number }[];
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
  get newest(): number {
    return this.#items[this.#items.length - 1]!;
  }
  get oldest(): number {
    return this.#items[this.#head]!;
  }
  /** How many of the oldest ones are of one group. */
  ofOne(group: Int32Array): number {
    const first = group[this.oldest]!;
    let at = this.#head + 1;
    while (first !== 0 && at < this.#items.length && group[this.#items[at]!] === first) at++;
    return at - this.#head;
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

/** What happens at a moment: in the two lowest bits of an event of the agenda. */
const ARRIVES = 0;
const ROBS = 1;
const DELAYED = 2;
const WOKEN = 3;

/** What a worker runs that is between two tasks, or has nothing. */
const BETWEEN = -2;
const NOTHING = -1;

/** A worker without work looks for so long (ns) before it sleeps. */
const SPIN_NS = 20_000;
/** A worker whose stack waits takes work of others after so long (ns) without anything that it may run. */
const STRANGER_NS = 30e6;

/** Worker 0 is the main thread, which runs nothing but the main strand. */
class Simulation {
  readonly #model: Model;
  readonly #machine: Machine;
  readonly #agenda = new Agenda();
  readonly #pending: Int32Array;
  readonly #done: Uint8Array;
  /** The next step of each task, the worker that runs it or has run it last, that of its spawner, and its spawner. */
  readonly #step: Int32Array;
  readonly #worker: Int32Array;
  readonly #home: Int32Array;
  readonly #parent: Int32Array;
  /** What a task waits for. */
  readonly #awaited: Int32Array;
  readonly #waiters = new Map<number, number[]>();
  readonly #deques: Deque[] = [];
  /** Of each worker: plain tasks that wait on its stack, suspended tasks that can go on, tasks that have ended elsewhere. */
  readonly #stacks: number[][] = [];
  readonly #steps: Deque[] = [];
  readonly #mail: number[][] = [];
  /** What each worker runs; whether it is on its way to a steal, or waking up; since when it has nothing. */
  readonly #running: Int32Array;
  readonly #coming: Uint8Array;
  readonly #victim: Int32Array;
  readonly #idleSince: Float64Array;
  /** Workers whose deque is not empty, and where each stands in that list. */
  readonly #full: number[] = [];
  readonly #at: Int32Array;
  readonly #idle: number[] = [];
  readonly #seen: Uint8Array;
  readonly #marks: { time: number; work: number }[] = [];
  #now = 0;
  #first = -1;
  #last = 0;
  #busy = 0;
  #active = 0;
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
    this.#home = new Int32Array(count);
    this.#parent = new Int32Array(count);
    this.#awaited = new Int32Array(count);
    this.#running = new Int32Array(workers + 1).fill(NOTHING);
    this.#coming = new Uint8Array(workers + 1);
    this.#victim = new Int32Array(workers + 1);
    this.#idleSince = new Float64Array(workers + 1);
    this.#at = new Int32Array(workers + 1).fill(-1);
    this.#seen = new Uint8Array(count);
    for (let w = 0; w <= workers; w++) {
      this.#deques.push(new Deque());
      this.#steps.push(new Deque());
      this.#stacks.push([]);
      this.#mail.push([]);
    }
    for (let w = workers; w > 0; w--) this.#idle.push(w);
  }

  run(): Simulated {
    const { main, isTask, spans } = this.#model;
    for (let node = 1; node < isTask.length; node++) if (!isTask[node] && this.#pending[node] === 0) this.#complete(node);
    if (main !== 0) this.#resume(main, 0);
    else this.#seedRoots();
    do {
      while (this.#agenda.size > 0) {
        const { time, what } = this.#agenda.pop();
        this.#now = time;
        this.#happens(what & 3, what >>> 2);
      }
    } while (this.#takesStranger());
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
      spans: spans.flatMap((name, i) => {
        const [from, to] = [this.#marks[2 * i], this.#marks[2 * i + 1]];
        return from === undefined || to === undefined ? [] : [{ name, ns: to.time - from.time, work: to.work - from.work }];
      }),
      unfinished,
    };
  }

  #schedule(time: number, kind: number, who: number): void {
    this.#agenda.push(time, who * 4 + kind);
  }

  #happens(kind: number, who: number): void {
    if (kind === ARRIVES) this.#arrive(who);
    else if (kind === ROBS) this.#robbed(who);
    else if (kind === DELAYED) this.#goesOn(who);
    else {
      this.#coming[who] = 0;
      this.#next(who);
    }
  }

  /** Without a main strand (its events were lost), what has no parent begins at once. */
  #seedRoots(): void {
    const children = new Set<number>();
    for (const list of this.#model.steps) for (const { op, arg } of list) if (op === Op.SPAWN) children.add(arg);
    this.#first = 0;
    this.#model.isTask.forEach((it, node) => {
      if (it && !children.has(node)) this.#spawn(node, 0, 0);
    });
  }

  /** The worker goes on with a task: up to its next step. */
  #resume(task: number, worker: number): void {
    if (this.#running[worker]! < 0 && worker > 0) this.#active++;
    this.#running[worker] = task;
    this.#worker[task] = worker;
    this.#seen[task] = 1;
    const { work: traced } = this.#model.steps[task]![this.#step[task]!] ?? { work: 0 };
    const { alone, together } = this.#machine;
    const work = traced * (worker > 0 && this.#active > 1 ? together : alone);
    this.#work += work;
    if (worker > 0) this.#busy += work;
    this.#schedule(this.#now + work, ARRIVES, task);
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
        this.#ended(task, worker);
        return this.#leave(worker);
      }
      if (op === Op.SPAWN) {
        if (this.#first < 0) this.#first = this.#now;
        this.#spawn(arg, task, worker);
        this.#readMail(worker);
      } else if (op === Op.SIGNAL) {
        if (arg !== 0) this.#follow(arg);
      } else if (op === Op.MARK) this.#marks[arg] = { time: this.#now, work: this.#work };
      else if (op === Op.DELAY) {
        this.#schedule(this.#now + arg, DELAYED, task);
        return this.#leave(worker);
      } else if (this.#done[arg] === 0 && !this.#hopeless(arg)) {
        const waiters = this.#waiters.get(arg);
        if (waiters === undefined) this.#waiters.set(arg, [task]);
        else waiters.push(task);
        this.#awaited[task] = arg;
        if (!this.#model.suspends[task]) this.#stacks[worker]!.push(task);
        return this.#leave(worker);
      }
      const { work } = list[at + 1] ?? { work: 0 };
      if (work > 0) return this.#resume(task, worker);
    }
  }

  /** A wait for something of which nothing is known. */
  #hopeless(node: number): boolean {
    return !this.#model.isTask[node] && this.#pending[node] === 0;
  }

  #spawn(task: number, parent: number, worker: number): void {
    this.#seen[task] = 1;
    this.#worker[task] = this.#home[task] = worker;
    this.#parent[task] = parent;
    this.#follow(task);
  }

  /** One thing less to wait for. */
  #follow(node: number): void {
    if (--this.#pending[node]! > 0) return;
    if (this.#model.isTask[node]) this.#ready(node);
    else this.#complete(node);
  }

  /** The news of an end go to where the task was spawned: who is in the middle of another one reads them later. */
  #ended(task: number, worker: number): void {
    const home = this.#home[task]!;
    if (home === worker || home === 0) return this.#complete(task);
    this.#mail[home]!.push(task);
    this.#wake(home);
  }

  #readMail(worker: number): void {
    const mail = this.#mail[worker]!;
    while (mail.length > 0) this.#complete(mail.shift()!);
  }

  #complete(node: number): void {
    if (this.#done[node] === 1) return;
    this.#done[node] = 1;
    for (const it of this.#model.followers[node]!) this.#follow(it);
    const waiters = this.#waiters.get(node);
    if (waiters === undefined) return;
    this.#waiters.delete(node);
    for (const task of waiters) this.#goesOn(task);
  }

  /** What has waited can go on, where it has begun: the main strand at once. */
  #goesOn(task: number): void {
    const worker = this.#worker[task]!;
    if (task === this.#model.main) return this.#resume(task, 0);
    if (this.#model.suspends[task]) this.#steps[worker]!.push(task);
    this.#wake(worker);
  }

  /** A task can begin. */
  #ready(task: number): void {
    const worker = this.#worker[task]!;
    const deque = this.#deques[worker]!;
    deque.push(task);
    if (deque.length === 1) this.#at[worker] = this.#full.push(worker) - 1;
    if (this.#running[worker] === NOTHING && worker > 0) return this.#wake(worker);
    for (let i = this.#idle.length - 1; i >= 0; i--) {
      const thief = this.#idle[i]!;
      if (!this.#mayRun(thief, task)) continue;
      this.#idle.splice(i, 1);
      return this.#steal(thief);
    }
  }

  /** On a stack that waits only what descends from the waiting task may run. */
  #mayRun(worker: number, task: number): boolean {
    const stack = this.#stacks[worker]!;
    if (stack.length === 0) return true;
    const top = stack[stack.length - 1]!;
    for (let up = task; up !== 0; up = this.#parent[up]!) if (up === top) return true;
    return false;
  }

  /** A worker that has nothing looks again. */
  #wake(worker: number): void {
    if (worker === 0 || this.#running[worker] !== NOTHING || this.#coming[worker] === 1) return;
    this.#unidle(worker);
    this.#coming[worker] = 1;
    this.#schedule(this.#now + this.#sleepiness(worker), WOKEN, worker);
  }

  #sleepiness(worker: number): number {
    return this.#now - this.#idleSince[worker]! > SPIN_NS ? this.#machine.wakeNs : 0;
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

  /** The worker has nothing more to do for the task that it ran. */
  #leave(worker: number): void {
    if (worker > 0) this.#active--;
    this.#idleSince[worker] = this.#now;
    this.#next(worker);
  }

  /** The worker looks for something to run: its mail, what waits on its stack, its own newest, else somebody's oldest. */
  #next(worker: number): void {
    this.#running[worker] = BETWEEN;
    if (worker > 0) {
      this.#readMail(worker);
      const stack = this.#stacks[worker]!;
      const top = stack.at(-1);
      if (top !== undefined && this.#done[this.#awaited[top]!] === 1) {
        stack.pop();
        return this.#resume(top, worker);
      }
      const steps = this.#steps[worker]!;
      if (steps.length > 0) return this.#resume(steps.shift(), worker);
      const deque = this.#deques[worker]!;
      if (deque.length > 0 && this.#mayRun(worker, deque.newest)) {
        const task = deque.pop();
        if (deque.length === 0) this.#emptied(worker);
        return this.#resume(task, worker);
      }
    }
    this.#running[worker] = NOTHING;
    if (worker > 0) this.#steal(worker);
  }

  #placeOf(worker: number): number {
    return Math.floor(((worker - 1) * this.#machine.places) / this.#machine.workers);
  }

  #steal(thief: number): void {
    const victim = this.#victimOf(thief);
    if (victim < 0) {
      this.#idle.push(thief);
      return;
    }
    const { places, stealNs, latencyNs } = this.#machine;
    const here = this.#placeOf(thief);
    const far = places > 1 && (victim === 0 ? here !== 0 : this.#placeOf(victim) !== here);
    this.#coming[thief] = 1;
    this.#victim[thief] = victim;
    if (far) this.#between++;
    const from = Math.max(this.#now, this.#first + this.#machine.startNs);
    this.#schedule(from + stealNs + this.#sleepiness(thief) + (far ? 2 * latencyNs : 0), ROBS, thief);
  }

  /** Somebody whose oldest task the thief may run, of its own place if possible; -1 where there is none. */
  #victimOf(thief: number): number {
    const { places } = this.#machine;
    const here = this.#placeOf(thief);
    const count = this.#full.length;
    const start = count === 0 ? 0 : this.#random() % count;
    let found = -1;
    for (let i = 0; i < count; i++) {
      const victim = this.#full[(start + i) % count]!;
      if (victim === thief || !this.#mayRun(thief, this.#deques[victim]!.oldest)) continue;
      if (places === 1 || victim === 0 || this.#placeOf(victim) === here) return victim;
      if (found < 0) found = victim;
      if (i > 4) break;
    }
    return found;
  }

  /** A steal has come to its end, with success if something is still there. Of a loop it is half of what is left. */
  #robbed(thief: number): void {
    this.#coming[thief] = 0;
    const victim = this.#victim[thief]!;
    const deque = this.#deques[victim]!;
    const stack = this.#stacks[thief]!;
    const own = this.#mail[thief]!.length + this.#steps[thief]!.length + this.#deques[thief]!.length;
    if (own > 0 || (stack.length > 0 && this.#done[this.#awaited[stack.at(-1)!]!] === 1)) return this.#next(thief);
    if (deque.length === 0 || !this.#mayRun(thief, deque.oldest)) return this.#steal(thief);
    const count = (deque.ofOne(this.#model.group) + 1) >> 1;
    const task = deque.shift();
    this.#steals++;
    for (let i = 1; i < count; i++) {
      const mine = this.#deques[thief]!;
      mine.push(deque.shift());
      if (mine.length === 1) this.#at[thief] = this.#full.push(thief) - 1;
    }
    if (deque.length === 0) this.#emptied(victim);
    this.#resume(task, thief);
  }

  /** All wait, and there is work that nobody may run: one of those who wait takes it. */
  #takesStranger(): boolean {
    const [victim] = this.#full;
    const thief = this.#idle.find((it) => it !== victim) ?? this.#idle[0];
    if (victim === undefined || thief === undefined) return false;
    const deque = this.#deques[victim]!;
    this.#unidle(thief);
    this.#now += STRANGER_NS;
    const task = deque.shift();
    if (deque.length === 0) this.#emptied(victim);
    this.#resume(task, thief);
    return true;
  }

  #random(): number {
    this.#seed ^= this.#seed << 13;
    this.#seed ^= this.#seed >>> 17;
    this.#seed ^= this.#seed << 5;
    return this.#seed >>> 0;
  }
}
