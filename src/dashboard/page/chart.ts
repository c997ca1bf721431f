/** A curve over time, by uPlot, in the page's colours. */
import { type ComponentChildren, h } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import uPlot from "uplot";
import type { Point } from "../messages.ts";

export interface Curve {
  readonly label: string;
  readonly key: Exclude<keyof Point, "t">;
  readonly colour: "accent" | "second" | "good" | "running" | "searching";
}

export interface ChartProps {
  readonly id: string;
  readonly title: string;
  readonly curves: readonly Curve[];
  readonly points: readonly Point[];
  readonly words: (n: number) => string;
  /** The scale reaches at least that far. */
  readonly least: number;
  readonly wide?: boolean;
}

/** What the charts show at most, in seconds. */
const SHOWN_S = 120;
const colour = (name: string): string => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

function make(box: HTMLElement, { curves, words, least }: ChartProps, pointAt: (t: number | null) => void): uPlot {
  const font = "12px system-ui, sans-serif";
  const axis = { stroke: () => colour("faint"), font, ticks: { show: false }, grid: { stroke: () => colour("grid"), width: 1 } };
  return new uPlot(
    {
      width: Math.max(box.clientWidth, 60),
      height: Math.max(box.clientHeight, 60),
      legend: { show: false },
      hooks: {
        setCursor: [
          (it) => pointAt(it.cursor.idx === null || it.cursor.idx === undefined ? null : (it.data[0][it.cursor.idx] ?? null)),
        ],
      },
      cursor: { y: false, sync: { key: "heddle" }, drag: { x: false, y: false }, points: { size: 7 } },
      padding: [8, 16, 0, 0],
      scales: {
        x: { time: false },
        y: { range: (_, __, high) => [0, Math.max(least, high * 1.08)] },
      },
      axes: [
        { ...axis, size: 24, gap: 3, space: 70, values: (_, ticks) => ticks.map((t) => `${t} s`) },
        { ...axis, size: 58, gap: 6, space: 32, values: (_, ticks) => ticks.map(words) },
      ],
      series: [
        {},
        ...curves.map(({ label, colour: name }, i) => ({
          label,
          stroke: () => colour(name),
          width: 1.7,
          points: { show: false },
          ...(i === 0 && { fill: () => `${colour(name)}24` }),
        })),
      ],
    },
    [[], ...curves.map(() => [])],
    box,
  );
}

export function Chart(props: ChartProps): ComponentChildren {
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const { id, title, curves, points, words, wide } = props;
  /** The moment (s) at which somebody points, in this chart or another. */
  const [pointed, setPointed] = useState<number | null>(null);
  useEffect(() => {
    const it = (plot.current = make(box.current!, props, setPointed));
    const resize = new ResizeObserver(() => {
      const { clientWidth, clientHeight } = box.current!;
      if (clientWidth > 0) it.setSize({ width: clientWidth, height: clientHeight });
    });
    resize.observe(box.current!);
    const scheme = matchMedia("(prefers-color-scheme: dark)");
    const redraw = (): void => it.redraw();
    scheme.addEventListener("change", redraw);
    return () => {
      resize.disconnect();
      scheme.removeEventListener("change", redraw);
      it.destroy();
    };
  }, []);
  useEffect(() => {
    const last = points.at(-1)?.t ?? 0;
    const shown = points.filter((it) => it.t >= last - SHOWN_S);
    plot.current?.setData([shown.map((it) => it.t), ...curves.map(({ key }) => shown.map((it) => it[key]))]);
  }, [points.at(-1)]);
  const now = points.at(-1);
  const then = pointed === null ? undefined : points.find((it) => it.t === pointed);
  const said = curves.map(({ label, key }) => `${label} ${words(now?.[key] ?? 0)}`).join(", ");
  return h(
    "section",
    { class: `card${wide === true ? " wide" : ""}`, "aria-labelledby": id },
    h(
      "div",
      { class: "head" },
      h("h2", { id }, title),
      then !== undefined && h("span", { class: "now at" }, `at ${then.t.toFixed(1)} s`),
      curves.map(({ label, key, colour: name }) =>
        h(
          "span",
          { class: "now" },
          curves.length > 1 && h("i", { class: "key", style: { background: `var(--${name})` } }),
          curves.length > 1 && `${label} `,
          h("b", {}, words((then ?? now)?.[key] ?? 0)),
        ),
      ),
    ),
    h("div", { class: "chart", ref: box, role: "img", "aria-label": `${title} over the last ${SHOWN_S} s. Now: ${said}.` }),
  );
}
