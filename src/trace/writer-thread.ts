/** The thread that writes a trace file: takes what the rings hold every few milliseconds, whatever the main thread does. */
import { receiveMessageOnPort, workerData } from "node:worker_threads";
import { load, notify, store, wait } from "../shared/atomics.ts";
import { type Order, Steer, type WriterStart } from "./session.ts";
import { TraceWriter } from "./writer.ts";

const POLL_MS = 10;

function work({ control, port, file, about, isRead }: WriterStart): void {
  const i32 = new Int32Array(control);
  const f64 = new Float64Array(control);
  const say = (state: number): void => {
    store(i32, Steer.STATE, state);
    notify(i32, Steer.STATE);
  };
  let writer: TraceWriter;
  const ports = [port];
  try {
    writer = new TraceWriter(file, about, isRead);
    say(Steer.WORKING);
    for (;;) {
      const last = load(i32, Steer.STOP) !== 0;
      for (const from of ports) {
        for (let it = receiveMessageOnPort(from); it !== undefined; it = receiveMessageOnPort(from)) {
          const order = it.message as Order;
          if ("port" in order) ports.push(order.port);
          else writer.watch(order.memory, order.slots, order.communication);
        }
      }
      const wanted = load(i32, Steer.WANTED); // before the rings are emptied
      writer.drain();
      if (last) break;
      if (wanted !== load(i32, Steer.FLUSHED)) {
        writer.flush();
        store(i32, Steer.FLUSHED, wanted);
      }
      wait(i32, Steer.STOP, 0, POLL_MS);
    }
    writer.close({ wallNs: f64[Steer.WALL >>> 1]!, interrupted: i32[Steer.INTERRUPTED] === 1 });
    f64[Steer.EVENTS >>> 1] = writer.events;
    f64[Steer.LOST >>> 1] = writer.lost;
    say(Steer.DONE);
  } catch (error) {
    const text = Buffer.from(error instanceof Error ? error.message : String(error)).subarray(0, Steer.TEXT_BYTES);
    new Uint8Array(control).set(text, Steer.TEXT * 4);
    i32[Steer.TEXT_LENGTH] = text.length;
    say(Steer.FAILED);
  }
}

work((workerData as { heddleTrace: WriterStart }).heddleTrace);
