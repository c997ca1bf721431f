/** One example with real input of a certain size: what the showcase runs, and the benchmarks measure. */
export interface Example {
  readonly name: string;
  readonly input: string;
  /** Runs the plain program; the time is that of the program alone, without preparing its input. */
  sequential(): Promise<Timed>;
  parallel(): Promise<Timed>;
  /** Frees what all runs share. */
  close(): void;
}

export interface Timed {
  readonly ms: number;
  /** What must be equal between the plain and the parallel run. */
  readonly fingerprint: string;
}

interface Parts<I, R> {
  readonly name: string;
  readonly input: string;
  readonly prepare: () => I;
  readonly sequential: (input: I) => R | Promise<R>;
  readonly parallel: (input: I) => Promise<R>;
  readonly fingerprint: (result: R) => string;
  readonly close?: () => void;
}

export function example<I, R>({ name, input, prepare, sequential, parallel, fingerprint, close }: Parts<I, R>): Example {
  const timed = async (program: (input: I) => R | Promise<R>): Promise<Timed> => {
    const prepared = prepare();
    const begin = performance.now();
    const result = await program(prepared);
    return { ms: performance.now() - begin, fingerprint: fingerprint(result) };
  };
  return {
    name,
    input,
    sequential: () => timed(sequential),
    parallel: () => timed(parallel),
    close: close ?? (() => {}),
  };
}
