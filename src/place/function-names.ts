/**
 * What the places call each other's functions. Every place has a table of functions of its own (shared/functions.ts); before it names one
 * of its numbers to another place, it has told that place what they stand for. The other one adds them to its own table, so its workers
 * import their modules before they take a task.
 */
import { MessageError } from "../errors.ts";
import { type Reader, Writer } from "../net/wire.ts";
import type { FunctionEntry, FunctionTable } from "../shared/functions.ts";
import type { Group } from "./group.ts";
import type { ModuleNames } from "./module-names.ts";
import { Record } from "./records.ts";

export class FunctionNames {
  readonly #functions: FunctionTable;
  readonly #modules: ModuleNames;
  readonly #group: Group;
  readonly #writer = new Writer();
  /** How many entries of the own table each place has been told. */
  readonly #told: number[];
  /** For each place, from its numbers to those of the own table. */
  readonly #theirs: Map<number, number>[];

  constructor(functions: FunctionTable, modules: ModuleNames, group: Group) {
    this.#functions = functions;
    this.#modules = modules;
    this.#group = group;
    this.#told = new Array<number>(group.places).fill(0);
    this.#theirs = Array.from({ length: group.places }, () => new Map());
  }

  /** Tells a place what it does not know yet: before anything is sent to it that names functions. */
  tell(place: number): void {
    const count = this.#functions.refresh();
    const first = this.#told[place]!;
    if (count === first) return;
    this.#told[place] = count;
    const to = this.#writer.clear().u32(first).u32(count - first); // biome-ignore format: one line
    for (let id = first; id < count; id++) {
      const entry = this.#functions.entry(id);
      to.text(JSON.stringify({ ...entry, url: this.#modules.outward(entry.url) }));
    }
    this.#group.send(place, Record.FUNCTIONS, to.bytes());
  }

  /** @throws MessageError `HEDDLE_MESSAGE` */
  read(from: number, body: Reader): void {
    const first = body.u32();
    const count = body.u32();
    for (let i = 0; i < count; i++) {
      const entry = parse(body.text());
      this.#theirs[from]!.set(first + i, this.#functions.id({ ...entry, url: this.#modules.inward(entry.url) }));
    }
    body.end();
  }

  /** The number in the own table; undefined as long as `from` has not told what its number stands for. */
  local(from: number, id: number): number | undefined {
    return this.#theirs[from]!.get(id);
  }
}

function parse(text: string): FunctionEntry {
  let it: Partial<FunctionEntry>;
  try {
    it = JSON.parse(text);
  } catch (cause) {
    throw new MessageError("the description of a function is not JSON", { cause });
  }
  const { url, order, name, hash, source, site } = it ?? {};
  const whole = typeof url === "string" && Number.isInteger(order) && typeof name === "string" && Number.isInteger(hash);
  if (!whole || [source, site].some((text) => text !== undefined && typeof text !== "string"))
    throw new MessageError("the description of a function lacks a part");
  return { url: url!, order: order!, name: name!, hash: hash!, source, site };
}
