/** A report as one page that needs nothing else: the template beside this file, with the figures in it. */
import { readFileSync } from "node:fs";
import { Definitions } from "../graph.ts";
import { titleOf } from "../named.ts";
import { type Analysis, placeOf, type Report, TASK_NS, threadName } from "./report.ts";
import { timelineOf } from "./timeline.ts";

const MOST_STRETCHES = 400;

export function reportPage({ trace, span, figures }: Analysis, report: Report): string {
  const { threads, ...rest } = timelineOf(trace.events, new Definitions(trace.events), figures.window);
  const timeline = { ...rest, threads: threads.map((it) => ({ ...it, name: threadName(it.thread, trace.places) })) };
  const stretches = span.stretches
    .map(({ node, ns, external }) => ({
      name: external ? "waiting for events" : node.def === null ? placeOf(null).name : titleOf(node.def),
      us: ns / 1000,
    }))
    .slice(0, MOST_STRETCHES);
  const data = { report, timeline, stretches, taskNs: TASK_NS, about: trace.about };
  const template = readFileSync(new URL("./page.html", import.meta.url), "utf8");
  // "<" escaped: no text in the figures can end the script.
  return template.replace('"FIGURES"', () => JSON.stringify(data).replaceAll("<", "\\u003c"));
}
