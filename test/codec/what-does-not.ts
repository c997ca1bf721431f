import { Readable } from "node:stream";
import { MessageChannel } from "node:worker_threads";
import { Handle, memory, prepared } from "./setup.ts";

export interface RefusedRow {
  readonly what: string;
  readonly value: () => unknown;
  readonly path: string;
  readonly says: string;
}

class User {
  readonly socket: unknown;
  constructor(socket: unknown) {
    this.socket = socket;
  }
  greet(): void {}
}

class Matrix extends Array<number> {}

const row = (what: string, value: () => unknown, path: string, says: string): RefusedRow => ({ what, value, path, says });

/** Each `value` is an argument list. */
export const refused: RefusedRow[] = [
  row(
    "a function that is no task",
    () => [1, { on: { click: function handler() {} } }],
    "args[1].on.click",
    "only tasks cross; define it with task(import.meta, ...) at module level, or pass the data that it needs",
  ),
  row("a class", () => [User], "args[0]", "it is code; import it in the module that defines the task"),
  row(
    "a symbol",
    () => [{ "odd key": Symbol("x") }],
    'args[0]["odd key"]',
    "a symbol is equal to itself in one thread only; pass a string",
  ),
  row(
    "an instance of a class",
    () => [{ user: new User(1) }],
    "args[0].user",
    "it would lose its methods; pass plain data, or register the class with crosses(import.meta, User, { encode, decode })",
  ),
  row(
    "an instance of a class that extends one of the language",
    () => [new Matrix(3)],
    "args[0]",
    "register the class with crosses(import.meta, Matrix, { encode, decode })",
  ),
  row(
    "an object with a prototype of its own",
    () => [Object.create({ inherited: 1 })],
    "args[0]",
    "it would lose what it inherits; pass plain data",
  ),
  row(
    "a native promise",
    () => [new Map([["p", Promise.resolve(1)]])],
    'args[0].get("p")',
    "await it first and pass the value, or pass a future",
  ),
  row("a `WeakMap`", () => [new WeakMap()], "args[0]", "its contents cannot be listed; pass a Map"),
  row("a `WeakSet`", () => [new Set([new WeakSet()])], "args[0].values()[0]", "its contents cannot be listed; pass a Set"),
  row("a `WeakRef`", () => [[new WeakRef({})]], "args[0][0]", "pass the object itself"),
  row("a generator", () => [(function* () {})()], "args[0]", "pass the values themselves, for example [...iterator]"),
  row(
    "an iterator",
    () => [new Map([[[].values(), 1]])],
    "args[0].keys()[0]",
    "pass the values themselves, for example [...iterator]",
  ),
  row(
    "a `MessagePort`, a `Worker`, an `EventEmitter`",
    () => [prepared(new MessageChannel(), ({ port2 }) => port2.close()).port1],
    "args[0]",
    "use a promise, a future or an array on the heap to communicate",
  ),
  row("a stream or a socket", () => [{ user: { socket: Readable.from([]) } }], "args[0].user.socket", "pass a path or the data"),
  row("an `AbortSignal`", () => [{ signal: AbortSignal.abort() }], "args[0].signal", "task.with({ signal })"),
  row("a `Blob`", () => [new Blob(["x"])], "args[0]", "pass await blob.bytes()"),
  row("a `Request` or a `Response`", () => [new Response("x")], "args[0]", "read it here and pass the data"),
  row(
    "a `SharedArrayBuffer`",
    () => [new SharedArrayBuffer(8)],
    "args[0]",
    "use shared.from(array), or allocate with shared.float64(length)",
  ),
  row(
    "an array on a `SharedArrayBuffer` of your own",
    () => [{ pixels: new Uint8Array(new SharedArrayBuffer(8)) }],
    "args[0].pixels",
    "use shared.from(array), or allocate with shared.float64(length)",
  ),
  row(
    "an `ArrayBuffer` that was transferred away, or an array on it",
    () => [
      prepared(new Uint8Array(8), (array) => {
        structuredClone(array, { transfer: [array.buffer] });
      }),
    ],
    "args[0]",
    "pass it before it is transferred, or pass a copy",
  ),
  row(
    "a WebAssembly module, instance, table or global",
    () => [new WebAssembly.Module(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]))],
    "args[0]",
    "use wasmTask",
  ),
  row("a WebAssembly memory", () => [memory.memory], "args[0]", "only memory of the heap is shared; pass an array on it"),
  row(
    "an `EventTarget`, a node or the window of a page",
    () => [{ target: new EventTarget() }],
    "args[0].target",
    "it belongs to the event loop of this thread",
  ),
  row(
    "a revoked proxy",
    () => [[prepared(Proxy.revocable({}, {}), ({ revoke }) => revoke()).proxy]],
    "args[0][0]",
    "nothing can be read through it any more",
  ),
  row(
    "a property whose getter throws",
    () => [
      {
        list: [
          {
            get bad(): never {
              throw new Error("boom");
            },
          },
        ],
      },
    ],
    "args[0].list[0].bad",
    "reading it threw Error: boom",
  ),
  row(
    "an instance whose `encode` returns the instance itself",
    () => [new Handle({})].map((handle) => Object.assign(handle.state as object, { handle }) && handle),
    "args[0].handle",
    "what encode returns must not contain the instance itself",
  ),
];
