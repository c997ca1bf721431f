/** What the program's main thread and the dashboard's thread say to each other. */
import type { MessagePort } from "node:worker_threads";
import type { RelayStart } from "../net/relay.ts";
import type { RuntimeNews } from "./board.ts";
import type { About } from "./messages.ts";

/** Words of memory between the two. STATE is the dashboard thread's, from STARTING on. */
export const Steer = {
  STATE: 0,
  PORT: 1,
  TEXT_LENGTH: 2,
  TEXT: 4,
  TEXT_BYTES: 512,
  // STATE
  STARTING: 0,
  SERVING: 1,
  /** Every page knows that the program has ended. */
  TOLD: 2,
  FAILED: 3,
} as const;

export interface DashboardStart {
  readonly control: SharedArrayBuffer;
  readonly about: About;
  readonly secret: string;
  readonly ticket: string;
  /** The moment 0, in ns of the system's monotonic clock. */
  readonly zero: number;
  /** Names of modules are shown relative to this folder. */
  readonly folder: string;
  readonly trace: TraceStart | null;
  /** Place 0 serves the page; others, in processes of their own, tell it what they see. */
  readonly place: number;
  /** To them; null where all places are in this process. */
  readonly relay: RelayStart | null;
  /** The page stays when the program has ended. */
  readonly keeps: boolean;
}

export interface TraceStart {
  /** The main thread's ring. */
  readonly main: SharedArrayBuffer;
  /** By which its writer is asked to write what it has. */
  readonly control: SharedArrayBuffer;
  /** The file, open for reading, and what a copy of it is called. */
  readonly file: number;
  readonly name: string;
}

/** What main threads send. */
export type News =
  | { readonly kind: "runtime"; readonly runtime: RuntimeNews }
  | { readonly kind: "stop"; readonly name: string }
  /** The ring of the main thread of another place in this process. */
  | { readonly kind: "main"; readonly memory: SharedArrayBuffer }
  /** `place`: where, if that is one of several. */
  | { readonly kind: "failure"; readonly what: string; readonly text: string; readonly place: number | null }
  | { readonly kind: "lost"; readonly place: number; readonly why: string }
  /** By which another main thread of this process sends its own. */
  | { readonly kind: "port"; readonly port: MessagePort }
  /** The program fails, and all processes are about to end. */
  | { readonly kind: "abort"; readonly what: string; readonly text: string; readonly place: number; readonly exitCode: number }
  | { readonly kind: "end"; readonly exitCode: number; readonly interrupted: boolean; readonly stays: boolean };
