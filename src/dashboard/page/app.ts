/** The page as a whole. */
import { type ComponentChildren, Fragment, h } from "preact";
import { useEffect, useReducer, useRef, useState } from "preact/hooks";
import { Activity } from "./activity.ts";
import { Chart, type Curve } from "./chart.ts";
import { brief, bytes, type Colours, clock, count } from "./format.ts";
import { type Model, WINDOW_S } from "./model.ts";
import { Failures, Tasks, Workers } from "./tables.ts";

/** What tracing adds to a task (us), and from which share of its time on the page says so. */
const TRACED_US = 0.3;
const NOTEWORTHY = 0.1;

export function App({ model, colours }: { model: Model; colours: Colours }): ComponentChildren {
  const [, redraw] = useReducer((n: number, _: void) => n + 1, 0);
  useEffect(() => {
    model.onChange(() => redraw());
    const onKey = (event: KeyboardEvent): void => {
      if (event.key !== "p" || event.ctrlKey || event.metaKey || event.altKey) return;
      if (model.end === null) model.pause(!model.paused);
    };
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  }, []);
  const { hello, tick, end } = model;
  useEffect(() => {
    if (hello !== null) document.title = `${end !== null ? "ended: " : ""}${hello.about.program} – heddle`;
  }, [hello, end]);
  if (hello === null || tick === null)
    return h(
      "main",
      {},
      h("p", { class: "quiet", role: "status" }, model.connection === "lost" ? LOST : "Connecting to the program …"),
    );
  const { traced } = hello.about;
  return h(
    Fragment,
    {},
    h("a", { class: "skip", href: "#main" }, "Skip to the figures"),
    h(Header, { model }),
    h(
      "main",
      { id: "main", tabIndex: -1 },
      h(Notices, { model }),
      h(Tiles, { model }),
      h(Lanes, { model, colours }),
      h(Charts, { model }),
      h("div", { class: "two" }, h(Workers, { tick }), h(Tasks, { rows: tick.tasks, traced, colours })),
      h(Failures, { failures: [...model.failures.values()], unlisted: tick.unlisted, traced, ended: end !== null }),
      h("footer", {}, "heddle dashboard"),
    ),
  );
}

const LOST = "The connection is lost: the process has gone, or does not answer.";

function stateOf({ end, connection, paused }: Model): readonly [kind: string, text: string] {
  if (end !== null) {
    if (end.interrupted) return ["done", "Interrupted"];
    return end.exitCode === 0 ? ["done", "Ended"] : ["failed", `Ended with exit code ${end.exitCode}`];
  }
  if (connection === "lost") return ["lost", "Connection lost"];
  return paused ? ["paused", "Paused"] : ["live", "Running"];
}

function Header({ model }: { model: Model }): ComponentChildren {
  const { about } = model.hello!;
  const { end, paused, tick } = model;
  const [kind, text] = stateOf(model);
  const workers = tick!.lanes.filter((it) => it.sampled).length;
  const apart = about.processes > 1;
  const facts = [
    clock(end?.t ?? tick!.point.t),
    about.places > 1 ? `${about.places} places${apart ? `, ${about.processes} processes` : ""}` : "",
    workers === 0 ? "serial" : `${workers} ${workers === 1 ? "worker" : "workers"}${apart ? "" : ` on ${about.cores} cores`}`,
    `Node ${about.node.slice(1)}`,
    apart ? "" : `process ${about.pid}`,
  ];
  const gone = (end !== null && !end.stays) || model.connection === "lost";
  return h(
    "header",
    {},
    h(
      "div",
      {},
      h("h1", {}, about.program),
      h("span", { class: `state ${kind}`, id: "state", role: "status" }, text),
      h("span", { class: "about" }, facts.filter((it) => it !== "").join(" · ")),
      h(
        "button",
        {
          type: "button",
          class: "button",
          id: "pause",
          "aria-pressed": paused,
          "aria-disabled": end !== null,
          "aria-keyshortcuts": "p",
          title: "Holds the page still; the program goes on (p)",
          onClick: () => end === null && model.pause(!paused),
        },
        paused ? "Resume" : "Pause",
      ),
      h(Save, { traced: about.traced, gone }),
    ),
  );
}

function Save({ traced, gone }: { traced: boolean; gone: boolean }): ComponentChildren {
  const why = !traced
    ? "There is no trace to save: with --dashboard-no-trace the page shows figures only."
    : gone
      ? "The program has gone, and its trace with it. --trace out.json keeps it, --dashboard-keep keeps this page."
      : "";
  if (why === "")
    return h(
      "a",
      {
        class: "button",
        id: "save",
        href: "trace",
        download: "",
        title: "The trace so far: for heddle report and ui.perfetto.dev",
      },
      "Save trace",
    );
  return h(
    Fragment,
    {},
    h(
      "button",
      { type: "button", class: "button", id: "save", "aria-disabled": true, "aria-describedby": "why-not", title: why },
      "Save trace",
    ),
    h("span", { class: "only-read", id: "why-not" }, why),
  );
}

function Notices({ model }: { model: Model }): ComponentChildren {
  const { tick, end, connection, hello } = model;
  const notices: string[] = [];
  if (end !== null) {
    const how = end.interrupted
      ? "was interrupted"
      : end.exitCode === 0
        ? "has ended"
        : `has ended with exit code ${end.exitCode}`;
    notices.push(`The program ${how} after ${end.t.toFixed(1)} s. This page keeps what it has until you close it.`);
  } else if (connection === "lost") notices.push(LOST);
  if (end === null && tick!.silent.length > 0) {
    const [first, ...more] = tick!.silent;
    const who = more.length === 0 ? `Place ${first} does` : `Places ${tick!.silent.join(", ")} do`;
    notices.push(`${who} not answer: what is shown of ${more.length === 0 ? "it" : "them"} is old.`);
  }
  const tasks = tick!.tasks.reduce((sum, it) => sum + it.count, 0);
  const mean = (tick!.tasks.reduce((sum, it) => sum + it.totalMs, 0) * 1000) / (tasks || 1);
  if (tasks > 10_000 && TRACED_US > NOTEWORTHY * mean)
    notices.push(
      `Tasks take ${mean.toFixed(1)} µs on average, and tracing adds about ${TRACED_US} µs to each. With --dashboard-no-trace they run at full speed, without names.`,
    );
  if (hello!.about.traced && tick!.lost > 0)
    notices.push(`${count(tick!.lost)} events came faster than they could be written: --trace-detail with a longer time helps.`);
  if (tick!.missed > 0) notices.push(`${count(tick!.missed)} events came too fast for this page.`);
  return h(
    "div",
    { id: "notices", style: { display: notices.length > 0 ? "grid" : "none", gap: "8px" } },
    notices.map((it) => h("p", { class: "notice" }, it)),
  );
}

function Tiles({ model }: { model: Model }): ComponentChildren {
  const tick = model.tick!;
  const { point, figures, heap } = tick;
  const sum = (key: "executed" | "stolen" | "promoted"): number => figures.reduce((all, it) => all + it[key], 0);
  const workers = tick.lanes.filter((it) => it.sampled).length;
  const failures = [...model.failures.values()].reduce((all, it) => all + it.count, 0) + tick.unlisted;
  const tile = (id: string, name: string, value: string, unit = "", bad = false): ComponentChildren =>
    h("div", { class: `tile${bad ? " bad" : ""}` }, h("dt", {}, name), h("dd", { id }, value, " ", h("small", {}, unit)));
  return h(
    "dl",
    { class: "tiles" },
    tile("rate", "tasks per second", brief(point.tasks)),
    tile("executed", "tasks", brief(sum("executed"))),
    tile("busy", "parallelism", point.busy.toFixed(1), workers > 0 ? `of ${workers}` : ""),
    tile("stolen", "steals", brief(sum("stolen"))),
    tile("promoted", "promoted", brief(sum("promoted"))),
    tile("queued", "queued", brief(point.queued)),
    tile("heap", "heap", bytes(heap.used)),
    tile("failed", "failures", brief(failures), "", failures > 0),
  );
}

function Lanes({ model, colours }: { model: Model; colours: Colours }): ComponentChildren {
  const canvas = useRef<HTMLCanvasElement>(null);
  const activity = useRef<Activity | null>(null);
  const [tip, setTip] = useState<{ text: string; x: number; y: number } | null>(null);
  useEffect(() => {
    const it = (activity.current = new Activity(canvas.current!, model, colours));
    return () => it.stop();
  }, []);
  useEffect(() => activity.current?.draw());
  const tick = model.tick!;
  const said = tick.lanes.flatMap((lane, i) =>
    lane.sampled ? [`${lane.group} ${lane.name}: running ${Math.round(tick.figures[i]!.running * 100)} %`] : [],
  );
  const key = (name: string, text: string): ComponentChildren =>
    h("span", {}, h("i", { class: "key", style: { background: `var(--${name})` } }), text);
  return h(
    "section",
    { class: "card", "aria-labelledby": "h-activity" },
    h(
      "div",
      { class: "head" },
      h("h2", { id: "h-activity" }, `Activity, the last ${WINDOW_S} s`),
      h(
        "div",
        { class: "legend" },
        key("running", "running"),
        key("joining", "in a join"),
        key("searching", "looking for work"),
        key("parked", "parked"),
      ),
    ),
    h(
      "div",
      { class: "activity" },
      h("canvas", {
        id: "activity",
        ref: canvas,
        role: "img",
        "aria-label": `What each worker does. ${said.join(", ")}.`,
        onPointerMove: (event: PointerEvent) => {
          const text = activity.current?.at(event.offsetX, event.offsetY) ?? null;
          setTip(text === null || text === "" ? null : { text, x: event.offsetX, y: event.offsetY });
        },
        onPointerLeave: () => setTip(null),
      }),
      tip !== null &&
        h(
          "div",
          {
            class: "tip",
            style: { left: `${Math.min(tip.x + 12, (canvas.current?.clientWidth ?? 400) - 220)}px`, top: `${tip.y + 16}px` },
          },
          tip.text,
        ),
    ),
  );
}

const rate = (n: number): string => brief(n);
const perSecond = (n: number): string => `${brief(n)}/s`;
const RATE: readonly Curve[] = [{ label: "tasks", key: "tasks", colour: "accent" }];
const BUSY: readonly Curve[] = [{ label: "workers running", key: "busy", colour: "good" }];
const QUEUED: readonly Curve[] = [{ label: "tasks", key: "queued", colour: "searching" }];
const HEAP: readonly Curve[] = [{ label: "in use", key: "heap", colour: "second" }];
const STEALS: readonly Curve[] = [
  { label: "steals", key: "steals", colour: "accent" },
  { label: "promoted", key: "promotions", colour: "second" },
];

function Charts({ model }: { model: Model }): ComponentChildren {
  const { points } = model;
  const workers = model.tick!.lanes.filter((it) => it.sampled).length;
  const of = (n: number): string => (Number.isInteger(n) ? String(n) : n.toFixed(1));
  return h(
    "div",
    { class: "charts" },
    h(Chart, { id: "c-rate", title: "Tasks per second", curves: RATE, points, words: rate, least: 10, wide: true }),
    h(Chart, {
      id: "c-busy",
      title: "Parallelism: workers that run tasks",
      curves: BUSY,
      points,
      words: of,
      least: workers || 1,
    }),
    h(Chart, { id: "c-queued", title: "Queued tasks", curves: QUEUED, points, words: rate, least: 10 }),
    h(Chart, { id: "c-steals", title: "Stealing", curves: STEALS, points, words: perSecond, least: 10 }),
    h(Chart, {
      id: "c-heap",
      title: `Heap, ${bytes(model.tick!.heap.peak)} at most`,
      curves: HEAP,
      points,
      words: bytes,
      least: 4096,
    }),
  );
}
