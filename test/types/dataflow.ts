import { type Future, type HeddlePromise, promise, task, whenAll, whenAny } from "heddle";
import { exactly } from "./expect.ts";

const repeat = task(import.meta, (text: string, n: number): string => text.repeat(n));
const size = task(import.meta, async (text: string): Promise<number> => text.length);
const check = task(import.meta, function* (text: string): Generator<Future<unknown>, boolean> {
  return text.length === (yield* size.spawn(text));
});

// after takes for each parameter the value or a future of it.
exactly<Future<string>>()(repeat.after("a", 2));
exactly<Future<string>>()(repeat.after("a", size.spawn("b")));
exactly<Future<string>>()(repeat.after(repeat.spawn("a", 1), 2));
exactly<Future<string>>()(repeat.after(repeat.spawn("a", 1), size.spawn("b")));
exactly<Future<boolean>>()(check.after(repeat.after("a", 2)));
exactly<Future<string>>()(repeat.with({ priority: "high" }).after("a", size.spawn("b")));

// @ts-expect-error a future of the wrong type
repeat.after(size.spawn("a"), 2);
// @ts-expect-error a value of the wrong type
repeat.after("a", "b");
// @ts-expect-error too few
repeat.after("a");
// @ts-expect-error a promise of the language is no future
repeat.after("a", Promise.resolve(2));

// Promises.
const it = promise<number>();
exactly<HeddlePromise<number>>()(it);
exactly<Future<number>>()(it.future);
exactly<void>()(it.put(1));
exactly<Future<string>>()(repeat.after("a", it.future));
promise<void>().put();
// @ts-expect-error a value of the wrong type
it.put("1");
// @ts-expect-error the future of a promise is given once
it.future = promise<number>().future;

// Tuples keep their types, arrays their element type.
exactly<Future<[string, number, boolean]>>()(whenAll([repeat.spawn("a", 1), size.spawn("b"), check.spawn("c")]));
exactly<Future<[]>>()(whenAll([]));
const many: Future<number>[] = [size.spawn("a")];
exactly<Future<number[]>>()(whenAll(many));
exactly<Future<number>>()(whenAny(many));
// @ts-expect-error not a future
whenAll([size.spawn("a"), 3]);
// @ts-expect-error not futures
whenAny([1, 2]);
exactly<Future<string | number>>()(whenAny([repeat.spawn("a", 1), size.spawn("b")]));
