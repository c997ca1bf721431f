/**
 * What if: a discrete-event model of this scheduler runs a recorded graph on any number of workers. Each worker has a deque, takes its own
 * newest task, and steals the oldest of another one for a price. A plain task that waits keeps its worker's stack, which may then run only
 * what descends from it; a generator or async task leaves its worker free, and goes on there. See README.md, "The simulator".
 */
import { ANYWHERE, type Model, Op } from "./model.ts";
import { Agenda } from "./simulator/agenda.ts";
import { Dependencies } from "./simulator/dependencies.ts";
import type { Machine, Simulated } from "./simulator/machine.ts";
import { Deque, Queues } from "./simulator/queues.ts";
import { Random } from "./simulator/random.ts";
import { Threads } from "./simulator/threads.ts";

export function simulate(model: Model, machine: Machine, seed = 1): Simulated {
  return new Simulation(model, machine, seed).run();
}

/** What the agenda holds: one of these, and whom it is about. */
const What = { ARRIVES: 0, ROBS: 1, GOES_ON: 2, WOKEN: 3, COMPLETES: 4, DELIVERED: 5, TAKEN: 6 } as const;
const KINDS = 8;

/** What a worker runs that is between two tasks, or has nothing. */
const BETWEEN = -2;
const NOTHING = -1;

/** So long (ns) one worker without work looks for some before it sleeps, and each whose stack waits; the others sleep after one look. */
const SPIN_NS = 80_000;
const LOOK_NS = 1000;
/** A worker whose stack waits takes work of others after so long (ns) without anything that it may run. */
const STRANGER_NS = 30e6;

class Simulation {
  readonly #model: Model;
  readonly #machine: Machine;
  readonly #agenda = new Agenda();
  readonly #random: Random;
  readonly #dependencies: Dependencies;
  /** The next step of each task, the worker that runs it or has run it last, that of its spawner, and its spawner. */
  readonly #step: Int32Array;
  readonly #worker: Int32Array;
  readonly #home: Int32Array;
  readonly #parent: Int32Array;
  /** What a task waits for. */
  readonly #awaited: Int32Array;
  readonly #threads: Threads;
  readonly #queues: Queues;
  /** What waits stays with its worker. Not told apart with several places: there it goes on wherever a worker has nothing to do. */
  readonly #stays: boolean;
  /** Of each worker: plain tasks that wait on its stack, suspended tasks that can go on, tasks that have ended elsewhere. */
  readonly #stacks: number[][] = [];
  readonly #steps: Deque[] = [];
  readonly #mail: number[][] = [];
  /** What each worker runs; whether it is on its way to a steal, or waking up; since when it has nothing. */
  readonly #running: Int32Array;
  readonly #coming: Uint8Array;
  readonly #victim: Int32Array;
  readonly #idleSince: Float64Array;
  /** Tasks that may run at any place, and where they were spawned. */
  readonly #free: { readonly task: number; readonly place: number }[] = [];
  readonly #seen: Uint8Array;
  readonly #marks: { time: number; work: number; busy: number; steals: number }[] = [];
  /** The worker without work that goes on looking. */
  #spinner = 0;
  #now = 0;
  /** When a main strand did something for or after others first, and when the first task was spawned. */
  #first = -1;
  #spawned = -1;
  #last = 0;
  #busy = 0;
  #active = 0;
  #work = 0;
  #steals = 0;
  #between = 0;

  constructor(model: Model, machine: Machine, seed: number) {
    const count = model.steps.length;
    const { workers } = machine;
    const threads = new Threads(workers, machine.places, model.places);
    this.#model = model;
    this.#machine = machine;
    this.#threads = threads;
    this.#queues = new Queues(threads);
    this.#stays = model.places === 1;
    this.#random = new Random(seed);
    this.#dependencies = new Dependencies(model, {
      begin: (task) => this.#begin(task),
      goesOn: (task) => this.#goesOn(task),
      completesIn: (ns, node) => this.#in(ns, What.COMPLETES, node),
    });
    this.#step = new Int32Array(count);
    this.#worker = new Int32Array(count);
    this.#home = new Int32Array(count);
    this.#parent = new Int32Array(count);
    this.#awaited = new Int32Array(count);
    this.#running = new Int32Array(threads.count).fill(NOTHING);
    this.#coming = new Uint8Array(threads.count);
    this.#victim = new Int32Array(threads.count);
    this.#idleSince = new Float64Array(threads.count);
    this.#seen = new Uint8Array(count);
    for (let i = 0; i < threads.count; i++) {
      this.#steps.push(new Deque());
      this.#stacks.push([]);
      this.#mail.push([]);
    }
    for (let w = workers; w > 0; w--) this.#queues.rest(w);
  }

  run(): Simulated {
    const { mains, isTask, spans, placeOf } = this.#model;
    this.#dependencies.begin();
    for (const main of mains) this.#resume(main, this.#threads.mainOf(placeOf[main]!));
    if (mains.length === 0) this.#seedRoots();
    do {
      while (this.#agenda.size > 0) {
        const { time, what } = this.#agenda.pop();
        this.#now = time;
        this.#happens(what % KINDS, Math.floor(what / KINDS));
      }
    } while (this.#takesStranger());
    const { workers } = this.#machine;
    const ns = Math.max(1, this.#last - Math.max(0, this.#first));
    const unfinished = isTask.reduce(
      (sum, it, node) => sum + (it && this.#seen[node] === 1 && !this.#dependencies.isDone(node) ? 1 : 0),
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
        if (from === undefined || to === undefined) return [];
        const steals = to.steals - from.steals;
        const whole = Math.max(1, (to.time - from.time) * workers);
        const parts = { busy: (to.busy - from.busy) / whole, stealing: (steals * this.#machine.stealNs) / whole };
        return [{ name, ns: to.time - from.time, work: to.work - from.work, steals, ...parts }];
      }),
      unfinished,
    };
  }

  #in(ns: number, what: number, whom: number): void {
    this.#agenda.push(this.#now + ns, whom * KINDS + what);
  }

  #happens(what: number, whom: number): void {
    if (what === What.ARRIVES) this.#arrive(whom);
    else if (what === What.ROBS) this.#robbed(whom);
    else if (what === What.GOES_ON) this.#goesOn(whom);
    else if (what === What.COMPLETES) {
      this.#last = Math.max(this.#last, this.#now);
      this.#dependencies.complete(whom);
    } else if (what === What.DELIVERED) this.#delivered(whom);
    else {
      const worker = what === What.TAKEN ? this.#worker[whom]! : whom;
      this.#coming[worker] = 0;
      if (what === What.TAKEN) this.#resume(whom, worker);
      else this.#next(worker);
    }
  }

  /** Without a main strand (its events were lost), what has no parent begins at once. */
  #seedRoots(): void {
    const children = new Set<number>();
    for (const list of this.#model.steps) for (const { op, arg } of list) if (op === Op.SPAWN) children.add(arg);
    this.#first = this.#spawned = 0;
    this.#model.isTask.forEach((it, node) => {
      if (it && !children.has(node)) this.#spawn(node, 0, 0);
    });
  }

  /** The worker goes on with a task, up to its next step, `later` ns after now. */
  #resume(task: number, worker: number, later = 0): void {
    const isWorker = this.#threads.isWorker(worker);
    if (this.#running[worker]! < 0 && isWorker) this.#active++;
    if (this.#spinner === worker) this.#spinner = 0;
    this.#running[worker] = task;
    this.#worker[task] = worker;
    this.#seen[task] = 1;
    const { work: traced } = this.#model.steps[task]![this.#step[task]!] ?? { work: 0 };
    const { alone, together } = this.#machine;
    const work = traced * (isWorker && this.#active > 1 ? together : alone);
    this.#work += work;
    if (isWorker) this.#busy += work;
    this.#in(later + work, What.ARRIVES, task);
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
      if (this.#first < 0 && (op === Op.SPAWN || op === Op.WAIT || (op === Op.SIGNAL && arg !== 0))) this.#first = this.#now;
      if (op === Op.SPAWN) {
        if (this.#spawned < 0) this.#spawned = this.#now;
        this.#spawn(arg, task, worker);
        this.#readMail(worker);
      } else if (op === Op.SIGNAL) {
        if (arg !== 0) this.#dependencies.follow(arg);
      } else if (op === Op.MARK) this.#marks[arg] = { time: this.#now, work: this.#work, busy: this.#busy, steals: this.#steals };
      else if (op === Op.DELAY) {
        this.#in(arg, What.GOES_ON, task);
        return this.#leave(worker);
      } else if (this.#dependencies.holds(arg)) {
        this.#dependencies.wait(task, arg);
        this.#awaited[task] = arg;
        if (this.#stays && !this.#model.suspends[task]) this.#stacks[worker]!.push(task);
        return this.#leave(worker);
      }
      const { work } = list[at + 1] ?? { work: 0 };
      if (work > 0) return this.#resume(task, worker);
    }
  }

  #spawn(task: number, parent: number, worker: number): void {
    this.#seen[task] = 1;
    this.#worker[task] = this.#home[task] = worker;
    this.#parent[task] = parent;
    this.#dependencies.follow(task);
  }

  /** A task can begin for the first time: where it has to. */
  #begin(task: number): void {
    const place = this.#model.placeOf[task]!;
    if (this.#threads.domains === 1) return this.#ready(task);
    const here = this.#threads.placeOf(this.#worker[task]!);
    if (place === ANYWHERE) {
      this.#free.push({ task, place: here });
      const thief = this.#queues.someIdle();
      if (thief !== undefined) this.#steal(thief);
    } else if (place === here) this.#ready(task);
    else this.#in(this.#latency(this.#model.way[task]), What.DELIVERED, task);
  }

  /** Of a message that took so long (ns) in the trace, where that is known. */
  #latency(traced = 0): number {
    return this.#machine.traced === true && traced > 0 ? traced : this.#machine.latencyNs;
  }

  #delivered(task: number): void {
    this.#worker[task] = this.#threads.mainOf(this.#model.placeOf[task]!);
    this.#ready(task);
  }

  /** The news of an end go to where the task was spawned: who is in the middle of another one reads them later. */
  #ended(task: number, worker: number): void {
    if (this.#threads.domains > 1 && this.#model.isSent[task] === true)
      return this.#in(this.#latency(this.#model.wayBack[task]), What.COMPLETES, task);
    const home = this.#home[task]!;
    if (!this.#stays || home === worker || !this.#threads.isWorker(home)) return this.#dependencies.complete(task);
    this.#mail[home]!.push(task);
    this.#wake(home);
  }

  #readMail(worker: number): void {
    const mail = this.#mail[worker]!;
    while (mail.length > 0) this.#dependencies.complete(mail.shift()!);
  }

  /** What has waited can go on, where it has begun: the main strand at once. */
  #goesOn(task: number): void {
    const worker = this.#worker[task]!;
    if (this.#model.mains.includes(task)) return this.#resume(task, worker);
    if (!this.#stays) return this.#ready(task);
    if (this.#model.suspends[task]) this.#steps[worker]!.push(task);
    this.#wake(worker);
  }

  /** A task stands in a deque, from where anybody may take it. */
  #ready(task: number): void {
    const worker = this.#worker[task]!;
    this.#queues.push(worker, task);
    if (this.#running[worker] === NOTHING && this.#threads.isWorker(worker)) return this.#wake(worker);
    const thief = this.#queues.idle(this.#threads.domainOf(worker)).findLast((it) => this.#mayRun(it, task));
    if (thief === undefined) return;
    this.#queues.stir(thief);
    this.#steal(thief);
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
    if (!this.#threads.isWorker(worker) || this.#running[worker] !== NOTHING || this.#coming[worker] === 1) return;
    this.#queues.stir(worker);
    this.#coming[worker] = 1;
    this.#in(this.#sleepiness(worker), What.WOKEN, worker);
  }

  #sleepiness(worker: number): number {
    const spins = worker === this.#spinner || this.#stacks[worker]!.length > 0;
    return this.#now - this.#idleSince[worker]! > (spins ? SPIN_NS : LOOK_NS) ? this.#machine.wakeNs : 0;
  }

  /** The worker has nothing more to do for the task that it ran. */
  #leave(worker: number): void {
    if (this.#threads.isWorker(worker)) this.#active--;
    this.#idleSince[worker] = this.#now;
    const spins = this.#spinner !== 0 && this.#now - this.#idleSince[this.#spinner]! <= SPIN_NS;
    if (!spins && this.#stacks[worker]!.length === 0) this.#spinner = worker;
    this.#next(worker);
  }

  /** The worker looks for something to run: its mail, what waits on its stack, its own newest, else somebody's oldest. */
  #next(worker: number): void {
    this.#running[worker] = BETWEEN;
    const isWorker = this.#threads.isWorker(worker);
    if (isWorker) {
      this.#readMail(worker);
      const stack = this.#stacks[worker]!;
      const top = stack.at(-1);
      if (top !== undefined && this.#dependencies.isDone(this.#awaited[top]!)) {
        stack.pop();
        return this.#resume(top, worker);
      }
      const steps = this.#steps[worker]!;
      if (steps.length > 0) return this.#resume(steps.shift(), worker, this.#machine.turnNs);
      const deque = this.#queues.of(worker);
      if (deque.length > 0 && this.#mayRun(worker, deque.newest)) {
        const turn = top === undefined ? this.#machine.turnNs : 0; // what a waiting stack runs counts as its own time
        return this.#resume(this.#queues.pop(worker), worker, turn);
      }
    }
    this.#running[worker] = NOTHING;
    if (isWorker) this.#steal(worker);
  }

  #steal(thief: number): void {
    const victim = this.#victimOf(thief);
    if (victim < 0 && this.#free.length > 0) return this.#takeFree(thief);
    if (victim < 0) return this.#queues.rest(thief);
    this.#coming[thief] = 1;
    this.#victim[thief] = victim;
    const start = Math.max(0, this.#spawned + this.#machine.startNs - this.#now);
    const notice = this.#stays && this.#model.group[this.#queues.of(victim).oldest] !== 0 ? this.#machine.noticeNs : 0;
    this.#in(start + notice + this.#stealTime(thief, this.#threads.placeOf(victim)), What.ROBS, thief);
  }

  /** A task that may run anywhere: the oldest. */
  #takeFree(thief: number): void {
    const { task, place } = this.#free.shift()!;
    this.#steals++;
    this.#coming[thief] = 1;
    this.#worker[task] = thief;
    this.#in(this.#stealTime(thief, place), What.TAKEN, task);
  }

  #stealTime(thief: number, from: number): number {
    const far = this.#threads.placeOf(thief) !== from;
    if (far) this.#between++;
    return this.#machine.stealNs + this.#sleepiness(thief) + (far ? 2 * this.#machine.latencyNs : 0);
  }

  /** Somebody whose oldest task the thief may run, of its own place if possible; -1 where there is none. */
  #victimOf(thief: number): number {
    const here = this.#threads.placeOf(thief);
    const full = this.#queues.full(this.#threads.domainOf(thief));
    const count = full.length;
    const start = count === 0 ? 0 : this.#random.below(count);
    let found = -1;
    for (let i = 0; i < count; i++) {
      const victim = full[(start + i) % count]!;
      if (victim === thief || !this.#mayRun(thief, this.#queues.of(victim).oldest)) continue;
      if (victim === 0 || this.#threads.placeOf(victim) === here) return victim;
      if (found < 0) found = victim;
      if (i > 4) break;
    }
    return found;
  }

  /** A steal has come to its end, with success if something is still there. Of a loop it is half of what is left. */
  #robbed(thief: number): void {
    this.#coming[thief] = 0;
    const victim = this.#victim[thief]!;
    const deque = this.#queues.of(victim);
    const stack = this.#stacks[thief]!;
    const own = this.#mail[thief]!.length + this.#steps[thief]!.length + this.#queues.of(thief).length;
    if (own > 0 || (stack.length > 0 && this.#dependencies.isDone(this.#awaited[stack.at(-1)!]!))) return this.#next(thief);
    if (deque.length === 0 || !this.#mayRun(thief, deque.oldest)) return this.#steal(thief);
    const count = this.#stays ? (deque.ofOne(this.#model.group) + 1) >> 1 : 1;
    const task = this.#queues.shift(victim);
    this.#steals++;
    for (let i = 1; i < count; i++) this.#queues.push(thief, this.#queues.shift(victim));
    this.#resume(task, thief);
  }

  /** All wait, and there is work that nobody may run: one of those who wait takes it. */
  #takesStranger(): boolean {
    for (let domain = 0; domain < this.#threads.domains; domain++) {
      const idle = this.#queues.idle(domain);
      const [victim] = this.#queues.full(domain);
      const thief = idle.find((it) => it !== victim) ?? idle[0];
      if (victim === undefined || thief === undefined) continue;
      this.#queues.stir(thief);
      this.#now += STRANGER_NS;
      this.#resume(this.#queues.shift(victim), thief);
      return true;
    }
    return false;
  }
}
