import { randomUUID } from "node:crypto";
import { closeSync, mkdtempSync, openSync, rmSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { basename, dirname, join, sep } from "node:path";
import { stripVTControlCharacters } from "node:util";
import type { DashboardHost } from "../dashboard/host.ts";
import type { RelayStart } from "../net/relay.ts";
import { CommandError } from "./exit-codes.ts";
import { type TracedPlaces, type Tracing, traceInto } from "./trace.ts";

export interface DashboardOptions {
  readonly dashboard?: boolean;
  /** The page stays when the program has ended. */
  readonly dashboardKeep?: boolean;
  readonly dashboardNoOpen?: boolean;
  readonly dashboardNoTrace?: boolean;
}

export const wantsDashboard = (options: DashboardOptions): boolean =>
  [options.dashboard, options.dashboardKeep, options.dashboardNoOpen, options.dashboardNoTrace].includes(true);

export interface Dashboard {
  readonly host: DashboardHost;
  /** The program has failed, as it was printed. */
  failed(text: string, place?: number | null): void;
  /** In the last moments of the process. */
  ended(exitCode: number, interrupted: boolean): void;
}

export interface DashboardTrace {
  readonly tracing: Tracing;
  readonly file: number;
}

/** A trace that nobody asked for by name: its file has no name any more when this returns, so it goes with the process. */
async function hiddenTrace(program: string, foldNs: number | undefined, of: TracedPlaces): Promise<DashboardTrace> {
  const folder = mkdtempSync(join(tmpdir(), "heddle-dashboard-"));
  try {
    const path = join(folder, "trace.json");
    const tracing = await traceInto(path, program, foldNs, { hidden: true, ...of });
    return { tracing, file: openSync(tracing.file, "r") };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** What the page shows of the trace: that of --trace, or one of its own; null where it shows none. */
export async function shownTrace(
  program: string,
  named: Tracing | null,
  options: DashboardOptions & { readonly traceDetail?: number },
  of: TracedPlaces = {},
): Promise<DashboardTrace | null> {
  if (named !== null) return { tracing: named, file: openSync(named.file, "r") };
  return options.dashboardNoTrace === true ? null : await hiddenTrace(program, options.traceDetail, of);
}

/** Where the page is shown, and what of. */
export interface Showing {
  readonly places?: number;
  /** Where each place is a process. */
  readonly rank?: { readonly place: number; readonly relay: RelayStart };
}

/** Serves the page, says where it is, and opens it where there is a browser; at places other than 0 tells that one what there is to see. */
export async function openDashboard(
  program: string,
  options: DashboardOptions,
  trace: DashboardTrace | null,
  { places = 1, rank }: Showing = {},
): Promise<Dashboard> {
  const { DashboardHost } = await import("../dashboard/host.ts");
  const { openBrowser } = await import("../dashboard/open.ts");
  const name = basename(program);
  const about = {
    program: name,
    pid: process.pid,
    node: process.version,
    cores: availableParallelism(),
    traced: trace !== null,
    places,
    processes: rank === undefined ? 1 : places,
  };
  const zero = trace?.tracing.trace.zero ?? Number(process.hrtime.bigint());
  const { main, control } = trace?.tracing.trace ?? {};
  const shown = trace && { main: main!, control: control!, file: trace.file, name: `${name.replace(/\.\w+$/, "")}-trace.json` };
  const { place = 0, relay = null } = rank ?? {};
  const keeps = options.dashboardKeep === true;
  const start = { about, folder: dirname(program) + sep, zero, trace: shown, place, relay, keeps };
  let host: DashboardHost;
  try {
    host = new DashboardHost(start, (error) => {
      console.error(`The dashboard has failed: ${error.message}. The program goes on.`);
    });
  } catch (error) {
    throw new CommandError(`The dashboard cannot be served: ${(error as Error).message}`);
  }
  if (place === 0) {
    console.error(`Dashboard: ${host.url}`);
    const surroundings = { platform: process.platform, env: process.env, terminal: process.stderr.isTTY === true };
    if (options.dashboardNoOpen !== true) openBrowser(host.ticketUrl, surroundings);
  }
  return {
    host,
    failed: (text, at = null) => host.addFailure("the program", stripVTControlCharacters(text), at),
    ended(exitCode, interrupted) {
      const stays = keeps && !interrupted && place === 0;
      if (stays) console.error(`\nThe program has ended. The dashboard stays until Ctrl-C: ${host.url}`);
      host.end(exitCode, interrupted, stays);
      if (trace !== null) closeSync(trace.file);
    },
  };
}

/** For the dashboards of several processes. */
export function makeRelay(): RelayStart {
  return { channel: `heddle-dashboard-${randomUUID()}`, bell: new SharedArrayBuffer(4) };
}
