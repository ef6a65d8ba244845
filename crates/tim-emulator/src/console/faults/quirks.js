// The alternative behaviours of the emulator as switches.

import { api, get } from "/console/api.js";
import { el } from "/console/dom.js";
import { createSwitch } from "/console/faults/switch.js";
import { attempt } from "/console/messages.js";

export function quirks() {
  const box = el("div", { class: "quirks" });
  const switches = new Map();

  async function refresh() {
    if (switches.size === 0) {
      for (const { name, about } of await get("quirks")) {
        switches.set(
          name,
          createSwitch(name, withCode(about), (on) => change(name, on), { id: `quirk-${name}` }),
        );
        box.append(switches.get(name).element);
      }
    }
    show(await get("settings"));
  }

  function show(settings) {
    for (const [name, each] of switches) each.show(settings.quirks[name]);
  }

  const change = (name, on) =>
    attempt(
      async () => show(await api("PATCH", "settings", { quirks: { [name]: on } })),
      `${on ? "Turned on" : "Turned off"} ${name}.`,
    );

  const about =
    "Behaviours for which the official documents are ambiguous, or that a test needs. All are off by default.";
  return { title: "Quirks", element: el("div", {}, el("p", { class: "muted" }, about), box), refresh };
}

// Returns the parts of a text. The parts between backticks are code.
const withCode = (text) => text.split("`").map((part, at) => (at % 2 ? el("code", {}, part) : part));
