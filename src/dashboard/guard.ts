/** Who may talk to the server. See README.md, "Who may talk". */
import { createHash, randomBytes, timingSafeEqual } from "node:crypto";

/** 192 bits, as 32 characters that may stand in a URL. */
export const makeSecret = (): string => randomBytes(24).toString("base64url");

export type Answer =
  | { readonly status: 200; readonly what: "page" | "events" | "trace" }
  | { readonly status: 302; readonly to: string }
  | { readonly status: 403 | 404 | 405 };

export interface Asked {
  readonly method: string;
  readonly url: string;
  readonly host: string | undefined;
  readonly origin: string | undefined;
  /** The header Sec-Fetch-Site. */
  readonly site: string | undefined;
}

const digest = (text: string): Buffer => createHash("sha256").update(text).digest();
/** In a time that tells nothing about `text`. */
const same = (text: string, secret: string): boolean => timingSafeEqual(digest(text), digest(secret));

const PATHS = new Map([
  ["", "page"],
  ["events", "events"],
  ["trace", "trace"],
] as const);

export class Guard {
  readonly #secret: string;
  readonly #hosts: ReadonlySet<string>;
  #ticket: string | null;

  /** `ticket` opens the page once: other users of the machine may see it among the arguments of a browser. */
  constructor(secret: string, ticket: string, port: number) {
    this.#secret = secret;
    this.#ticket = ticket;
    this.#hosts = new Set([`127.0.0.1:${port}`, `localhost:${port}`]);
  }

  judge({ method, url, host, origin, site }: Asked): Answer {
    // A name that leads here although it is another site's: DNS rebinding.
    if (host === undefined || !this.#hosts.has(host.toLowerCase())) return { status: 403 };
    if (origin !== undefined && origin !== `http://${host.toLowerCase()}`) return { status: 403 };
    const [root, first = "", ...rest] = url.split("/");
    if (root !== "") return { status: 404 };
    if (rest.length === 0 && this.#ticket !== null && same(first, this.#ticket)) {
      if (method !== "GET") return { status: 405 };
      this.#ticket = null;
      return { status: 302, to: `/${this.#secret}/` };
    }
    if (!same(first, this.#secret)) return { status: 404 };
    const what = rest.length === 1 ? (PATHS as ReadonlyMap<string, "page" | "events" | "trace">).get(rest[0]!) : undefined;
    if (rest.length > 0 && what === undefined) return { status: 404 };
    if (method !== "GET") return { status: 405 };
    if (what === undefined) return { status: 302, to: `/${this.#secret}/` };
    if (what !== "page" && site !== undefined && site !== "same-origin" && site !== "none") return { status: 403 };
    return { status: 200, what };
  }
}
