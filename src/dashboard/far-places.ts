/** Place 0, where the page is served: asks the dashboards of other processes what happens at their places, while somebody looks. */
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { RelayStart } from "../net/relay.ts";
import { mergeTraces } from "../trace/merge.ts";
import { type Board, MOST_SLICES } from "./board.ts";
import { Courier, type Order, type Report, TRACE_BYTES } from "./courier.ts";
import { mainSlices, Snapshot } from "./snapshot.ts";

const LEAST_SLICES = 40;
/** Who has not answered for so long (ms) is said not to. */
const SILENT_MS = 3000;

export interface FarOptions {
  readonly relay: RelayStart;
  readonly places: number;
  readonly board: Board;
  /** The page stays when the program has ended. */
  readonly keeps: boolean;
  /** What this place has traced so far; `last`: its program has ended. Null: nothing is traced. */
  readonly copy: ((last: boolean) => Promise<Snapshot>) | null;
  /** How long (ms) the program has run. */
  now(): number;
  /** The program fails at another place, and all are about to end: resolves when the pages know. */
  aborted(exitCode: number): Promise<void>;
}

/** A place, as long as it is there. */
interface Far {
  /** Since when (ms) an answer is awaited; 0: none is. */
  asked: number;
  answered: boolean;
}

/** The trace of all places. */
interface Copy {
  readonly snapshot: Snapshot;
  done(): void;
}

interface Piece {
  readonly bytes: Buffer;
  readonly error: string | undefined;
}

export class FarPlaces {
  readonly #its: FarOptions;
  readonly #courier: Courier<Order, Report>;
  readonly #places = new Map<number, Far>();
  /** Who waits for a piece of a trace. */
  readonly #pieces = new Map<string, (piece: Piece) => void>();
  #open = false;
  #watched = false;
  /** The program has ended: places whose last words are awaited. */
  #closing: Set<number> | null = null;
  #copies = 0;
  /** The page stays when the program has ended: what was traced everywhere. */
  #kept: Promise<Copy> | null = null;

  constructor(its: FarOptions) {
    this.#its = its;
    for (let place = 1; place < its.places; place++) this.#places.set(place, { asked: 0, answered: false });
    this.#courier = new Courier(its.relay, {
      message: (from, report, bytes) => this.#hear(from, report, bytes),
      open: () => {
        this.#open = true;
        this.ask();
      },
      lost: (place, why) => {
        this.#gone(place);
        its.board.lose(place, why);
      },
      closing: () => {
        this.#closing = new Set(
          [...this.#places].filter(([, it]) => its.keeps || (this.#watched && it.answered)).map(([p]) => p),
        );
        if (its.keeps && its.copy !== null) this.#keep();
        this.#leave();
      },
    });
  }

  /** The other processes are about to go: what they have traced is fetched now, and with the last piece comes their last word. */
  #keep(): void {
    this.#courier.stays();
    this.#kept = this.#copy(true).then((it) => ({ ...it, done: () => {} })); // it stays until the process ends
    this.#kept.catch(() => {}); // whoever saves it is told
  }

  watch(watched: boolean): void {
    this.#watched = watched;
    if (watched) this.ask();
    else this.#its.board.restFar();
  }

  /** To be called at each tick. Who has not answered is not asked again. */
  ask(): void {
    if (!this.#watched || !this.#open || this.#closing !== null) return;
    const most = Math.max(LEAST_SLICES, Math.floor(MOST_SLICES / this.#its.places));
    const now = performance.now();
    const silent: number[] = [];
    for (const [place, far] of this.#places) {
      if (far.asked === 0) {
        far.asked = now;
        this.#courier.send(place, { kind: "look", most });
      } else if (now - far.asked > SILENT_MS) {
        silent.push(place);
        this.#its.board.restFar(place);
      }
    }
    this.#its.board.silent = silent;
  }

  #hear(from: number, report: Report, bytes: Buffer): void {
    const far = this.#places.get(from);
    if (far === undefined) return;
    if (report.kind === "trace") {
      const key = `${from} ${report.id}`;
      const take = this.#pieces.get(key);
      this.#pieces.delete(key);
      take?.({ bytes, error: report.error });
    } else if (report.kind === "abort") {
      this.#its.board.addFailure("the program", report.text, from);
      void this.#its.aborted(report.exitCode).then(() => this.#courier.send(from, { kind: "told" }));
    } else {
      far.asked = 0;
      far.answered = true;
      this.#its.board.addFar(from, report.part);
      if (!this.#watched) this.#its.board.restFar();
      if (report.last) this.#gone(from);
    }
  }

  /** Nothing more comes from there. */
  #gone(place: number): void {
    this.#places.delete(place);
    this.#its.board.silent = this.#its.board.silent.filter((it) => it !== place);
    for (const [key, take] of this.#pieces)
      if (key.startsWith(`${place} `)) take({ bytes: Buffer.alloc(0), error: `place ${place} has gone` });
    this.#closing?.delete(place);
    this.#leave();
  }

  #leave(): void {
    if (this.#closing?.size !== 0) return;
    this.#closing = null;
    this.#places.clear();
    this.#courier.closed();
  }

  close(): void {
    this.#courier.close();
  }

  // ---- the trace of all places --------------------------------------------------------------------------------------

  copy(): Promise<Copy> {
    return this.#kept ?? this.#copy(false);
  }

  async #copy(last: boolean): Promise<Copy> {
    const folder = mkdtempSync(join(tmpdir(), "heddle-dashboard-"));
    let file = -1;
    const done = (): void => {
      if (file >= 0) closeSync(file);
      rmSync(folder, { recursive: true, force: true });
    };
    try {
      const own = this.#its.copy!(last);
      const id = ++this.#copies;
      const places = [0, ...this.#places.keys()];
      const parts = places.map((place) => join(folder, `${place}.json`));
      const read = (place: number) => (at: number) =>
        place === 0 ? own.then((it) => it.read(at, TRACE_BYTES)) : this.#fetch(place, { id, at, last });
      await Promise.all(places.map((place, i) => write(parts[i]!, read(place))));
      const merged = join(folder, "all.json");
      mergeTraces(parts, merged);
      file = openSync(merged, "r");
      rmSync(folder, { recursive: true }); // the file goes with the process, however that ends
      const wallNs = this.#its.now() * 1e6;
      return { snapshot: await Snapshot.of(file, null, mainSlices({ wallNs, places })), done };
    } catch (error) {
      done();
      throw error;
    }
  }

  #fetch(place: number, { id, at, last }: { id: number; at: number; last: boolean }): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      if (!this.#places.has(place)) return reject(new Error(`place ${place} has gone`));
      this.#pieces.set(`${place} ${id}`, ({ bytes, error }) => (error === undefined ? resolve(bytes) : reject(new Error(error))));
      this.#courier.send(place, { kind: "trace", id, at, last });
    });
  }
}

async function write(path: string, read: (at: number) => Promise<Buffer>): Promise<void> {
  const file = openSync(path, "w");
  try {
    for (let at = 0; ; ) {
      const bytes = await read(at);
      for (let done = 0; done < bytes.length; ) done += writeSync(file, bytes, done);
      at += bytes.length;
      if (bytes.length < TRACE_BYTES) return;
    }
  } finally {
    closeSync(file);
  }
}
