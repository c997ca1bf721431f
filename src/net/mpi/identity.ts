/** Who a place is, as processes see one another. Exchanged once, at the start. */
import { readFileSync, readlinkSync } from "node:fs";
import { availableParallelism, hostname } from "node:os";
import type { Contact } from "./lifeline.ts";

export interface Identity {
  /** The same for processes that see the same table of processes on the same machine. */
  readonly host: string;
  readonly pid: number;
  /** When the process began, in the system's own words: a number may be given to another process later. */
  readonly began: string;
  /** Which cores it may use, in the system's words; how many those are; and how many workers it has there. */
  readonly affinity: string;
  readonly cores: number;
  readonly workers: number;
  /** Where it can be watched from another host. */
  readonly contact?: Contact;
}

/** What the system says of a process; undefined when there is none. Only on Linux. */
export interface ProcessState {
  readonly began: string;
  readonly isDead: boolean;
}

export function processState(pid: number | "self"): ProcessState | undefined {
  const text = read(() => readFileSync(`/proc/${pid}/stat`, "latin1"));
  if (text === undefined) return undefined;
  // The second field is the command in parentheses, which may hold anything; the third is the state, the 22nd the time of the start.
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  return { began: fields[19] ?? "", isDead: fields[0] === "Z" || fields[0] === "X" };
}

export function whoAmI(workers: number, contact: Contact | undefined): Identity {
  const boot = read(() => readFileSync("/proc/sys/kernel/random/boot_id", "latin1").trim()) ?? "";
  const processes = read(() => readlinkSync("/proc/self/ns/pid")) ?? "";
  const affinity = /^Cpus_allowed:\s*(\S+)/m.exec(read(() => readFileSync("/proc/self/status", "latin1")) ?? "")?.[1] ?? "";
  const host = [hostname(), boot, processes].join(" ");
  const began = processState("self")?.began ?? "";
  const identity = { host, pid: process.pid, began, affinity, cores: availableParallelism(), workers };
  return contact === undefined ? identity : { ...identity, contact };
}

/** For each place a number that it shares with those on the same host. */
export function hostsOf(identities: readonly Identity[]): number[] {
  const names = [...new Set(identities.map(({ host }) => host))];
  return identities.map(({ host }) => names.indexOf(host));
}

/** Whether the places that share this one's cores have more workers than those are. */
export function isOversubscribed(identities: readonly Identity[], place: number): boolean {
  const { host, affinity, cores } = identities[place]!;
  const here = identities.filter((it) => it.host === host && it.affinity === affinity);
  return here.reduce((sum, { workers }) => sum + Math.max(1, workers), 0) > cores;
}

function read(attempt: () => string): string | undefined {
  try {
    return attempt();
  } catch {
    return undefined;
  }
}
