/** HTTP on the loopback interface: the page, what it is told (server-sent events), and the trace. */
import { randomBytes } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Guard } from "./guard.ts";
import type { Message } from "./messages.ts";

/** A page that is this far behind (bytes) misses ticks until it has caught up. */
const MOST_BEHIND = 4 << 20;
const MOST_PAGES = 32;

export interface Offer {
  /** The page, in which NONCE stands for what the policy below allows to run. */
  page(): Promise<string>;
  /** For a page that is just opened. */
  hello(): Message;
  /** Sends the trace; undefined where there is none. */
  trace?: { readonly name: string; send(out: ServerResponse): Promise<void> };
}

export class DashboardServer {
  readonly #server: Server;
  readonly #offer: Offer;
  readonly #pages = new Set<ServerResponse>();
  /** Called when the first page is opened, and when the last one is closed. */
  onWatched: (watched: boolean) => void = () => {};

  constructor(offer: Offer) {
    this.#offer = offer;
    this.#server = createServer({ maxHeaderSize: 16_384 });
    this.#server.maxConnections = MOST_PAGES * 4;
  }

  /** Resolves with the port. */
  async listen(makeGuard: (port: number) => Guard): Promise<number> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once("error", reject);
      this.#server.listen({ host: "127.0.0.1", port: 0 }, resolve);
    });
    const { port } = this.#server.address() as { port: number };
    const guard = makeGuard(port);
    this.#server.on("request", (request, response) => {
      this.#answer(guard, request, response).catch((error: Error) => {
        if (!response.headersSent) response.writeHead(500, { "Content-Type": "text/plain" });
        response.end(response.writableEnded ? undefined : `${error.message}\n`);
      });
    });
    return port;
  }

  get pages(): number {
    return this.#pages.size;
  }

  async #answer(guard: Guard, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { headers, method = "", url = "" } = request;
    const site = headers["sec-fetch-site"];
    const answer = guard.judge({
      method,
      url,
      host: headers.host,
      origin: headers.origin,
      site: typeof site === "string" ? site : undefined,
    });
    request.resume();
    response.setHeader("Cache-Control", "no-store");
    response.setHeader("Referrer-Policy", "no-referrer");
    response.setHeader("X-Content-Type-Options", "nosniff");
    response.setHeader("Cross-Origin-Resource-Policy", "same-origin");
    if (answer.status === 302) {
      response.writeHead(302, { Location: answer.to }).end();
      return;
    }
    if (answer.status === 405) response.setHeader("Allow", "GET");
    if (answer.status !== 200) {
      response.writeHead(answer.status, { "Content-Type": "text/plain", Connection: "close" }).end();
      return;
    }
    if (answer.what === "page") return this.#sendPage(response);
    if (answer.what === "events") return this.#stream(response);
    return this.#sendTrace(response);
  }

  async #sendPage(response: ServerResponse): Promise<void> {
    const nonce = randomBytes(16).toString("base64url");
    const policy = [
      "default-src 'none'",
      `script-src 'nonce-${nonce}'`,
      `style-src 'nonce-${nonce}'`,
      "img-src data:",
      "connect-src 'self'",
      "base-uri 'none'",
      "form-action 'none'",
      "frame-ancestors 'none'",
    ];
    response.writeHead(200, {
      "Content-Type": "text/html; charset=utf-8",
      "Content-Security-Policy": policy.join("; "),
      "Cross-Origin-Opener-Policy": "same-origin",
    });
    response.end((await this.#offer.page()).replaceAll("NONCE", nonce));
  }

  #stream(response: ServerResponse): void {
    if (this.#pages.size >= MOST_PAGES) {
      response.writeHead(503, { "Content-Type": "text/plain" }).end("Too many pages are open.\n");
      return;
    }
    response.writeHead(200, { "Content-Type": "text/event-stream; charset=utf-8" });
    response.socket?.setNoDelay(true);
    response.write(lineOf(this.#offer.hello()));
    this.#pages.add(response);
    if (this.#pages.size === 1) this.onWatched(true);
    response.on("close", () => {
      this.#pages.delete(response);
      if (this.#pages.size === 0) this.onWatched(false);
    });
  }

  async #sendTrace(response: ServerResponse): Promise<void> {
    const { trace } = this.#offer;
    if (trace === undefined) {
      response.writeHead(404, { "Content-Type": "text/plain" }).end("Nothing is traced.\n");
      return;
    }
    response.setHeader("Content-Type", "application/json");
    response.setHeader("Content-Disposition", `attachment; filename="${trace.name.replace(/[^\w.-]/g, "_")}"`);
    await trace.send(response);
  }

  tell(message: Message): void {
    if (this.#pages.size === 0) return;
    const line = lineOf(message);
    for (const page of this.#pages) if (page.writableLength < MOST_BEHIND) page.write(line);
  }

  /** The last message; resolves when the system has it. */
  async close(message: Message): Promise<void> {
    const line = lineOf(message);
    await Promise.all([...this.#pages].map((page) => new Promise<void>((resolve) => page.end(line, () => resolve()))));
  }
}

const lineOf = (message: Message): string => `data: ${JSON.stringify(message)}\n\n`;
