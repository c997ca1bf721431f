/** The lanes: what each worker did in the last seconds. */
import { type Lane, type Slice, SliceKind } from "../messages.ts";
import { type Colours, time } from "./format.ts";
import { type Rows, rowsOf, TOP } from "./lanes.ts";
import { type Model, WINDOW_S } from "./model.ts";

const LEFT = 118;
/** The right edge lies so far back (s): what happens in between has not been told yet. Other processes are asked first. */
const DELAY_S = 0.3;
const FAR_DELAY_S = 0.6;
/** Names are written into what is at least so tall. */
const WRITTEN = 12;

export class Activity {
  readonly #canvas: HTMLCanvasElement;
  readonly #context: CanvasRenderingContext2D;
  readonly #model: Model;
  readonly #colours: Colours;
  readonly #still = matchMedia("(prefers-reduced-motion: reduce)");
  readonly #dark = matchMedia("(prefers-color-scheme: dark)");
  #rows: Rows = rowsOf([], false);
  #width = 0;
  #height = 0;
  #frame = 0;
  #right = 0;
  #css: Record<string, string> = {};
  readonly #stop = new AbortController();

  constructor(canvas: HTMLCanvasElement, model: Model, colours: Colours) {
    this.#canvas = canvas;
    this.#context = canvas.getContext("2d")!;
    this.#model = model;
    this.#colours = colours;
    const resize = new ResizeObserver(() => this.draw());
    resize.observe(canvas);
    const { signal } = this.#stop;
    this.#dark.addEventListener("change", () => this.#paint(), { signal });
    signal.addEventListener("abort", () => resize.disconnect());
    this.#paint();
    const step = (): void => {
      if (signal.aborted) return;
      this.#frame = requestAnimationFrame(step);
      if (this.#moves()) this.draw();
    };
    this.#frame = requestAnimationFrame(step);
  }

  stop(): void {
    this.#stop.abort();
    cancelAnimationFrame(this.#frame);
  }

  #moves(): boolean {
    return !this.#still.matches && !this.#model.paused && this.#model.end === null && this.#model.connection === "live";
  }

  #paint(): void {
    const style = getComputedStyle(document.documentElement);
    for (const name of ["ink", "faint", "line", "grid", "running", "joining", "searching", "parked", "bad"])
      this.#css[name] = style.getPropertyValue(`--${name}`).trim();
    this.draw();
  }

  get #lanes(): readonly Lane[] {
    return this.#model.tick?.lanes ?? [];
  }

  get #traced(): boolean {
    return this.#model.hello?.about.traced === true;
  }

  draw(): void {
    const { tick, tickAt, end } = this.#model;
    const canvas = this.#canvas;
    if (tick === null) return;
    const ratio = devicePixelRatio || 1;
    this.#width = canvas.clientWidth;
    this.#rows = rowsOf(this.#lanes, this.#traced);
    this.#height = this.#rows.height;
    if (canvas.width !== Math.round(this.#width * ratio) || canvas.height !== Math.round(this.#height * ratio)) {
      canvas.style.height = `${this.#height}px`;
      canvas.width = Math.round(this.#width * ratio);
      canvas.height = Math.round(this.#height * ratio);
    }
    const passed = this.#moves() ? Math.min((performance.now() - tickAt) / 1000, 0.6) : 0;
    const delay = this.#model.hello!.about.processes > 1 ? FAR_DELAY_S : DELAY_S;
    this.#right = end !== null ? tick.point.t : Math.max(tick.point.t + passed - delay, 0);
    this.#context.setTransform(ratio, 0, 0, ratio, 0, 0);
    this.#context.clearRect(0, 0, this.#width, this.#height);
    this.#context.font = "12px system-ui, sans-serif";
    this.#context.textBaseline = "middle";
    this.#drawTimes();
    this.#drawHeads();
    for (const [i, lane] of this.#lanes.entries()) this.#drawLane(i, lane);
    this.#drawSlices();
  }

  #x(seconds: number): number {
    return LEFT + ((seconds - (this.#right - WINDOW_S)) / WINDOW_S) * (this.#width - LEFT);
  }

  #drawTimes(): void {
    const context = this.#context;
    for (let at = Math.ceil(this.#right - WINDOW_S); at <= this.#right; at++) {
      const x = Math.round(this.#x(at)) + 0.5;
      if (at < 0 || x < LEFT) continue;
      context.strokeStyle = this.#css.grid!;
      context.beginPath();
      context.moveTo(x, TOP - 4);
      context.lineTo(x, this.#height);
      context.stroke();
      if (at % 2 !== 0 || x > this.#width - 26) continue;
      context.fillStyle = this.#css.faint!;
      context.fillText(`${at} s`, x - 4, 8);
    }
  }

  #drawHeads(): void {
    const context = this.#context;
    context.fillStyle = this.#css.faint!;
    context.font = "600 12px system-ui, sans-serif";
    for (const { text, y } of this.#rows.heads) context.fillText(text, 0, y);
    context.font = "12px system-ui, sans-serif";
  }

  #drawLane(i: number, lane: Lane): void {
    const context = this.#context;
    const { tops, named, states, heads } = this.#rows;
    const top = tops[i]!;
    const y = top + named;
    const tall = states;
    context.fillStyle = lane.lost === true ? this.#css.faint! : this.#css.ink!;
    if (named + states >= WRITTEN) context.fillText(lane.name, heads.length > 0 ? 10 : 0, top + (named + states) / 2, LEFT - 18);
    if (!lane.sampled) return;
    context.fillStyle = this.#css.grid!;
    context.fillRect(LEFT, y, this.#width - LEFT, tall);
    for (const { from, to, figures } of this.#model.stretches[i] ?? []) {
      const a = Math.max(LEFT, this.#x(from));
      const b = Math.min(this.#width, this.#x(to));
      if (b <= a) continue;
      let at = y + tall;
      for (const key of ["running", "joining", "searching"] as const) {
        const part = figures[key] * tall;
        if (part === 0) continue;
        context.fillStyle = this.#css[key]!;
        context.fillRect(a, at - part, b - a + 0.4, part);
        at -= part;
      }
    }
  }

  #drawSlices(): void {
    const context = this.#context;
    const from = (this.#right - WINDOW_S) * 1000;
    const shown = this.#model.slices.filter((it) => it[2] >= from && it[1] <= this.#right * 1000);
    shown.sort((a, b) => b[2] - b[1] - (a[2] - a[1])); // what ran inside of something lies over it
    const { named, tops } = this.#rows;
    context.save();
    context.beginPath();
    context.rect(LEFT, 0, this.#width - LEFT, this.#height);
    context.clip();
    for (const [lane, begin, end, number, kind] of shown) {
      const top = tops[lane];
      if (top === undefined) continue;
      const a = this.#x(begin / 1000);
      const b = Math.min(this.#x(end / 1000), this.#width);
      const name = this.#model.names[number] ?? "";
      if (kind === SliceKind.MARK) {
        context.fillStyle = this.#css.ink!;
        context.beginPath();
        context.moveTo(a, top + 4);
        context.lineTo(a - 4, top - 3);
        context.lineTo(a + 4, top - 3);
        context.fill();
        continue;
      }
      const wide = Math.max(0.7, b - a);
      const tall = kind === SliceKind.SPAN ? Math.min(5, named / 2) : named >= WRITTEN ? named - 2 : named;
      context.fillStyle = this.#fill(kind, name);
      context.globalAlpha = kind === SliceKind.SMALL ? 0.72 : 1;
      context.fillRect(
        a,
        top + (kind === SliceKind.SPAN ? named - Math.min(5, named / 2) : 0),
        wide > 2 ? wide - 0.6 : wide,
        tall,
      );
      context.globalAlpha = 1;
      if (b - Math.max(a, LEFT) > 52 && tall >= WRITTEN) this.#label(name, kind, Math.max(a, LEFT), b, top);
    }
    context.restore();
  }

  #label(name: string, kind: number, a: number, b: number, top: number): void {
    const context = this.#context;
    context.save();
    context.beginPath();
    context.rect(a, top, b - a - 4, this.#rows.named);
    context.clip();
    context.fillStyle = kind === SliceKind.PARKED ? this.#css.faint! : "#fff";
    context.fillText(name, a + 5, top + this.#rows.named / 2 - 1);
    context.restore();
  }

  #fill(kind: number, name: string): string {
    if (kind === SliceKind.PARKED) return this.#css.parked!;
    if (kind === SliceKind.JOIN) return this.#css.joining!;
    return this.#colours.of(name, this.#dark.matches);
  }

  /** What lies at a point of the canvas, in words. */
  at(x: number, y: number): string | null {
    const { tops, named, states } = this.#rows;
    const lane = tops.findIndex((top) => top <= y && y <= top + named + states);
    const seconds = this.#right - WINDOW_S + ((x - LEFT) / (this.#width - LEFT)) * WINDOW_S;
    const it = this.#lanes[lane];
    if (x < LEFT || it === undefined) return null;
    const where = named + states >= WRITTEN ? "" : `${it.group} ${it.name}: `;
    const slack = (2 / (this.#width - LEFT)) * WINDOW_S * 1000;
    const hit = ([of, from, to]: Slice): boolean => of === lane && from - slack <= seconds * 1000 && seconds * 1000 <= to + slack;
    const found = this.#model.slices.filter(hit).sort((a, b) => a[2] - a[1] - (b[2] - b[1]))[0];
    if (found !== undefined && y < tops[lane]! + named) {
      const name = this.#model.names[found[3]] ?? "";
      if (found[4] === SliceKind.MARK) return `${where}mark: ${name}`;
      return `${where}${name}${found[4] === SliceKind.SMALL ? " (small tasks, drawn as one)" : ""}: ${time(found[2] - found[1])}`;
    }
    const stretch = this.#model.stretches[lane]?.find((it) => it.from <= seconds && seconds <= it.to);
    if (stretch === undefined) return null;
    const { running, joining, searching, parked } = stretch.figures;
    const part = (name: string, value: number): string[] => (value > 0 ? [`${name} ${Math.round(value * 100)} %`] : []);
    const parts = [
      ...part("running", running),
      ...part("in joins", joining),
      ...part("looking for work", searching),
      ...part("parked", parked),
    ];
    return where + parts.join(", ");
  }
}
