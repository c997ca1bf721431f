/** Workers, tasks by name, failures. */
import { type ComponentChildren, h } from "preact";
import type { Failure, Lane, LaneFigures, TaskRow, Tick } from "../messages.ts";
import { brief, type Colours, count, percent, time } from "./format.ts";
import { byPlace } from "./lanes.ts";

const dark = (): boolean => matchMedia("(prefers-color-scheme: dark)").matches;

const STATES = [
  ["running", "running"],
  ["joining", "in joins"],
  ["searching", "looking for work"],
  ["parked", "parked"],
] as const;

/** More rows than that are scrolled. */
const LONG = 20;

function stateOf(figures: LaneFigures): string {
  return STATES.map(([key, name]) => ({ name, part: figures[key] })).reduce((a, b) => (b.part > a.part ? b : a)).name;
}

export function Workers({ tick }: { tick: Tick }): ComponentChildren {
  const { lanes, figures } = tick;
  const order = byPlace(lanes);
  const groups = [...new Set(order.map((i) => lanes[i]!.group))];
  const several = groups.filter((it) => it !== "").length > 1;
  const rows = groups.flatMap((group) => {
    const its = order.filter((i) => lanes[i]!.group === group);
    const own = its.map((i) => workerRow(lanes[i]!, figures[i]!));
    const lost = lanes[its[0]!]!.lost === true;
    const busy = its.reduce((sum, i) => sum + figures[i]!.running, 0);
    const head = h(
      "tr",
      { class: "group" },
      h("th", { scope: "rowgroup" }, group, lost && h("b", { class: "lost" }, " lost")),
      h("td", {}, lost ? "" : `${busy.toFixed(1)} of ${its.filter((i) => lanes[i]!.sampled).length}`),
      counters(its.map((i) => figures[i]!)),
    );
    return several && group !== "" ? [head, ...own] : own;
  });
  const heads = ["running", "tasks", "promoted", "stolen", "slept", "queued"];
  const long = order.length > LONG;
  return h(
    "section",
    { class: `card scroll${long ? " long" : ""}`, ...(long && { tabIndex: 0, role: "region", "aria-label": "Workers" }) },
    h(
      "table",
      { id: "workers" },
      h("caption", {}, "Workers"),
      h(
        "thead",
        {},
        h(
          "tr",
          {},
          h("th", { scope: "col" }, "thread"),
          heads.map((it, i) => h("th", { scope: "col", class: i > 0 ? "n" : "" }, it)),
        ),
      ),
      h("tbody", {}, rows),
    ),
  );
}

function workerRow({ name, sampled, lost }: Lane, it: LaneFigures): ComponentChildren {
  const bars = STATES.slice(0, 3).map(([key]) => h("i", { style: { width: `${it[key] * 100}%`, background: `var(--${key})` } }));
  return h(
    "tr",
    {},
    h("th", { scope: "row" }, name),
    h(
      "td",
      {},
      sampled &&
        lost !== true &&
        h(
          "div",
          { class: "stack", role: "img", "aria-label": `${stateOf(it)}; running ${percent(it.running)}`, title: stateOf(it) },
          bars,
        ),
    ),
    counters([it]),
  );
}

const COUNTERS: readonly ((it: LaneFigures) => number)[] = [
  (it) => it.executed,
  (it) => it.promoted,
  (it) => it.stolen,
  (it) => it.sleeps,
  (it) => it.stealable + it.private,
];

const counters = (its: readonly LaneFigures[]): ComponentChildren =>
  COUNTERS.map((of) => h("td", { class: "n" }, count(its.reduce((sum, it) => sum + of(it), 0))));

export function Tasks({
  rows,
  traced,
  colours,
}: {
  rows: readonly TaskRow[];
  traced: boolean;
  colours: Colours;
}): ComponentChildren {
  const total = rows.reduce((sum, it) => sum + it.totalMs, 0) || 1;
  const none = traced ? "No task has ended yet." : "The page shows figures only: with --dashboard-no-trace, names are not known.";
  const body =
    rows.length === 0
      ? h("p", { class: "quiet" }, none)
      : h(
          "table",
          { id: "tasks", "aria-labelledby": "h-tasks" },
          h(
            "thead",
            {},
            h(
              "tr",
              {},
              h("th", { scope: "col" }, "task"),
              ["tasks", "mean", "together", "share"].map((it) => h("th", { scope: "col", class: "n" }, it)),
            ),
          ),
          h(
            "tbody",
            {},
            rows
              .slice(0, 20)
              .map((it) =>
                h(
                  "tr",
                  { key: `${it.name} ${it.at}` },
                  h(
                    "th",
                    { scope: "row" },
                    h("i", { class: "key", style: { background: colours.of(it.name, dark()) } }),
                    h("code", {}, it.name),
                    " ",
                    h("span", { class: "where" }, it.at),
                  ),
                  h("td", { class: "n", title: count(it.count) }, brief(it.count)),
                  h("td", { class: "n" }, it.count > 0 ? time(it.totalMs / it.count) : ""),
                  h("td", { class: "n" }, time(it.totalMs)),
                  h("td", { class: "n" }, percent(it.totalMs / total)),
                ),
              ),
          ),
        );
  return h(
    "section",
    { class: "card scroll", "aria-labelledby": "h-tasks" },
    h(
      "div",
      { class: "head" },
      h("h2", { id: "h-tasks" }, "Tasks by name"),
      h("span", { class: "now" }, "own time, without children"),
    ),
    body,
  );
}

export interface FailuresProps {
  readonly failures: readonly Failure[];
  readonly unlisted: number;
  readonly traced: boolean;
  readonly ended: boolean;
}

export function Failures({ failures, unlisted, traced, ended }: FailuresProps): ComponentChildren {
  const all = failures.reduce((sum, it) => sum + it.count, 0) + unlisted;
  const hint = traced ? "" : " Failures of tasks are seen where tasks are traced; here only what ends the program or a worker.";
  const said = all === 0 ? "" : `${all} ${all === 1 ? "failure" : "failures"}. Last: ${failures.at(-1)!.what}.`;
  return h(
    "section",
    { class: "card", "aria-labelledby": "h-failures" },
    h(
      "div",
      { class: "head" },
      h("h2", { id: "h-failures" }, "Failures"),
      all > 0 && h("span", { class: "now" }, h("b", {}, count(all))),
    ),
    h("p", { class: "only-read", "aria-live": "polite", role: "status" }, said),
    failures.length === 0
      ? h("p", { class: "quiet" }, `${ended ? "None." : "None so far."}${hint}`)
      : h(
          "ul",
          { class: "failures", id: "failures" },
          [...failures]
            .reverse()
            .map((it) =>
              h(
                "li",
                { key: it.id },
                h(
                  "details",
                  {},
                  h(
                    "summary",
                    {},
                    h("b", { class: "what" }, it.what),
                    it.place !== null && it.what !== `place ${it.place}` && h("small", {}, ` at place ${it.place}`),
                    ` ${it.text.split("\n", 1)[0]} `,
                    h("small", {}, `${it.t.toFixed(1)} s${it.count > 1 ? `, ${count(it.count)} times` : ""}`),
                  ),
                  h("pre", { tabIndex: 0 }, it.text),
                ),
              ),
            ),
        ),
    unlisted > 0 && h("p", { class: "quiet" }, `${count(unlisted)} more, different from these.`),
  );
}
