/** What a thread knows of a task: the function, and how the other threads find theirs. */
export interface TaskDefinition {
  readonly fn: (...args: never[]) => unknown;
  readonly body: BodyKind;
  /** How many arguments the fast path passes: the declared ones if at most three, else -1. */
  readonly arity: number;
  readonly name: string;
  /** URL of the defining module, or "lambda:" for a function shipped by source. */
  readonly url: string;
  /** The how-manieth task its module defines. */
  readonly order: number;
  /** A hash of the source text, by which a worker notices that its module defines something else. */
  readonly hash: number;
  /** Source text, of lambdas only. */
  readonly source?: string;
  /** Where its tasks run, in serial mode over several places; see places.ts. */
  readonly place?: number;
  /** Of tasks that run there for another place: which one. What they throw is copied for it. */
  readonly home?: number;
}

/** What names begin with that were made for lambdas. */
export const LAMBDA = "heddle-lambda-";

/** Whether a task's name is that of a lambda, which tells people nothing. */
export const isLambdaName = (name: string): boolean => name.startsWith(LAMBDA);

/** The language's own function kinds decide how a body may wait. */
export const Body = { PLAIN: 0, GENERATOR: 1, ASYNC: 2 } as const;
export type BodyKind = (typeof Body)[keyof typeof Body];

/** The options of a spawn, as the scheduler takes them; what users may write is in ../task/spawn-options.ts. */
export interface SpawnOptions {
  readonly priority?: "high" | "normal" | "low";
  readonly name?: string;
  readonly signal?: AbortSignal;
  readonly affinity?: number;
  /** Another place than this one, or whichever has workers without work. */
  readonly place?: number | "anywhere";
  /**
   * The object that is called, with OF_OBJECT for its place; `alone` if no other call of it may run meanwhile, whatever its class says, and `exclusive` if it
   * does not begin before all others have ended.
   */
  readonly object?: { readonly id: number; readonly alone: boolean; readonly exclusive: boolean };
  readonly phased?: readonly unknown[];
  /** The identity of the task, while its run is recorded or replayed. */
  readonly replay?: number;
  /** What `More.onEnd` begins with. */
  readonly onEnd?: (here: boolean) => void;
}

/** Stands in for the definition of futures that no task computes. */
export const NO_TASK: TaskDefinition = {
  fn: () => undefined,
  body: Body.PLAIN,
  arity: 0,
  name: "promise",
  url: "",
  order: -1,
  hash: 0,
};
