import { type Future, finish, task } from "heddle";

export type Kind = "plain" | "generator" | "async";
/** How a node waits for its children. */
export type Waiting = "each" | "one by one" | "finish" | "finish, cancel" | "after";

/** A node of a random task graph: a task that computes a number from its children's. */
export interface GraphNode {
  readonly id: number;
  readonly kind: Kind;
  readonly waiting: Waiting;
  readonly children: readonly GraphNode[];
  readonly value: number;
  /** Throws, once its children have ended. */
  readonly fails: boolean;
  /** The child that is cancelled as soon as all are spawned, or -1. */
  readonly cancels: number;
  readonly work: number;
  readonly priority: "high" | "normal" | "low";
  readonly affinity: number;
}

export const mix = (a: number, b: number): number => Math.imul(a ^ b, 0x0100_0193) ^ (b >>> 15);

const CANCELLED = 0xc0ffee;
const SCOPE_FAILED = 0xfa11ed;

function textCode(text: string): number {
  let code = 17;
  for (let i = 0; i < text.length; i++) code = mix(code, text.charCodeAt(i));
  return code;
}

/** What a failure is worth. Which tasks fail is the same on any schedule, and so is which error arrives where. */
function errorCode(error: unknown): number {
  const { code, message, errors } = error as { code?: string; message: string; errors?: Error[] };
  if (code === "HEDDLE_CANCELLED") return CANCELLED;
  if (errors !== undefined)
    return textCode(
      errors
        .map((it) => it.message)
        .sort()
        .join(),
    );
  return textCode(message);
}

/** The first failure of a scope that cancels its rest may be any of them. */
function scopeErrorCode(error: unknown): number {
  const { message, errors = [{ message }] } = error as { message: string; errors?: { message: string }[] };
  const strange = errors.find((it) => !/^node \d+$/.test(it.message));
  return strange === undefined ? SCOPE_FAILED : textCode(strange.message);
}

function begin(node: GraphNode, ran: Int32Array): number {
  Atomics.add(ran, node.id, 1);
  let x = node.value;
  for (let i = 0; i < node.work; i++) x = mix(x, i);
  return node.value;
}

function end(node: GraphNode, value: number): number {
  if (node.fails) throw new Error(`node ${node.id}`);
  return value;
}

function spawnChild(child: GraphNode, ran: Int32Array): Future<number> {
  const { priority, affinity } = child;
  const body = BODIES[child.kind];
  if (priority === "normal" && affinity < 0) return body.spawn(child, ran);
  return body.with(affinity < 0 ? { priority } : { priority, affinity }).spawn(child, ran);
}

/** The futures of a node's children, but for the one that was cancelled, and what the cancellation says of itself. */
function spawnAll(node: GraphNode, ran: Int32Array): Future<number>[] {
  const futures = node.children.map((child) => spawnChild(child, ran));
  if (node.cancels >= 0) futures.splice(node.cancels, 1)[0]!.cancel("by the graph");
  return futures;
}

/** Dataflow fails with the first of its inputs that fails, which may be any of them. */
const afterCode = (error: unknown): number => (/^node \d+$/.test((error as Error).message) ? 0xaf7e4 : errorCode(error));

const add = task(import.meta, (...values: number[]): number => values.reduce(mix, 1));

/** The result of a settled scope: every future has ended, so each says how. */
function settledCode(futures: readonly Future<number>[]): number {
  if (futures.some((it) => it.status === "pending")) return textCode("a scope ended before its tasks");
  return futures.length;
}

const plain = task(import.meta, (node: GraphNode, ran: Int32Array): number => {
  let acc = begin(node, ran);
  const note = (wait: () => number, code = errorCode): void => {
    try {
      acc = mix(acc, wait());
    } catch (error) {
      acc = mix(acc, code(error));
    }
  };
  if (node.waiting === "each") for (const it of spawnAll(node, ran)) note(() => it.join());
  else if (node.waiting === "one by one") for (const it of node.children) note(() => spawnChild(it, ran).join());
  else if (node.waiting === "after") note(() => add.after(...spawnAll(node, ran)).join(), afterCode);
  else {
    const onFailure = node.waiting === "finish" ? "continue" : "cancel";
    const futures: Future<number>[] = [];
    try {
      finish(() => void futures.push(...spawnAll(node, ran)), { onFailure });
      for (const it of futures) note(() => it.join());
    } catch (error) {
      acc = mix(acc, onFailure === "cancel" ? scopeErrorCode(error) : errorCode(error));
    }
    acc = mix(acc, settledCode(futures));
  }
  return end(node, acc);
});

const generator = task(import.meta, function* (node: GraphNode, ran: Int32Array): Generator<Future<unknown>, number> {
  let acc = begin(node, ran);
  function* note(wait: Future<number>, code = errorCode): Generator<Future<unknown>, void> {
    try {
      acc = mix(acc, yield* wait);
    } catch (error) {
      acc = mix(acc, code(error));
    }
  }
  if (node.waiting === "each") for (const it of spawnAll(node, ran)) yield* note(it);
  else if (node.waiting === "one by one") for (const it of node.children) yield* note(spawnChild(it, ran));
  else if (node.waiting === "after") yield* note(add.after(...spawnAll(node, ran)), afterCode);
  else {
    const onFailure = node.waiting === "finish" ? "continue" : "cancel";
    const futures: Future<number>[] = [];
    try {
      yield* finish(
        // biome-ignore lint/correctness/useYield: the scope waits
        function* () {
          futures.push(...spawnAll(node, ran));
        },
        { onFailure },
      );
      for (const it of futures) yield* note(it);
    } catch (error) {
      acc = mix(acc, onFailure === "cancel" ? scopeErrorCode(error) : errorCode(error));
    }
    acc = mix(acc, settledCode(futures));
  }
  return end(node, acc);
});

const asynchronous = task(import.meta, async (node: GraphNode, ran: Int32Array): Promise<number> => {
  let acc = begin(node, ran);
  const note = async (wait: PromiseLike<number>, code = errorCode): Promise<void> => {
    try {
      acc = mix(acc, await wait);
    } catch (error) {
      acc = mix(acc, code(error));
    }
  };
  if (node.work % 2 === 1) await new Promise((resolve) => setImmediate(resolve));
  if (node.waiting === "each") {
    const futures = spawnAll(node, ran);
    for (const it of futures) await note(it);
  } else if (node.waiting === "one by one") for (const it of node.children) await note(spawnChild(it, ran));
  else if (node.waiting === "after") await note(add.after(...spawnAll(node, ran)), afterCode);
  else {
    const onFailure = node.waiting === "finish" ? "continue" : "cancel";
    const futures: Future<number>[] = [];
    try {
      await finish(
        async () => {
          if (node.work % 3 === 1) await null;
          futures.push(...spawnAll(node, ran));
        },
        { onFailure },
      );
      for (const it of futures) await note(it);
    } catch (error) {
      acc = mix(acc, onFailure === "cancel" ? scopeErrorCode(error) : errorCode(error));
    }
    acc = mix(acc, settledCode(futures));
  }
  return end(node, acc);
});

interface Body {
  spawn(node: GraphNode, ran: Int32Array): Future<number>;
  with(options: { priority: GraphNode["priority"]; affinity?: number }): Body;
}
export const BODIES: Record<Kind, Body> = { plain, generator, async: asynchronous };
