/** What is simulated, and what comes out. */

export interface Machine {
  readonly workers: number;
  /** From looking for work to running what was found (ns). */
  readonly stealNs: number;
  /** From the end of a task to the beginning of the worker's own next one (ns). */
  readonly turnNs: number;
  /** What is added to a steal where the victim is a loop, which looks around between two pieces (ns). */
  readonly noticeNs: number;
  /** The same where the thief slept (ns). */
  readonly wakeNs: number;
  /**
   * The workers are spread over so many places; a message between two takes `latencyNs`. Tasks of a program that ran on several places run where they ran
   * then, or anywhere if that was so; others may be stolen between places.
   */
  readonly places: number;
  readonly latencyNs: number;
  /** Messages of tasks and results take as long as those in the trace, where that is known. */
  readonly traced?: true;
  /** How long after the first spawn the workers are there. */
  readonly startNs: number;
  /** Work takes so many times as long as in the trace: while one worker is busy, and while several are. */
  readonly alone: number;
  readonly together: number;
}

/** One worker, and nothing takes time but work. */
export const IDEAL: Machine = {
  workers: 1,
  stealNs: 0,
  turnNs: 0,
  noticeNs: 0,
  wakeNs: 0,
  places: 1,
  latencyNs: 0,
  startNs: 0,
  alone: 1,
  together: 1,
};

export interface SimulatedSpan extends Pick<Simulated, "ns" | "work" | "steals" | "busy" | "stealing"> {
  readonly name: string;
}

export interface Simulated {
  readonly machine: Machine;
  readonly ns: number;
  /** Work of tasks and of the main strand. */
  readonly work: number;
  readonly steals: number;
  readonly stealsBetweenPlaces: number;
  /** Part of the workers' time that went to tasks, and to stealing. */
  readonly busy: number;
  readonly stealing: number;
  /** The same of each of the model's spans. */
  readonly spans: readonly SimulatedSpan[];
  /** Tasks that never came to their end: the graph was not complete. */
  readonly unfinished: number;
}
