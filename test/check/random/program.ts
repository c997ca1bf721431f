/**
 * A random program, made by running it: at every step some task that can go on does something more. So there is an order in which nothing
 * waits for ever, and therefore no other order in which it does. What comes before what is written down on the way.
 */
import { type Chance, Graph } from "./graph.ts";
import { Line } from "./text.ts";

export type How = "read" | "write" | "atomic read" | "atomic write";
type Kind = "plain" | "generator" | "async" | "main";
type Mode = "signal" | "wait" | "signalWait";

export interface Access {
  readonly node: number;
  /** In bytes. */
  readonly from: number;
  readonly to: number;
  readonly how: How;
  readonly line: Line;
}

/** What can be waited for. */
export interface Event {
  readonly id: number;
  readonly what: "task" | "loop" | "promise" | "operation" | "all" | "any";
  readonly text: string;
  /** Where it was made: who comes after that can name it. */
  readonly known: number;
  readonly node: number;
  readonly inputs: readonly Event[];
  settled: boolean;
  /** Who settles it, or has settled it. */
  by: Task | null;
}

interface Scope {
  readonly body: Line[];
  readonly tasks: Task[];
  /** Operations on global memory that were begun in it. */
  readonly operations: number[];
  readonly phasers: Phaser[];
}

interface Phaser {
  readonly id: number;
  readonly members: Member[];
  /** What comes before all phases later than `phase`. */
  readonly signals: { readonly phase: number; readonly node: number }[];
  /** Actions, by the phase that they end. */
  readonly actions: Map<number, { readonly begin: number; readonly end: number; readonly number: number; placed: boolean }>;
}

interface Member {
  readonly phaser: Phaser;
  readonly task: Task;
  readonly mode: Mode;
  /** The phase that it began with. */
  readonly first: number;
  signals: number;
  waits: number;
  left: boolean;
}

/** One of the accesses of a line, for iteration `i`. */
interface Touch {
  readonly how: How;
  from(i: number): number;
  to(i: number): number;
}

type Step =
  | { readonly do: "touch"; readonly line: Line; readonly touches: readonly Touch[] }
  | { readonly do: "call"; readonly waits: boolean; readonly steps: readonly Step[] }
  | { readonly do: "loop"; readonly count: number; readonly steps: readonly Step[] };

class Task {
  readonly id: number;
  readonly kind: Kind;
  readonly parent: Task | null;
  /** The innermost plain task in which it lies: it may wait only for what happens in there. */
  readonly sealed: Task | null;
  /** The finish scopes that wait for it. */
  readonly within: readonly Scope[];
  readonly scopes: Scope[] = [];
  readonly members: Member[] = [];
  readonly needs: readonly Event[];
  /** Its last operation. */
  node: number;
  ended = false;
  goesOn: { readonly when: () => boolean; readonly then: () => void } | null = null;

  constructor(id: number, kind: Kind, parent: Task | null, within: readonly Scope[], needs: readonly Event[], node: number) {
    this.id = id;
    this.kind = kind;
    this.parent = parent;
    this.sealed = kind === "plain" ? this : (parent?.sealed ?? null);
    this.within = within;
    this.needs = needs;
    this.node = node;
    this.scopes.push({ body: [], tasks: [], operations: [], phasers: [] });
  }

  get body(): Line[] {
    return this.scopes.at(-1)!.body;
  }

  isBelow(other: Task): boolean {
    return this === other || (this.parent?.isBelow(other) ?? false);
  }

  get canRun(): boolean {
    return !this.ended && this.needs.every((it) => it.settled) && (this.goesOn?.when() ?? true);
  }
}

export interface Limits {
  readonly steps: number;
  readonly tasks: number;
  readonly elements: number;
  readonly promises: number;
}

export class Program {
  readonly graph = new Graph();
  readonly accesses: Access[] = [];
  readonly events: Event[] = [];
  /** What is known when it has run: an operation that comes after the event if the future was seen to be settled there. */
  readonly looks: { readonly event: Event; readonly node: number }[] = [];
  readonly lines: Line[] = [];
  readonly #chance: Chance;
  readonly #limits: Limits;
  readonly #tasks: Task[] = [];
  readonly #phasers: Phaser[] = [];
  readonly #functions: Line[] = [];
  readonly #actions: Line[] = [];
  readonly #unput: Event[] = [];
  #steps: number;
  #freed = false;
  /** Elements that this program likes. */
  readonly #hot: number;

  /** `complete` is false where it has come to a stop, and is of no use. */
  readonly complete: boolean;

  constructor(chance: Chance, limits: Limits, heddle = "heddle") {
    this.#chance = chance;
    this.#limits = limits;
    this.#steps = 10 + chance.below(limits.steps);
    this.#hot = 1 + chance.below(limits.elements);
    for (let i = chance.below(limits.promises + 1); i > 0; i--) {
      const id = this.events.length;
      this.#unput.push(this.#event("promise", `R.p[${id}].future`, -1, []));
    }
    const main = new Task(-1, "main", null, [], [], this.graph.node());
    this.#tasks.push(main);
    while (this.#step());
    this.complete = this.#tasks.every((it) => it.ended);
    this.#write(main, heddle);
  }

  // ---- running it ------------------------------------------------------------------------------------------------------

  #step(): boolean {
    const ready = this.#tasks.filter((it) => it.canRun);
    if (ready.length === 0) return false;
    const task = this.#chance.of(ready);
    if (task.goesOn !== null) {
      const { then } = task.goesOn;
      task.goesOn = null;
      then();
    } else if (this.#steps > 0) {
      this.#steps--;
      this.#something(task);
    } else this.#wind(task);
    return true;
  }

  #something(task: Task): void {
    const what = this.#chance.weighted({
      access: 34,
      operation: 12,
      spawn: this.#tasks.length < this.#limits.tasks ? 16 : 0,
      loop: this.#tasks.length < this.#limits.tasks ? 6 : 0,
      wait: 16,
      put: 6,
      free: 1,
      finish: 4,
      close: task.scopes.length > 1 ? 5 : 0,
      combine: 8,
      look: 3,
      phaser: task.kind === "plain" ? 0 : 4,
      phase: task.members.length > 0 ? 24 : 0,
      nothing: 2,
      end: task.kind === "main" ? 0 : 3,
    });
    switch (what) {
      case "access":
        return this.#access(task, task.body);
      case "operation":
        return this.#operation(task);
      case "spawn":
        return this.#spawn(task);
      case "loop":
        return this.#loop(task);
      case "wait":
        return this.#wait(task);
      case "put":
        return this.#put(task);
      case "free":
        return this.#free(task);
      case "finish":
        return this.#open(task);
      case "close":
        return this.#close(task);
      case "combine":
        return this.#combine(task);
      case "look":
        return this.#look(task);
      case "phaser":
        return this.#phaser(task);
      case "phase":
        return this.#phase(task);
      case "nothing": {
        const turns = task.kind === "async" || task.kind === "main";
        task.body.push(new Line(turns ? "await new Promise((resolve) => R.later(resolve));" : "R.total.add(1);"));
        return;
      }
      default:
        if (task.scopes.length === 1) this.#end(task);
    }
  }

  /** Nothing new: only what lets everything end. */
  #wind(task: Task): void {
    const outer = task.members.find((it) => task.scopes.length > 1 && !task.scopes.at(-1)!.phasers.includes(it.phaser));
    if (outer !== undefined) this.#drop(outer);
    else if (this.#unput.length > 0) this.#put(task);
    else if (task.scopes.length > 1) this.#close(task);
    else this.#end(task);
  }

  #then(task: Task, ...before: number[]): number {
    return (task.node = this.graph.node(task.node, ...before));
  }

  #event(what: Event["what"], text: string, known: number, inputs: readonly Event[], by: Task | null = null): Event {
    const event: Event = { id: this.events.length, what, text, known, node: this.graph.node(), inputs, settled: false, by };
    this.events.push(event);
    if (what === "all") for (const it of inputs) this.graph.edge(it.node, event.node);
    return event;
  }

  #settle(event: Event): void {
    event.settled = true;
    for (const it of this.events) {
      if (it.settled) continue;
      if (it.what === "all" && it.inputs.every((input) => input.settled)) this.#settle(it);
      if (it.what === "any" && it.inputs.includes(event)) this.#settle(it);
    }
  }

  // ---- memory ----------------------------------------------------------------------------------------------------------

  #access(task: Task, body: Line[]): void {
    const { line, touches } = this.#touch(false);
    for (const it of touches) this.#note(it, 0, line, this.#then(task));
    body.push(line);
  }

  /** Global memory: the operation may happen until somebody sees its future, or the end of the scope. */
  #operation(task: Task): void {
    const at = this.#chance.below(this.#hot);
    const two = at + 1 < this.#limits.elements;
    const call = this.#chance.weighted({ get: 3, put: 3, add: 2, read: two ? 1 : 0, write: two ? 1 : 0 });
    const how: How = call === "get" || call === "read" ? "read" : call === "add" ? "atomic write" : "write";
    const args = { get: at, put: `1, ${at}`, add: `1, ${at}`, read: `2, ${at}`, write: `[1, 1], ${at}` }[call];
    const begun = this.#then(task);
    const node = this.graph.node(begun);
    const event = this.#event("operation", `R.f[${this.events.length}]`, begun, []);
    event.settled = true;
    this.graph.edge(node, event.node);
    for (const scope of [...task.within, ...task.scopes]) scope.operations.push(node);
    const line = new Line(`${event.text} = R.g.${call}(${args});`);
    task.body.push(line);
    const end = at + (call === "read" || call === "write" ? 2 : 1);
    this.accesses.push({ node, from: at * 4, to: end * 4, how, line });
  }

  #note({ how, from, to }: Touch, i: number, line: Line, node: number): void {
    this.accesses.push({ node, from: from(i), to: to(i), how, line });
  }

  /** A line that touches memory; with `indexed`, perhaps another element for each `i`. */
  #touch(indexed: boolean): { line: Line; touches: Touch[] } {
    if (!this.#freed && this.#chance.once(8)) {
      const at = this.#chance.below(2);
      const from = this.#limits.elements * 4 + at * 4;
      const how = this.#chance.of(["read", "write"] as const);
      const line = new Line(how === "read" ? `R.sum += R.c[${at}];` : `R.c[${at}] = 1;`);
      return { line, touches: [{ how, from: () => from, to: () => from + 4 }] };
    }
    const { elements } = this.#limits;
    const at = this.#chance.below(this.#hot);
    const moves = indexed && this.#chance.once(2);
    const text = moves ? `(i + ${at}) % ${elements}` : String(at);
    const last = Math.min(elements, at + 2);
    const byte = this.#chance.below(4);
    const element = (i: number): number => (moves ? (i + at) % elements : at);
    const whole = (...how: How[]): Touch[] =>
      how.map((it) => ({ how: it, from: (i) => element(i) * 4, to: (i) => element(i) * 4 + 4 }));
    const fixed = (how: How, from: number, to: number): Touch[] => [{ how, from: () => from, to: () => to }];
    switch (this.#chance.weighted({ read: 30, write: 24, update: 10, add: 10, load: 6, fill: 3, slice: 3, byte: 4 })) {
      case "read":
        return { line: new Line(`R.sum += R.a[${text}];`), touches: whole("read") };
      case "write":
        return { line: new Line(`R.a[${text}] = 1;`), touches: whole("write") };
      case "update":
        return { line: new Line(`R.a[${text}]++;`), touches: whole("read", "write") };
      case "add":
        return { line: new Line(`Atomics.add(R.a, ${text}, 1);`), touches: whole("atomic write") };
      case "load":
        return { line: new Line(`Atomics.load(R.a, ${text});`), touches: whole("atomic read") };
      case "fill":
        return { line: new Line(`R.a.fill(1, ${at}, ${last});`), touches: fixed("write", at * 4, last * 4) };
      case "slice":
        return { line: new Line(`R.a.slice(${at}, ${last});`), touches: fixed("read", at * 4, last * 4) };
      default:
        return { line: new Line(`R.bytes[${at * 4 + byte}] = 1;`), touches: fixed("write", at * 4 + byte, at * 4 + byte + 1) };
    }
  }

  /** From now on nobody uses that array: whoever has used it without an order may come later all the same. */
  #free(task: Task): void {
    if (this.#freed) return;
    this.#freed = true;
    const from = this.#limits.elements * 4;
    const line = new Line("R.shared.free(R.c);");
    task.body.push(line);
    this.accesses.push({ node: this.#then(task), from, to: from + 8, how: "write", line });
  }

  // ---- tasks -----------------------------------------------------------------------------------------------------------

  #kind(parent: Task): Kind {
    return this.#chance.weighted({ plain: 5, generator: 5, async: parent.sealed === null ? 3 : 0 });
  }

  #adopt(parent: Task, what: "task" | "loop", kind: Kind, needs: readonly Event[]): { task: Task; event: Event } {
    const spawned = this.#then(parent);
    const id = this.events.length;
    const event = this.#event(what, `R.f[${id}]`, spawned, []);
    const within = [...parent.within, ...parent.scopes];
    const task = new Task(id, kind, parent, within, needs, this.graph.node(spawned, ...needs.map((it) => it.node)));
    event.by = task;
    for (const scope of within) scope.tasks.push(task);
    this.#tasks.push(task);
    return { task, event };
  }

  #spawn(parent: Task): void {
    const needs = this.#chance.once(4) ? this.#pick(parent, 1 + this.#chance.below(2), true) : [];
    let kind = this.#kind(parent);
    const phased: { member: Member; mode: Mode }[] = [];
    for (const member of parent.members) {
      if (this.#chance.once(3)) continue;
      const modes: Mode[] = [];
      const fresh = member.mode === "signal" ? member.signals === member.first : member.signals === member.waits;
      if (fresh && member.mode !== "wait") modes.push("signal");
      if (fresh && member.mode === "signalWait") modes.push("signalWait", "signalWait", "signalWait");
      if (member.mode !== "signal") modes.push("wait");
      if (modes.length > 0) phased.push({ member, mode: this.#chance.of(modes) });
    }
    if (phased.some((it) => it.mode !== "signal") && kind === "plain") kind = "generator";
    const { task, event } = this.#adopt(parent, "task", kind, needs);
    for (const { member, mode } of phased) {
      const { phaser, signals, waits } = member;
      const child: Member = {
        phaser,
        task,
        mode,
        first: signals,
        signals,
        waits: mode === "wait" ? waits : signals,
        left: false,
      };
      task.members.push(child);
      phaser.members.push(child);
    }
    for (const it of needs)
      if (it.what === "any") task.body.push(new Line(`R.won[${it.id}] = arguments[${1 + needs.indexOf(it)}];`));
    const list = phased.map(({ member, mode }) => `{ phaser: R.ph[${member.phaser.id}], mode: "${mode}" }`).join(", ");
    const options = phased.length > 0 ? `.with({ phased: [${list}] })` : "";
    const body = task.body;
    if (needs.length === 0 && phased.length === 0 && this.#chance.once(4)) {
      const head = { plain: "(R) => {", generator: "function* (R) {", async: "async (R) => {", main: "" }[kind];
      parent.body.push(new Line(`${event.text} = R.spawn([R], ${head}`, body, "});"));
    } else {
      this.#define(task.id, kind, body);
      const call = needs.length > 0 ? `after(${["R", ...needs.map((it) => it.text)].join(", ")})` : "spawn(R)";
      parent.body.push(new Line(`${event.text} = R.t[${task.id}]${options}.${call};`));
    }
  }

  #define(id: number, kind: Kind, body: Line[], parameters = "R"): void {
    const head = { plain: "function", generator: "function*", async: "async function", main: "" }[kind];
    this.#functions.push(new Line(`R.t[${id}] = task(import.meta, ${head} task${id}(${parameters}) {`, body, "});"));
  }

  #end(task: Task): void {
    const event = this.events[task.id];
    if (event !== undefined) task.body.push(new Line(`return ${event.id};`));
    this.#then(task);
    task.ended = true;
    if (event !== undefined) this.graph.edge(task.node, event.node);
    for (const member of [...task.members]) this.#leave(member);
    if (event !== undefined) this.#settle(event);
  }

  // ---- waiting ---------------------------------------------------------------------------------------------------------

  /** Whether the task can name the future, and may wait for it, where it lies. */
  #mayAwait(task: Task, event: Event): boolean {
    if (event.known >= 0 && !this.graph.leads(event.known, task.node)) return false;
    if (event.what === "operation") return true;
    if (task.kind === "plain" && event.what !== "task" && event.what !== "loop") return false;
    const { sealed } = task;
    if (sealed === null) return true;
    const inside = (it: Event): boolean => {
      if (it.what === "all") return it.inputs.every(inside);
      if (it.what === "any") return it.inputs.some(inside);
      if (it.what === "operation") return true;
      if (it.what === "promise" && !it.settled) return false;
      return it.by !== null && it.by !== sealed && it.by.isBelow(task.kind === "plain" ? task : sealed);
    };
    return inside(event);
  }

  #pick(task: Task, most: number, all: boolean): Event[] {
    const list: Event[] = [];
    const known = this.events.filter((it) => it.known < 0 || this.graph.leads(it.known, task.node));
    const from = known.filter((it) => (all ? true : it.what === "task" || it.what === "promise"));
    for (let i = 0; i < most && from.length > 0; i++) {
      const it = this.#chance.of(from);
      if (!list.includes(it) && (task.sealed === null || this.#isInside(task, it))) list.push(it);
    }
    return list;
  }

  /** As for waiting in there, whoever it is that waits. */
  #isInside(task: Task, event: Event): boolean {
    if (event.what === "all" || event.what === "any") return event.inputs.every((it) => this.#isInside(task, it));
    if (event.what === "operation") return true;
    if (event.what === "promise" && !event.settled) return false;
    return event.by !== null && event.by !== task.sealed && event.by.isBelow(task.kind === "plain" ? task : task.sealed!);
  }

  #wait(task: Task): void {
    // Who holds up others by not signalling waits for nothing that may need them.
    const holdsUp = task.members.some((it) => it.mode !== "wait") || this.#chance.once(2);
    const never = (it: Event): boolean => it.by !== null && task.isBelow(it.by);
    const events = this.events.filter((it) => (it.settled || !(holdsUp || never(it))) && this.#mayAwait(task, it));
    if (events.length === 0) return;
    const event = this.#chance.once(3) ? events.at(-1)! : this.#chance.of(events);
    const { text } = event;
    const won = event.what === "any" ? `R.won[${event.id}] = ` : "";
    const { kind, body } = task;
    const seen = (): void => void this.#then(task, event.node);
    if (kind !== "plain" && kind !== "generator" && won === "" && this.#chance.once(5)) {
      const inside: Line[] = [];
      body.push(new Line(`await ${text}.then(() => {`, inside, "});"));
      task.goesOn = {
        when: () => event.settled,
        then: () => {
          seen();
          this.#access(task, inside);
        },
      };
      return;
    }
    body.push(new Line(kind === "plain" ? `${text}.join();` : `${won}${kind === "generator" ? "yield*" : "await"} ${text};`));
    task.goesOn = { when: () => event.settled, then: seen };
  }

  #put(task: Task): void {
    if (this.#unput.length === 0) return;
    const [event] = this.#unput.splice(this.#chance.below(this.#unput.length), 1);
    task.body.push(new Line(`R.p[${event!.id}].put(${event!.id});`));
    this.graph.edge(this.#then(task), event!.node);
    event!.by = task;
    this.#settle(event!);
  }

  #combine(task: Task): void {
    const inputs = this.#pick(task, 2 + this.#chance.below(2), false);
    if (inputs.length < 2) return;
    const what = this.#chance.of(["all", "any"] as const);
    const id = this.events.length;
    const event = this.#event(what, `R.f[${id}]`, this.#then(task), inputs);
    const list = inputs.map((it) => it.text).join(", ");
    task.body.push(new Line(`${event.text} = R.${what === "all" ? "whenAll" : "whenAny"}([${list}]);`));
    if (what === "all" ? inputs.every((it) => it.settled) : inputs.some((it) => it.settled)) this.#settle(event);
  }

  #look(task: Task): void {
    const events = this.events.filter((it) => it.what !== "any" && (it.known < 0 || this.graph.leads(it.known, task.node)));
    if (events.length === 0) return;
    const event = this.#chance.of(events);
    task.body.push(new Line(`R.looks[${this.looks.length}] = ${event.text}.status;`));
    this.looks.push({ event, node: this.#then(task) });
  }

  #open(task: Task): void {
    if (task.scopes.length > 3) return;
    const scope: Scope = { body: [], tasks: [], operations: [], phasers: [] };
    const head = {
      plain: "R.finish(() => {",
      generator: "yield* R.finish(function* () {",
      async: "await R.finish(async () => {",
      main: "await R.finish(async () => {",
    }[task.kind];
    task.body.push(new Line(head, scope.body, "});"));
    task.scopes.push(scope);
  }

  #close(task: Task): void {
    const scope = task.scopes.at(-1)!;
    const holdsUp = task.members.some((it) => it.mode !== "wait" && !scope.phasers.includes(it.phaser));
    if (holdsUp && !scope.tasks.every((it) => it.ended)) return;
    this.#then(task);
    for (const member of [...task.members]) if (scope.phasers.includes(member.phaser)) this.#leave(member);
    task.goesOn = {
      when: () => scope.tasks.every((it) => it.ended),
      then: () => {
        task.scopes.pop();
        this.#then(task, ...scope.tasks.map((it) => it.node), ...scope.operations);
      },
    };
  }

  // ---- loops -----------------------------------------------------------------------------------------------------------

  #loop(parent: Task): void {
    const { task, event } = this.#adopt(parent, "loop", "plain", []);
    const body: Line[] = [];
    const steps = this.#does(body, 2);
    const count = 1 + this.#chance.below(3);
    if (this.#chance.once(3)) {
      this.#define(task.id, "plain", body, "i, R");
      parent.body.push(new Line(`${event.text} = R.parallelFor(${count}, R.t[${task.id}], R);`));
    } else {
      const domain = this.#chance.once(4) ? `{ to: ${count}, tile: 1, mode: "chunked" }` : count;
      parent.body.push(new Line(`${event.text} = R.parallelFor(${domain}, (i, R) => {`, body, "}, R);"));
    }
    task.node = this.#iterations(steps, count, task.node);
    task.ended = true;
    this.graph.edge(task.node, event.node);
    this.#settle(event);
  }

  /** What an iteration does, or a task that it spawns. */
  #does(body: Line[], depth: number): Step[] {
    return Array.from({ length: 1 + this.#chance.below(3) }, (): Step => {
      const what = this.#chance.weighted({ touch: 6, call: depth > 0 ? 3 : 0, loop: depth > 1 ? 1 : 0 });
      if (what === "touch") {
        const { line, touches } = this.#touch(depth > 0);
        body.push(line);
        return { do: "touch", line, touches };
      }
      const inside: Line[] = [];
      if (what === "loop") {
        const count = 1 + this.#chance.below(3);
        const steps = this.#does(inside, 1);
        body.push(new Line(`R.parallelFor(${count}, (i, R) => {`, inside, "}, R).join();"));
        return { do: "loop", count, steps };
      }
      const how = this.#chance.of(["join", "finish", "leave"] as const);
      const event = this.#event("task", "", Number.POSITIVE_INFINITY, []);
      const steps = this.#does(inside, 0);
      this.#define(event.id, "plain", inside);
      const call = `R.t[${event.id}].spawn(R)`;
      if (how === "finish") body.push(new Line("R.finish(() => {", [new Line(`${call};`)], "});"));
      else body.push(new Line(how === "join" ? `${call}.join();` : `${call};`));
      return { do: "call", waits: how !== "leave", steps };
    });
  }

  /** Returns what comes after all of them, and after what they have left behind. */
  #iterations(steps: readonly Step[], count: number, begin: number): number {
    const ends: number[] = [];
    for (let i = 0; i < count; i++) ends.push(...this.#run(steps, i, begin));
    return this.graph.node(begin, ...ends);
  }

  /** Returns the end, and those of tasks that nobody has waited for. */
  #run(steps: readonly Step[], i: number, begin: number): number[] {
    const left: number[] = [];
    let node = begin;
    for (const step of steps) {
      if (step.do === "touch") for (const it of step.touches) this.#note(it, i, step.line, (node = this.graph.node(node)));
      else if (step.do === "loop") node = this.#iterations(step.steps, step.count, (node = this.graph.node(node)));
      else {
        const [end] = this.#run(step.steps, 0, (node = this.graph.node(node)));
        if (step.waits) node = this.graph.node(node, end!);
        else left.push(end!);
      }
    }
    return [node, ...left];
  }

  // ---- phasers ---------------------------------------------------------------------------------------------------------

  #phaser(task: Task): void {
    const phaser: Phaser = { id: this.#phasers.length, members: [], signals: [], actions: new Map() };
    this.#phasers.push(phaser);
    task.scopes.at(-1)!.phasers.push(phaser);
    task.body.push(new Line(`R.ph[${phaser.id}] = R.phaser();`));
    const member: Member = { phaser, task, mode: "signalWait", first: 0, signals: 0, waits: 0, left: false };
    phaser.members.push(member);
    task.members.push(member);
  }

  #phase(task: Task): void {
    const member = this.#chance.of(task.members);
    const { phaser, mode } = member;
    const name = `R.ph[${phaser.id}]`;
    if (this.#chance.once(12)) return this.#drop(member);
    const word = task.kind === "generator" ? "yield*" : "await";
    const hasSignalled = mode === "signalWait" && member.signals > member.waits;
    if (mode === "signal" || (mode === "signalWait" && !hasSignalled && this.#chance.once(4))) {
      const next = task.kind === "plain" ? `${name}.next();` : `${word} ${name}.next();`;
      task.body.push(new Line(mode === "signal" && this.#chance.once(3) ? next : `${name}.signal();`));
      return this.#signal(member);
    }
    const phase = ++member.waits;
    if (mode === "signalWait" && !hasSignalled) {
      const action = this.#chance.once(3) ? `(R.actions[${this.#action(phaser, phase - 1)}])` : "()";
      task.body.push(new Line(`${word} ${name}.next${action};`));
      this.#signal(member);
    } else task.body.push(new Line(`${word} ${name}.${this.#chance.of(["wait", "next"])}();`));
    task.goesOn = {
      when: () => phaser.members.every((it) => it.left || it.mode === "wait" || it.signals >= phase),
      then: () => void this.#then(task, ...this.#before(phaser, phase)),
    };
  }

  #drop(member: Member): void {
    member.task.body.push(new Line(`R.ph[${member.phaser.id}].drop();`));
    this.#then(member.task);
    this.#leave(member);
  }

  #signal(member: Member): void {
    member.phaser.signals.push({ phase: member.signals++, node: this.#then(member.task) });
  }

  #leave(member: Member): void {
    member.left = true;
    if (member.mode !== "wait") member.phaser.signals.push({ phase: member.signals, node: member.task.node });
    member.task.members.splice(member.task.members.indexOf(member), 1);
  }

  /** The number of the action that ends a phase. */
  #action(phaser: Phaser, phase: number): number {
    let action = phaser.actions.get(phase);
    if (action === undefined) {
      const begin = this.graph.node();
      const body: Line[] = [];
      let end = begin;
      for (let i = 1 + this.#chance.below(2); i > 0; i--) {
        const { line, touches } = this.#touch(false);
        body.push(line);
        for (const it of touches) this.#note(it, 0, line, (end = this.graph.node(end)));
      }
      action = { begin, end, number: this.#actions.length, placed: false };
      this.#actions.push(new Line(`R.actions[${action.number}] = () => {`, body, "};"));
      phaser.actions.set(phase, action);
    }
    return action.number;
  }

  /** What comes before the beginning of a phase. */
  #before(phaser: Phaser, phase: number): number[] {
    const list = phaser.signals.filter((it) => it.phase < phase).map((it) => it.node);
    for (const [ended, action] of phaser.actions) {
      if (ended >= phase) continue;
      list.push(action.end);
      if (action.placed) continue;
      action.placed = true;
      for (const it of phaser.signals) if (it.phase <= ended) this.graph.edge(it.node, action.begin);
      for (const [other, { end }] of phaser.actions) if (other < ended) this.graph.edge(end, action.begin);
    }
    return list;
  }

  // ---- text ------------------------------------------------------------------------------------------------------------

  #write(main: Task, heddle: string): void {
    const names = "finish, parallelFor, phaser, pointerTo, promise, shared, spawn, sum, task, whenAll, whenAny";
    const promises = this.events.filter((it) => it.what === "promise").length;
    this.lines.push(
      new Line(`import { ${names} } from "${heddle}";`),
      new Line(`export const R = { finish, parallelFor, phaser, shared, spawn, whenAll, whenAny, later: setImmediate };`),
      new Line(`Object.assign(R, { t: [], f: [], ph: [], actions: [], won: [], looks: [], sum: 0, total: sum() });`),
      ...this.#functions,
      ...this.#actions,
      new Line(
        "export async function main() {",
        [
          new Line(`R.a = shared.int32(${this.#limits.elements});`),
          new Line("R.c = shared.int32(2);"),
          new Line("R.g = pointerTo(R.a);"),
          new Line("R.bytes = new Uint8Array(R.a.buffer, R.a.byteOffset, R.a.byteLength);"),
          new Line(`R.p = Array.from({ length: ${promises} }, () => promise());`),
          ...main.scopes[0]!.body,
        ],
        "}",
      ),
    );
  }
}
