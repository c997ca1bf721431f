/** Serial mode over several places: the program is there once for each, all in this thread. */
import { registerHooks } from "node:module";
import { pathToFileURL } from "node:url";
import { SerialPlaces, setSerialPlaces } from "../sched/places.ts";
import { placeOfUrl, plainUrl, urlAt } from "../shared/module-place.ts";
import { mainArguments } from "../task/main-arguments.ts";
import { EXIT } from "./exit-codes.ts";
import { type Main, mainOf } from "./program.ts";

/** Part of the URL of every module of heddle, which all places share. */
const OWN = new URL("..", import.meta.url).href;

export interface SerialProgram {
  /** One for each place, undefined where there is none. */
  readonly mains: readonly (Main | undefined)[];
  /** The places whose `main` has begun and not ended. */
  readonly running: ReadonlySet<number>;
  /** Runs `main` everywhere; what they have returned, as an exit code where there is one. Fails with the first failure. */
  start(args: readonly string[]): Promise<number | undefined>;
}

/** From now on this thread is so many places. Before anything of heddle is loaded that defines tasks. */
export function beSerialPlaces(count: number, rootOnly: boolean): SerialPlaces {
  const commonJs = new Set<string>();
  const isShared = (url: string): boolean => url.startsWith(OWN) || commonJs.has(plainUrl(url));
  const places = new SerialPlaces({ places: count, rootOnly, isShared });
  setSerialPlaces(places);
  registerHooks({
    resolve(specifier, context, nextResolve) {
      const resolved = nextResolve(specifier, context);
      const { url, format } = resolved;
      if (!url.startsWith("file:") || url.startsWith(OWN)) return resolved;
      if (format?.startsWith("commonjs") === true) {
        commonJs.add(plainUrl(url));
        return { ...resolved, url: plainUrl(url) };
      }
      const place = placeOfUrl(context.parentURL ?? "");
      return place === 0 ? resolved : { ...resolved, url: urlAt(url, place) };
    },
  });
  return places;
}

/** Imports the program at one place after the other. */
export async function loadSerially(file: string, places: SerialPlaces): Promise<SerialProgram> {
  const { installMeeting } = await import("../place/team/meeting.ts");
  installMeeting(places.places);
  const mains: (Main | undefined)[] = [];
  for (let place = 0; place < places.places; place++) {
    const url = urlAt(pathToFileURL(file).href, place);
    mains.push(mainOf(await places.run(place, () => import(url))));
  }
  const running = new Set<number>();
  const runAt = async (main: Main, place: number, args: readonly string[]): Promise<unknown> => {
    running.add(place);
    try {
      return await places.run(place, () => main(mainArguments(args, place, places.places)));
    } catch (error) {
      throw new FailureAtPlace(error, place);
    } finally {
      running.delete(place);
    }
  };
  return {
    mains,
    running,
    async start(args) {
      const begun = mains.map((main, place) =>
        main === undefined || (places.rootOnly && place > 0) ? undefined : runAt(main, place, args),
      );
      const results = await Promise.all(begun);
      const codes = results.filter((it) => Number.isInteger(it)) as number[];
      return codes.find((it) => it !== EXIT.ok) ?? codes[0];
    },
  };
}

/** What `main` of a place has thrown. */
export class FailureAtPlace {
  readonly error: unknown;
  readonly place: number;

  constructor(error: unknown, place: number) {
    this.error = error;
    this.place = place;
  }
}
