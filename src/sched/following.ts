import { InvariantError } from "../errors.ts";
import { getPlatform } from "../platform/platform.ts";
import { load } from "../shared/atomics.ts";
import { Cell, cellWord } from "../shared/cell.ts";
import { Control } from "../shared/layout.ts";
import { begin, type Future } from "./core.ts";
import { director, identityOf } from "./direct.ts";
import type { Hunting } from "./hunting.ts";
import { noteActivity } from "./rest.ts";
import type { Supply } from "./supply.ts";
import { asyncRunning, stepOf } from "./suspend.ts";
import { thread } from "./thread.ts";
import type { Turn, WorkerPort } from "./worker.ts";

/** What a worker does in its loop and on waiting stacks while it follows a record, see ../replay/README.md. */
export class Following {
  readonly #worker: WorkerPort;
  readonly #hunting: Hunting;
  readonly #supply: Supply;
  readonly #i32: Int32Array;
  readonly #slot: number;

  constructor(worker: WorkerPort, hunting: Hunting, supply: Supply) {
    this.#worker = worker;
    this.#hunting = hunting;
    this.#supply = supply;
    this.#i32 = worker.station.mem.i32;
    this.#slot = worker.station.slot;
  }

  turn(): Turn {
    for (;;) {
      if (load(this.#i32, Control.STOP) !== 0) return "stop";
      this.#worker.noticeCancellation();
      if (this.#worker.receive()) noteActivity(this.#i32, this.#slot);
      if (this.#worker.imports.pending()) return "import";
      const did = this.#next();
      if (director!.replaying === false) return this.#worker.turn();
      if (did === "loop") return "yield";
      // The event loop may bring what is missing.
      if (did === false && director!.pause() && (asyncRunning() > 0 || getPlatform().hasPendingEvents())) return "yield";
    }
  }

  help(done: () => boolean): boolean {
    if (this.#worker.receive() || done()) return true;
    this.#worker.noticeCancellation();
    if (this.#next() !== true) director!.pause();
    if (load(this.#i32, Control.STOP) !== 0) throw new InvariantError("the runtime was stopped");
    return true;
  }

  /** Does what the record says is next for this thread; false when that is not there yet. */
  #next(): boolean | "loop" {
    const next = director!.next();
    if (next === null) return false;
    const { kind, id } = next;
    if (kind === "mail") return director!.takeMail();
    if (kind === "step") return stepOf((future) => identityOf(future) === id);
    if (kind === "loop") return "loop";
    if (kind === "other") {
      if (thread.at < 0 && (asyncRunning() > 0 || getPlatform().hasPendingEvents())) return "loop"; // it is up to async tasks
      director!.diverged("it has nothing to run");
      return false;
    }
    const local = director!.takeLocal(id) as Future<unknown> | null;
    if (local !== null) {
      this.#hunting.found();
      begin(local);
      return true;
    }
    const cell = this.#supply.takeSent(
      (it) => this.#worker.imports.complete() && this.#worker.station.mem.f64[(cellWord(it) + Cell.VALUES) >>> 1] === id,
    );
    return cell !== 0 && this.#supply.execute(cell);
  }
}
