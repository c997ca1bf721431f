import { TaskDefinitionError, UsageError } from "../../errors.ts";
import { gather } from "../../pattern/derive.ts";
import type { Future } from "../../sched/core.ts";
import { Body, type BodyKind, type TaskDefinition } from "../../sched/definition.ts";
import { serialPlaces } from "../../sched/places.ts";
import { bodyKind, define, hashOf } from "../../sched/registry.ts";
import { workingSlots } from "../../sched/rest.ts";
import { watch } from "../../sched/watch.ts";
import { plainUrl } from "../../shared/module-place.ts";
import { makeTask, type Spawner, type Task } from "../../task/task.ts";
import { whereabouts } from "../../task/whereabouts.ts";
import { ObjectAsk, writeNumbers } from "../calls.ts";
import { placeHere } from "../here.ts";
import type { Numbers } from "../protocol/directory.ts";
import { type BalancePolicy, greedyBalance, type ObjectLoad, type ObjectMove } from "./balance.ts";
import { forget, hostOf, hosts, idOfName, newId, tell } from "./hosts.ts";
import { callAsync, callGenerator, callPlain, type Methods } from "./method-calls.ts";
import type { AnyClass, Creator, MobileOptions } from "./mobile.ts";
import { addClass, classOf, type Mobile, type MobileDefinition, MobileRef, refArguments } from "./ref.ts";
import { freeArrays, packState, unpackState } from "./state.ts";

/** Options with what is the default filled in. */
export interface Complete extends MobileOptions<object> {
  readonly encode: (instance: object) => unknown;
  readonly decode: (state: unknown) => object;
}

/** What `report` tells of an object. */
type Report = readonly [id: number, load: number, calls: number];

/** By object of this thread, its handle. */
export const handles = new WeakMap<object, MobileRef>();

/** On which worker an object is to live. */
const workerFor = (id: number): number => id % 2 ** 32;

/** A class whose objects move, as mobile() has made it: the tasks that make, call, move and end them. */
export class Definition implements MobileDefinition {
  readonly key: string;
  readonly className: string;
  readonly interleave: boolean;
  readonly bodies: { readonly [kind in BodyKind]: TaskDefinition };
  readonly move: TaskDefinition;
  readonly end: TaskDefinition;
  readonly #Class: AnyClass;
  readonly #Ref: new (
    id: number,
  ) => MobileRef;
  readonly #options: Complete;
  readonly #make: Task<(name: string | null, args: unknown[]) => Generator<unknown, MobileRef, unknown>>;
  readonly #arrive: Task<
    (id: number, moves: number, state: unknown, numbers: Numbers, calls: number) => Generator<unknown, void, unknown>
  >;
  readonly #host: Task<
    (
      id: number,
      moves: number,
      made: boolean,
      state: unknown,
      numbers: Numbers,
      calls: number,
    ) => Generator<unknown, void, unknown>
  >;
  readonly #report: Task<() => Generator<unknown, Report[], unknown>>;
  readonly #reportHere: Task<(slot: number) => Report[] | null>;

  constructor(url: string, Class: AnyClass, source: string, options: Complete) {
    this.className = Class.name;
    const place = serialPlaces?.placeOfModule(url) ?? 0;
    const plain = plainUrl(url);
    this.key = `${plain.slice(plain.lastIndexOf("/") + 1)}#${Class.name}#${hashOf(source)}`;
    if (classOf(this.key, place) !== undefined) {
      throw new TaskDefinitionError(
        `mobile: another class ${Class.name} with the same text is declared in a module of that name; give one another name`,
      );
    }
    this.interleave = options.interleave === true;
    this.#Class = Class;
    this.#options = options;
    const known = <F extends (...args: never[]) => unknown>(what: string, fn: F): { def: TaskDefinition; fn: F } => {
      const name = `${Class.name}.${what}`;
      return { fn, def: define(fn, { fn, body: bodyKind(fn), arity: -1, name, url, hash: hashOf(source) }) };
    };
    const asTask = <F extends (...args: never[]) => unknown>(what: string, fn: F): Task<F> => {
      const it = known(what, fn);
      return makeTask(it.fn, it.def);
    };
    // Methods are called by three tasks, one for each kind of body. All run at the worker that has the object.
    this.bodies = {
      [Body.PLAIN]: known("plain method", (id: number, method: string | null, args: unknown[]) => callPlain(id, method, args))
        .def,
      [Body.GENERATOR]: known("generator method", function* (id: number, method: string, args: unknown[]): Generator<
        unknown,
        unknown,
        unknown
      > {
        return yield* callGenerator(id, method, args);
      }).def,
      [Body.ASYNC]: known("async method", async (id: number, method: string, args: unknown[]) => callAsync(id, method, args)).def,
    };
    const self = this;
    this.move = known("migrate", function* (id: number, to: number) {
      return yield* self.#moveBody(id, to);
    }).def;
    this.end = known("destroy", function* (id: number) {
      return yield* self.#endBody(id);
    }).def;
    this.#make = asTask("create", function* (name, args) {
      return yield* self.#makeBody(name, args);
    });
    this.#arrive = asTask("arrive", function* (id, moves, state, numbers, calls) {
      yield* self.#hostAt(id).spawn(id, moves, false, unpackState(state), numbers, calls); // its arrays are on the heap now, and are not copied again
    });
    this.#host = asTask("host", function* (id, moves, made, state, numbers, calls) {
      return yield* self.#hostBody(id, moves, made, state, numbers, calls);
    });
    this.#report = asTask("report", function* () {
      return yield* self.#reportBody();
    });
    this.#reportHere = asTask("report of a worker", (slot) => (placeHere().station!.slot === slot ? self.#reports() : null));
    this.#Ref = refClass(this.key, Class);
    addClass(this, place);
  }

  // ---- for users -----------------------------------------------------------------------------------------------------

  create(...args: unknown[]): Future<never> {
    return this.#creator(null, null).create(...(args as never[])) as Future<never>;
  }

  at(place: number): Creator<AnyClass> {
    return this.#creator(place, null);
  }

  named(name: string): Creator<AnyClass> {
    return this.#creator(null, name);
  }

  #creator(place: number | null, name: string | null): Creator<AnyClass> {
    if (name !== null && (typeof name !== "string" || name === ""))
      throw new UsageError("named: the name must be a text of at least one character");
    const spawner: Spawner<[string | null, unknown[]], MobileRef> = place === null ? this.#make : this.#make.at(place);
    return {
      create: (...args: unknown[]) => spawner.spawn(name, args) as Future<never>,
      at: (other) => this.#creator(other, name),
      named: (other) => this.#creator(place, other),
    };
  }

  find(name: string): Future<never> {
    return gather("find", [idOfName(name)], ([id]) => this.refTo(id!)) as Future<never>;
  }

  loads(): Future<readonly ObjectLoad<object>[]> {
    const { places } = whereabouts();
    const reports = Array.from({ length: places }, (_, place) => this.#report.at(place).spawn());
    return gather("loads", reports, (all) =>
      all.flatMap((its, place) =>
        its.map(([id, load, calls]) => ({ object: this.refTo(id) as Mobile<object>, place, load, calls })),
      ),
    );
  }

  balance(policy: BalancePolicy<object> = greedyBalance): Future<readonly ObjectMove<object>[]> {
    const { places } = whereabouts();
    return gather("balance", [this.loads()], ([loads]) => {
      const moves = [...policy(loads!, places)].filter(
        (move) => loads!.find(({ object }) => object.equals(move.object))?.place !== move.to,
      );
      const made = moves.map(({ object, to }) => (object as MobileRef).migrate(to));
      return gather("balance", made, () => moves);
    });
  }

  // ---- for handles ---------------------------------------------------------------------------------------------------

  kindOf(method: string): BodyKind | undefined {
    const fn = (this.#Class.prototype as Methods)[method];
    return typeof fn !== "function" || method === "constructor" || method in Object.prototype ? undefined : bodyKind(fn);
  }

  refTo(id: number): MobileRef {
    return new this.#Ref(id);
  }

  // ---- the tasks -----------------------------------------------------------------------------------------------------

  /** The task that takes an object in, for the worker that is to have it. */
  #hostAt(id: number) {
    return this.#host.with({ affinity: workerFor(id) });
  }

  *#makeBody(name: string | null, args: unknown[]): Generator<unknown, MobileRef, unknown> {
    const id = yield* newId(name);
    try {
      yield* this.#hostAt(id).spawn(id, 0, true, args, [], 0);
    } catch (error) {
      yield* forget(id);
      throw error;
    }
    return this.refTo(id);
  }

  *#hostBody(
    id: number,
    moves: number,
    made: boolean,
    state: unknown,
    numbers: Numbers,
    calls: number,
  ): Generator<unknown, void, unknown> {
    watch?.callBegins(id, false);
    const instance = made ? new this.#Class(...(state as never[])) : this.#options.decode(state);
    const { place, station } = placeHere();
    hosts.set(id, { id, instance, place, moves, load: 0, calls });
    handles.set(instance, this.refTo(id));
    if (station === null) return;
    yield* tell(ObjectAsk.ARRIVED, id, (body) => writeNumbers(body.u32(moves).u8(this.interleave ? 1 : 0), numbers));
  }

  /** Runs as a call: no other one runs meanwhile. The object is dropped here only when it has arrived there. */
  *#moveBody(id: number, to: number): Generator<unknown, void, unknown> {
    const hosted = hostOf(id);
    const { place, station } = placeHere();
    if (to === place) return;
    if (station === null) {
      const { packed, arrays } = packState(this.#options.encode(hosted.instance));
      yield* this.#arrive.at(to).spawn(id, hosted.moves + 1, packed, [], hosted.calls);
      return freeArrays(arrays);
    }
    const { moves, numbers } = yield* tell(
      ObjectAsk.LEAVE,
      id,
      () => {},
      (answer) => ({
        moves: answer.u32(),
        numbers: Array.from({ length: answer.u32() }, () => [answer.u32(), answer.u32()] as const),
      }),
    );
    let arrays: ReturnType<typeof packState>["arrays"];
    try {
      const state = packState(this.#options.encode(hosted.instance));
      arrays = state.arrays;
      yield* this.#arrive.at(to).spawn(id, moves + 1, state.packed, numbers, hosted.calls);
    } catch (error) {
      yield* tell(ObjectAsk.STAYED, id);
      throw error;
    }
    if (hosts.get(id) === hosted) hosts.delete(id);
    yield* tell(ObjectAsk.LEFT, id, (body) => body.u32(to).u32(moves));
    freeArrays(arrays);
  }

  *#endBody(id: number): Generator<unknown, void, unknown> {
    const { instance } = hostOf(id);
    hosts.delete(id);
    yield* forget(id);
    const dispose = (instance as Partial<Disposable>)[Symbol.dispose];
    if (typeof dispose === "function") dispose.call(instance);
    else freeArrays(packState({ ...instance }).arrays);
  }

  *#reportBody(): Generator<unknown, Report[], unknown> {
    const { station, mem } = placeHere();
    if (station === null) return this.#reports();
    const all = this.#reports();
    for (let slot = 1; slot < workingSlots(mem.i32, station.map.slots); slot++) {
      if (slot === station.slot) continue;
      // Affinity is a hint: when there is no room it may run elsewhere.
      for (let part: Report[] | null = null; part === null; ) {
        part = yield* this.#reportHere.with({ affinity: slot - 1 }).spawn(slot);
        if (part !== null) all.push(...part);
      }
    }
    return all;
  }

  /** Of the objects of this class that this worker has. */
  #reports(): Report[] {
    const found: Report[] = [];
    for (const hosted of hosts.values()) {
      if (!(hosted.instance instanceof this.#Class)) continue;
      found.push([hosted.id, this.#options.load?.(hosted.instance) ?? hosted.load, hosted.calls]);
      hosted.load = hosted.calls = 0;
    }
    return found;
  }
}

/** The class of the handles of a class: one method for each of its own. */
function refClass(key: string, Class: AnyClass): new (id: number) => MobileRef {
  class Ref extends MobileRef {
    constructor(id: number) {
      super(...refArguments(id, key));
    }
  }
  for (let proto = Class.prototype; proto !== Object.prototype && proto !== null; proto = Object.getPrototypeOf(proto)) {
    for (const name of Object.getOwnPropertyNames(proto)) {
      const { value } = Object.getOwnPropertyDescriptor(proto, name)!;
      if (typeof value !== "function" || name === "constructor" || name in Ref.prototype) continue;
      Object.defineProperty(Ref.prototype, name, {
        value(this: MobileRef<Methods>, ...args: unknown[]) {
          return this.call(name, ...args);
        },
      });
    }
  }
  return Ref;
}
