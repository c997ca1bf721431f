/** The first module of the page. */
import { h, render } from "preact";
import type { Message } from "../messages.ts";
import { App } from "./app.ts";
import { Colours } from "./format.ts";
import { Model } from "./model.ts";

const model = new Model();
const events = new EventSource("events");
events.onmessage = ({ data }) => {
  const message = JSON.parse(data as string) as Message;
  model.receive(message);
  if (message.kind === "end" || (message.kind === "hello" && message.end !== null)) events.close();
};
// The browser tries again by itself, unless the address is refused.
events.onerror = () => model.connected("lost");
const app = document.getElementById("app")!;
app.replaceChildren();
render(h(App, { model, colours: new Colours() }), app);
