/** The first module of every worker thread in a browser. */
import "./browser.ts";
import type { WorkerNews } from "./platform/browser.ts";
import type { ThreadStart } from "./platform/platform.ts";
import { runWorker } from "./sched/worker.ts";

const tell = (news: WorkerNews): void => self.postMessage(news);

function die(error: unknown): void {
  try {
    tell({ died: error });
  } catch {
    tell({ died: new Error(String(error)) });
  }
}

self.addEventListener("unhandledrejection", (event) => {
  event.preventDefault();
  die(event.reason);
});
self.addEventListener(
  "message",
  ({ data }: MessageEvent<ThreadStart>) => {
    runWorker(data, () => tell("ready")).then(() => tell("ended"), die);
  },
  { once: true },
);
