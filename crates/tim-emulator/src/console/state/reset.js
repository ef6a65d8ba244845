// Reset of the emulator.

import { api } from "/console/api.js";
import { confirm } from "/console/dialog.js";
import { button, el } from "/console/dom.js";
import { attempt } from "/console/messages.js";

const PARTS = [
  ["state", "users: all users except the admins, and all relations"],
  ["faults", "faults"],
  ["calls", "log of calls"],
  ["time", "time"],
  ["rate_limit", "counters of the rate limit"],
  ["settings", "settings, limits and receivers of webhooks", false],
];

export function reset() {
  async function ask() {
    const parts = await confirm("Reset the emulator?", "This resets the chosen parts. Snapshots stay.", "Reset", PARTS);
    if (!parts?.length) return;
    await attempt(
      () => api("POST", "reset", Object.fromEntries(parts.map((part) => [part, true]))),
      "Reset the emulator.",
    );
  }

  const about = "Removes users and relations, faults, calls, and changes of the time. You choose the parts.";
  return el(
    "section",
    { class: "panel", "aria-label": "Reset" },
    el("h2", {}, "Reset"),
    el("p", { class: "muted" }, about),
    el("div", { class: "row" }, button("Reset", ask, { id: "reset", class: "danger" })),
  );
}
