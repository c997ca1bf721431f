import assert from "node:assert/strict";
import type { Runtime } from "heddle";

export interface Case {
  readonly name: string;
  run(runtime: Runtime): Promise<void>;
  /** The reason why this case says nothing for so many workers. */
  skip?(workers: number): string | undefined;
}

export const onlyWithWorkers =
  (reason: string): NonNullable<Case["skip"]> =>
  (workers) =>
    workers === 0 ? reason : undefined;

/** The error that `promise` rejects with. */
export async function errorOf(promise: PromiseLike<unknown> | (() => PromiseLike<unknown>)): Promise<Error & { code?: string }> {
  let value: unknown;
  try {
    value = await (typeof promise === "function" ? promise() : promise);
  } catch (error) {
    assert.ok(error instanceof Error, `not an Error: ${String(error)}`);
    return error;
  }
  assert.fail(`expected a failure, got ${String(value)}`);
}

export const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
