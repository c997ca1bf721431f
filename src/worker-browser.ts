/** What makes a thread of a browser a worker. */
import { HANDED, type Handed, type WorkerNews } from "./platform/browser.ts";
import { runWorker } from "./sched/worker.ts";

const tell = (news: WorkerNews): void => self.postMessage(news);

function die(error: unknown): void {
  try {
    tell({ died: error });
  } catch {
    tell({ died: new Error(String(error)) });
  }
}

/** Becomes a worker if a page has made this thread for it and for this copy of heddle, whose URL is `home`. */
export function workIfWorker(home: string): void {
  const handed = (globalThis as { [HANDED]?: Handed })[HANDED];
  if (handed?.home !== home) return;
  self.addEventListener("unhandledrejection", (event) => {
    event.preventDefault();
    die(event.reason);
  });
  runWorker(handed.start, () => tell("ready")).then(() => tell("ended"), die);
}
