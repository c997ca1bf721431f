/** Values on their way between places of one thread, in serial mode: copied as between places of different threads. */
import { CrossingError } from "../errors.ts";
import { type Codec, createCodec, withPlace } from "../shared/codec/index.ts";
import { Mentions } from "../shared/mentions.ts";
import { urlAt, withoutPlaces } from "../shared/module-place.ts";
import { type CrossingKind, crossingKinds } from "./crossing.ts";
import type { TaskDefinition } from "./definition.ts";
import { serialPlaces } from "./places.ts";
import { definitionAt, definitionOf, taskFor } from "./registry.ts";
import { trimStack } from "./spawn-site.ts";
import type { Station } from "./station.ts";

/** What stands at the other place for the value itself, which needs no description. */
const STANDS = "stands";
/** Kinds that have `beside`, or whose `away` asks for neither. */
const NO_STATION = null as unknown as Station;
const NO_MENTIONS = new Mentions();

/** The task that a module of another place defines in the place of this one. @throws CrossingError `HEDDLE_CANNOT_CROSS` when nobody there has imported the module. */
export function definitionFor(def: TaskDefinition, place: number): TaskDefinition {
  if (def.place === undefined || def.place === place) return def;
  const its = definitionAt(urlAt(def.url, place), def.order);
  if (its !== undefined) return its;
  throw new CrossingError(
    `the task ${def.name} goes to place ${place}, which has not imported its module: in serial mode over several places each place imports what its own code imports. Import the module at the top level of the program.`,
    def.name,
  );
}

const PLAIN = new Set(["number", "string", "boolean", "undefined", "bigint"]);

/** The value as place `to` gets it. `root` is what errors call it. @throws CrossingError `HEDDLE_CANNOT_CROSS` */
export function copyBeside<T>(value: T, from: number, to: number, root: string): T {
  if (value === null || PLAIN.has(typeof value)) return value;
  const codec = codecBetween(from, to);
  const bytes = serialPlaces!.run(from, () => codec.encode(value, root));
  return serialPlaces!.run(to, () => codec.decode(bytes)) as T;
}

/** What an error is at each place that knows it: so a scope that hears of it in two ways has it once. */
const forms = new WeakMap<object, object[]>();

/** Something thrown at `from`, as place `to` gets it. */
export function copyErrorBeside(error: unknown, from: number, to: number): unknown {
  if (from === to || typeof error !== "object" || error === null) return error;
  let its = forms.get(error);
  if (its === undefined) forms.set(withPlace(error, from), (its = []));
  its[from] = error;
  const known = its[to];
  if (known !== undefined) return known;
  const codec = codecBetween(from, to);
  const bytes = serialPlaces!.run(from, () => codec.encodeError(error));
  const copy = serialPlaces!.run(to, () => codec.decodeError(bytes)) as object;
  trimStack(copy);
  if (copy instanceof Error && copy.stack?.includes("?heddle-place=") === true) copy.stack = withoutPlaces(copy.stack);
  its[to] = copy;
  forms.set(copy, its);
  return copy;
}

/** The bytes of a value of this place for any other; null when it holds what each place has one of its own of. @throws CrossingError `HEDDLE_CANNOT_CROSS` */
export function encodeBeside(value: unknown, root: string): Uint8Array | null {
  const here = serialPlaces!.here();
  let isFree = true;
  const codec = codecBetween(here, here, () => {
    isFree = false;
  });
  const bytes = codec.encode(value, root);
  return isFree ? bytes : null;
}

/** Such a value, at this place. */
export function decodeBeside(bytes: Uint8Array): unknown {
  const here = serialPlaces!.here();
  return codecBetween(here, here).decode(bytes);
}

function codecBetween(from: number, to: number, onStandIn: () => void = () => {}): Codec {
  const stand: object[] = [];
  const standsIn = (other: object) => {
    onStandIn();
    return { tag: STANDS, data: stand.push(other) - 1 };
  };
  return createCodec({
    memory: () => serialPlaces!.memory,
    byValue: true,
    classKey: (key) => classKeyAt(key, to),
    describe(value) {
      const def = definitionOf(value);
      if (def !== undefined) return standsIn(taskFor(definitionFor(def, to))!);
      for (const kind of crossingKinds()) {
        const other = kind.beside?.(value, from, to);
        if (other !== undefined) return standsIn(other);
        const data = kind.beside === undefined ? describe(kind, value) : undefined;
        if (data !== undefined) return { tag: kind.tag, data };
      }
      return undefined;
    },
    revive(tag, data) {
      if (tag === STANDS) return stand[data as number];
      const kind = crossingKinds().find((it) => it.tag === tag)!;
      return kind.away!.revive(data, NO_STATION, NO_MENTIONS);
    },
  });
}

/** Module and name of a class, as place `to` calls it. */
function classKeyAt(key: string, to: number): string {
  const end = key.lastIndexOf("#");
  const url = key.slice(0, end);
  return serialPlaces!.placeOfModule(url) === undefined ? key : urlAt(url, to) + key.slice(end);
}

const describe = ({ away }: CrossingKind, value: object): unknown => away?.describe(value, NO_STATION, NO_MENTIONS);
