import { type Future, type Task, task } from "heddle";
import { exactly } from "./expect.ts";

// Arguments and results of the three kinds of body.

const plain = task(import.meta, (n: number, text: string, flag = true): string => text.repeat(n) + flag);
const none = task(import.meta, (): void => {});
const rest = task(import.meta, (first: number, ...others: string[]): number => first + others.length);
const optional = task(import.meta, (n: number, text?: string): string => (text ?? "") + n);
const generator = task(import.meta, function* (n: number): Generator<Future<unknown>, boolean> {
  const text = yield* plain.spawn(n, "x");
  exactly<string>()(text);
  return text.length > 0;
});
const asynchronous = task(import.meta, async (n: number): Promise<bigint> => {
  const text = await plain.spawn(n, "x");
  exactly<string>()(text);
  return BigInt(text.length);
});
const generic = task(import.meta, <T>(items: T[]): number => items.length);
const fib: Task<(n: number) => number> = task(import.meta, (n: number): number =>
  n < 2 ? n : fib.spawn(n - 1).join() + fib(n - 2),
);

exactly<Future<string>>()(plain.spawn(1, "a"));
exactly<Future<string>>()(plain.spawn(1, "a", false));
exactly<Future<void>>()(none.spawn());
exactly<Future<number>>()(rest.spawn(1, "a", "b"));
exactly<Future<string>>()(optional.spawn(1));
exactly<Future<boolean>>()(generator.spawn(1));
exactly<Future<bigint>>()(asynchronous.spawn(1));
exactly<Future<number>>()(generic.spawn(["a"]));

// A call is a plain call of the function.
exactly<string>()(plain(1, "a"));
exactly<Generator<Future<unknown>, boolean>>()(generator(1));
exactly<Promise<bigint>>()(asynchronous(1));
exactly<string>()(plain.taskName);

// join, await, then.
exactly<string>()(plain.spawn(1, "a").join());
exactly<bigint>()(asynchronous.spawn(1).join());
exactly<Promise<number>>()(plain.spawn(1, "a").then((text) => text.length));
exactly<Promise<string | null>>()(plain.spawn(1, "a").catch(() => null));
exactly<Promise<string>>()(plain.spawn(1, "a").finally(() => {}));
exactly<"pending" | "fulfilled" | "failed" | "cancelled">()(plain.spawn(1, "a").status);
export async function awaits(): Promise<void> {
  exactly<string>()(await plain.spawn(1, "a"));
  exactly<[string, bigint]>()(await Promise.all([plain.spawn(1, "a"), asynchronous.spawn(1)]));
}

// @ts-expect-error wrong type of argument
plain.spawn("1", "a");
// @ts-expect-error too few
plain.spawn(1);
// @ts-expect-error too many
plain.spawn(1, "a", true, 4);
// @ts-expect-error rest of the wrong type
rest.spawn(1, 2);
// @ts-expect-error none expected
none.spawn(undefined);
// @ts-expect-error a future is no value: after takes it
plain.spawn(asynchronous.spawn(1), "a");
// @ts-expect-error the result is a string
export const wrong: Future<number> = plain.spawn(1, "a");
// @ts-expect-error the awaited type, not a promise of it
export const notAwaited: Future<Promise<bigint>> = asynchronous.spawn(1);
// @ts-expect-error not a function
task(import.meta, 5);
// @ts-expect-error the module must be named
task((n: number) => n);
// @ts-expect-error read only
plain.taskName = "other";
