/** What the page knows: fed by the server, held while paused. Knows nothing of the document. */
import type { End, Failure, Hello, LaneFigures, Message, Point, Slice, Tick } from "../messages.ts";

export type Connection = "connecting" | "live" | "lost";

/** What a lane's worker did between two ticks, in seconds since the start. */
export interface Stretch {
  readonly from: number;
  readonly to: number;
  readonly figures: LaneFigures;
}

const MOST_POINTS = 1200;
const MOST_HELD = 1200;
/** How much of the past (s) the activity shows, and is kept. */
export const WINDOW_S = 10;
const KEPT_S = WINDOW_S + 4;

export class Model {
  hello: Hello | null = null;
  tick: Tick | null = null;
  /** When `tick` came, by the page's clock (ms). */
  tickAt = 0;
  end: End | null = null;
  connection: Connection = "connecting";
  paused = false;
  readonly points: Point[] = [];
  readonly names: string[] = [];
  readonly failures = new Map<number, Failure>();
  slices: Slice[] = [];
  readonly stretches: Stretch[][] = [];
  readonly #held: Message[] = [];
  #listeners: (() => void)[] = [];

  onChange(listener: () => void): void {
    this.#listeners.push(listener);
  }

  connected(connection: Connection): void {
    if (this.end !== null) return;
    this.connection = connection;
    this.#changed();
  }

  receive(message: Message): void {
    if (message.kind === "hello") {
      this.#held.length = 0; // it has all that came before
      this.connection = "live";
    }
    if (this.paused && this.hello !== null) {
      this.#held.push(message);
      if (this.#held.length > MOST_HELD) this.#held.shift();
    } else this.#take(message);
    this.#changed();
  }

  pause(paused: boolean): void {
    this.paused = paused;
    if (!paused) for (const message of this.#held.splice(0)) this.#take(message);
    this.#changed();
  }

  /** The time that is shown last, in seconds since the start. */
  get now(): number {
    return this.tick?.point.t ?? 0;
  }

  #take(message: Message): void {
    if (message.kind === "end") {
      this.end = message;
      return;
    }
    if (message.kind === "tick") return this.#next(message);
    if (this.hello?.about.pid !== message.about.pid) this.stretches.length = 0;
    this.hello = message;
    this.end = message.end;
    this.points.splice(0, this.points.length, ...message.history);
    this.points.pop(); // the last one is the tick's
    this.names.length = 0;
    this.slices = [];
    this.#next(message.tick);
  }

  #next(tick: Tick): void {
    const before = Math.max(this.tick?.point.t ?? 0, tick.point.t - 1);
    this.tick = tick;
    this.tickAt = performance.now();
    this.points.push(tick.point);
    if (this.points.length > MOST_POINTS) this.points.shift();
    for (const [i, name] of tick.names.entries()) this.names[tick.namesFrom + i] = name;
    for (const failure of tick.failures) this.failures.set(failure.id, failure);
    const oldest = tick.point.t - KEPT_S;
    this.slices = [...this.slices.filter((it) => it[2] >= oldest * 1000), ...tick.slices];
    for (const [lane, figures] of tick.figures.entries()) {
      const list = (this.stretches[lane] ??= []);
      list.push({ from: Math.min(before, tick.point.t), to: tick.point.t, figures });
      while (list.length > 0 && list[0]!.to < oldest) list.shift();
    }
  }

  #changed(): void {
    for (const listener of this.#listeners) listener();
  }
}
