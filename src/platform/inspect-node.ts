import type { Session } from "node:inspector";
import type { Worker } from "node:worker_threads";

type Post = (method: string, params: object, done?: (error: Error | null) => void) => void;
interface Attached {
  params: { sessionId: string; workerInfo: { title: string } };
}
interface Received {
  params: { sessionId: string; message: string };
}

/**
 * Evaluates an expression in a worker by way of the inspector, which stops the thread wherever its JavaScript is: also in a loop
 * without end, and in `Atomics.wait`. The thread goes on afterwards.
 */
export async function evaluateIn(worker: Worker, expression: string, limit: number): Promise<string | undefined> {
  let session: Session;
  try {
    const inspector = await import("node:inspector");
    session = new inspector.Session();
    session.connect();
  } catch {
    return undefined; // Node was built without it
  }
  const post = session.post.bind(session) as unknown as Post;
  let timer: ReturnType<typeof setTimeout> | undefined;
  try {
    return await new Promise<string | undefined>((resolve) => {
      timer = setTimeout(resolve, limit, undefined);
      const events = session as unknown as { on(name: string, listener: (event: never) => void): void };
      let ours = "";
      events.on("NodeWorker.attachedToWorker", ({ params }: Attached) => {
        // "[worker 3] heddle-1"; the field workerId counts the workers that were attached.
        if (/worker (\d+)/i.exec(params.workerInfo.title)?.[1] !== String(worker.threadId)) return;
        ours = params.sessionId;
        const message = JSON.stringify({ id: 1, method: "Runtime.evaluate", params: { expression, returnByValue: true } });
        post("NodeWorker.sendMessageToWorker", { sessionId: ours, message });
      });
      events.on("NodeWorker.receivedMessageFromWorker", ({ params }: Received) => {
        const answer = JSON.parse(params.message) as { id?: number; result?: { result?: { value?: unknown } } };
        if (params.sessionId !== ours || answer.id !== 1) return;
        const value = answer.result?.result?.value;
        resolve(typeof value === "string" ? value : undefined);
      });
      post("NodeWorker.enable", { waitForDebuggerOnStart: false }, (error) => {
        if (error !== null) resolve(undefined);
      });
    });
  } finally {
    clearTimeout(timer);
    post("NodeWorker.disable", {});
    session.disconnect();
  }
}
