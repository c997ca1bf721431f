/** Serial mode over several places: all of them live in this thread, and what runs runs at one of them. See README.md, "Serial places". */
import { type Context, getPlatform } from "../platform/platform.ts";
import type { SharedMemory } from "../shared/memory.ts";
import { placeOfUrl } from "../shared/module-place.ts";
import type { Frame } from "./core.ts";
import type { TaskDefinition } from "./definition.ts";
import { noteCopy } from "./spawn-site.ts";
import { currentFrame } from "./thread.ts";
import type { Waiter } from "./waiters.ts";

/** Where code runs that no task says it of: what runs on `frame`, as long as that is the innermost one, runs at `place`. */
interface Standing {
  readonly place: number;
  readonly frame: Frame | null;
}

export interface SerialPlacesOptions {
  readonly places: number;
  /** `main` runs on place 0 alone. */
  readonly rootOnly: boolean;
  /** Whether all places share the module. */
  isShared(url: string): boolean;
}

export class SerialPlaces {
  readonly places: number;
  readonly rootOnly: boolean;
  /** That of the runtime, once there is one. */
  memory: SharedMemory | undefined;
  readonly #isShared: (url: string) => boolean;
  readonly #placed = new Map<TaskDefinition, TaskDefinition[]>();
  #context: Context<Standing> | undefined;
  #turn = 0;

  constructor({ places, rootOnly, isShared }: SerialPlacesOptions) {
    this.places = places;
    this.rootOnly = rootOnly;
    this.#isShared = isShared;
  }

  /** The place of the code that asks. */
  here(): number {
    const frame = currentFrame();
    const standing = this.#standing.get();
    if (standing !== undefined && standing.frame === frame) return standing.place;
    for (let it = frame; it !== null; it = it.owner) if ("def" in it && it.def.place !== undefined) return it.def.place;
    return standing?.place ?? 0;
  }

  /** Runs `body`, and what it awaits, at a place. */
  run<T>(place: number, body: () => T): T {
    return this.#standing.run({ place, frame: currentFrame() }, body);
  }

  /** Whoever waits here is told here. */
  following(waiter: Waiter): Waiter {
    if (typeof waiter !== "function") return waiter;
    const place = this.here();
    return (settled) => this.run(place, () => waiter(settled));
  }

  /** At which place the tasks of a module run; undefined for modules that all places share. */
  placeOfModule(url: string): number | undefined {
    return this.#isShared(url) ? undefined : placeOfUrl(url);
  }

  /** A definition that all places share, for tasks that run at this one. */
  placed(def: TaskDefinition, place: number): TaskDefinition {
    if (def.place !== undefined) return def;
    let all = this.#placed.get(def);
    if (all === undefined) this.#placed.set(def, (all = []));
    return (all[place] ??= noteCopy({ ...def, place }, def));
  }

  /** Where the next task for anywhere runs: at each place in turn. */
  nextForAnywhere(): number {
    return this.#turn++ % this.places;
  }

  /** Where an object that moves is; undefined when it is no more. Set by the layer that knows them. */
  placeOfObject: (id: number) => number | undefined = () => undefined;

  get #standing(): Context<Standing> {
    return (this.#context ??= getPlatform().createContext<Standing>());
  }
}

/** Null unless this thread is several places. */
export let serialPlaces: SerialPlaces | null = null;

/** Before anything of heddle is loaded that defines tasks. */
export function setSerialPlaces(it: SerialPlaces): void {
  serialPlaces = it;
}
