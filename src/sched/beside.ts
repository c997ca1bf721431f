/** Values on their way between places of one thread, in serial mode: copied as between places of different threads. */
import { CrossingError } from "../errors.ts";
import { createCodec, withPlace } from "../shared/codec/index.ts";
import type { SharedMemory } from "../shared/memory.ts";
import { Mentions } from "../shared/mentions.ts";
import { urlAt } from "../shared/module-place.ts";
import { type CrossingKind, crossingKinds } from "./crossing.ts";
import type { TaskDefinition } from "./definition.ts";
import { serialPlaces } from "./places.ts";
import { definitionAt, definitionOf, taskFor } from "./registry.ts";
import type { Station } from "./station.ts";

/** What stands at the other place for the value itself, which needs no description. */
const STANDS = "stands";
/** Kinds that have `beside`, or whose `away` asks for neither. */
const NO_STATION = null as unknown as Station;
const NO_MENTIONS = new Mentions();

/** The task that a module of another place defines in the place of this one. @throws CrossingError `HEDDLE_CANNOT_CROSS` when nobody there has imported the module. */
export function definitionFor(def: TaskDefinition, place: number): TaskDefinition {
  if (def.place === undefined || def.place === place || def.source !== undefined) return def;
  const its = definitionAt(urlAt(def.url, place), def.order);
  if (its !== undefined) return its;
  throw new CrossingError(
    `the task ${def.name} goes to place ${place}, which has not imported its module: in serial mode over several places each place imports what its own code imports. Import the module at the top level of the program.`,
    def.name,
  );
}

const PLAIN = new Set(["number", "string", "boolean", "undefined", "bigint"]);

export class Copier {
  readonly #mem: () => SharedMemory;

  constructor(mem: () => SharedMemory) {
    this.#mem = mem;
  }

  /** The value as place `to` gets it. `root` is what errors call it. @throws CrossingError `HEDDLE_CANNOT_CROSS` */
  copy<T>(value: T, from: number, to: number, root: string): T {
    if (value === null || PLAIN.has(typeof value)) return value;
    const codec = this.#codec(from, to);
    const bytes = serialPlaces!.run(from, () => codec.encode(value, root));
    return serialPlaces!.run(to, () => codec.decode(bytes)) as T;
  }

  /** Something thrown at `from`, as place `to` gets it. */
  copyError(error: unknown, from: number, to: number): unknown {
    const codec = this.#codec(from, to);
    const bytes = serialPlaces!.run(from, () => codec.encodeError(error));
    return withPlace(
      serialPlaces!.run(to, () => codec.decodeError(bytes)),
      from,
    );
  }

  #codec(from: number, to: number) {
    const stand: object[] = [];
    return createCodec({
      memory: this.#mem,
      byValue: true,
      classKey: (key) => classKeyAt(key, to),
      describe(value) {
        const def = definitionOf(value);
        if (def !== undefined) return { tag: STANDS, data: stand.push(taskFor(definitionFor(def, to))!) - 1 };
        for (const kind of crossingKinds()) {
          const other = kind.beside?.(value, from, to);
          if (other !== undefined) return { tag: STANDS, data: stand.push(other) - 1 };
          const data = kind.beside === undefined ? describe(kind, value) : undefined;
          if (data !== undefined) return { tag: kind.tag, data };
        }
        return undefined;
      },
      revive(tag, data) {
        if (tag === STANDS) return stand[data as number];
        return crossingKinds()
          .find((it) => it.tag === tag)!
          .away!.revive(data, NO_STATION, NO_MENTIONS);
      },
    });
  }
}

/** Module and name of a class, as place `to` calls it. */
function classKeyAt(key: string, to: number): string {
  const end = key.lastIndexOf("#");
  const url = key.slice(0, end);
  return serialPlaces!.placeOfModule(url) === undefined ? key : urlAt(url, to) + key.slice(end);
}

const describe = ({ away }: CrossingKind, value: object): unknown => away?.describe(value, NO_STATION, NO_MENTIONS);
