/** Calls of the methods of an object that lives here, with the time that they take counted as its load. */
import { placeHere } from "../here.ts";
import { type Hosted, hostOf } from "./hosts.ts";

/** The methods of a class, by name. */
export type Methods = Record<string, (...args: unknown[]) => unknown>;

const methodOf = ({ instance }: Hosted, method: string): ((...args: unknown[]) => unknown) => (instance as Methods)[method]!;

export function callPlain(id: number, method: string | null, args: unknown[]): unknown {
  const hosted = hostOf(id);
  if (method === null) return placeHere().place;
  const began = performance.now();
  hosted.calls++;
  try {
    return methodOf(hosted, method).apply(hosted.instance, args);
  } finally {
    hosted.load += performance.now() - began;
  }
}

/** Counts the time of its steps. */
export function* callGenerator(id: number, method: string, args: unknown[]): Generator<unknown, unknown, unknown> {
  const hosted = hostOf(id);
  hosted.calls++;
  const steps = methodOf(hosted, method).apply(hosted.instance, args) as Generator<unknown, unknown, unknown>;
  let failure: { error: unknown } | null = null;
  for (;;) {
    const began = performance.now();
    let step: IteratorResult<unknown, unknown>;
    try {
      step = failure === null ? steps.next() : steps.throw(failure.error);
    } finally {
      hosted.load += performance.now() - began;
    }
    if (step.done === true) return step.value;
    failure = null;
    try {
      yield step.value;
    } catch (error) {
      failure = { error };
    }
  }
}

export async function callAsync(id: number, method: string, args: unknown[]): Promise<unknown> {
  const hosted = hostOf(id);
  const began = performance.now();
  hosted.calls++;
  try {
    return await methodOf(hosted, method).apply(hosted.instance, args);
  } finally {
    hosted.load += performance.now() - began;
  }
}
