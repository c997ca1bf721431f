/** Opening a page in the user's browser, where there seems to be one. */
import { spawn } from "node:child_process";

export interface Surroundings {
  readonly platform: NodeJS.Platform;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Whether somebody looks at what is printed. */
  readonly terminal: boolean;
}

/** The command that opens a page; null where nobody would see it: no terminal, continuous integration, no display. */
export function browserCommand({ platform, env, terminal }: Surroundings): readonly string[] | null {
  if (!terminal || (env.CI !== undefined && env.CI !== "" && env.CI !== "false")) return null;
  if (env.SSH_CONNECTION !== undefined && env.DISPLAY === undefined && env.WAYLAND_DISPLAY === undefined) return null;
  if (platform === "darwin") return ["open"];
  if (platform === "win32") return ["rundll32", "url.dll,FileProtocolHandler"];
  return env.DISPLAY || env.WAYLAND_DISPLAY ? ["xdg-open"] : null;
}

/** Never fails: the address was printed as well. */
export function openBrowser(url: string, surroundings: Surroundings): boolean {
  const command = browserCommand(surroundings);
  if (command === null) return false;
  const [program, ...args] = command;
  const child = spawn(program!, [...args, url], { stdio: "ignore", detached: true });
  child.on("error", () => {});
  child.unref();
  return true;
}
