import type { Future } from "./core.ts";
import { moreOf, rareOf } from "./more.ts";
import type { Port } from "./port.ts";
import { settle, whenSettled } from "./settling.ts";
import { State } from "./state.ts";

/**
 * Makes a pending future one that comes by mail: while somebody waits for it here, the thread takes its mail and `owner` stays
 * alive. `look` settles it if its time has come.
 */
export function wakeable(
  future: Future<unknown>,
  name: string,
  place: { readonly port: Port | null },
  owner: object,
  look: () => void,
): void {
  const more = moreOf(future);
  more.options = { name };
  more.port = place.port;
  more.observed = true;
  let wanted = false;
  rareOf(future).remote = {
    look,
    awaited() {
      if (wanted) return;
      wanted = true;
      const waiting = { future, owner };
      waited.add(waiting);
      place.port?.wantMail?.();
      whenSettled(future, () => {
        waited.delete(waiting);
        place.port?.unwantMail?.();
      });
    },
  };
}

/** What somebody in this thread waits for: nothing else may refer to it. */
const waited = new Set<{ future: Future<unknown>; owner: object }>();

/** Fails what is awaited from a runtime that has stopped. */
export function failWaited(port: Port, error: Error): void {
  for (const { future } of [...waited]) if (future.more?.port === port) settle(future, State.FAILED, error);
}
