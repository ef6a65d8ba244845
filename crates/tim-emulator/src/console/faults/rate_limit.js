// The rate limits, and the calls of the current second by command.

import { api, get } from "/console/api.js";
import { el, field, select, setText } from "/console/dom.js";
import { gauge } from "/console/faults/gauge.js";
import { formValues } from "/console/form_values.js";
import { attempt } from "/console/messages.js";

const DAY = "calls of this day";

export function rateLimit() {
  const input = (name) => el("input", { name, type: "number", min: 0, placeholder: "no limit" });
  const form = el(
    "form",
    { id: "rate-limit-form", autocomplete: "off", submit },
    el(
      "div",
      { class: "fields" },
      field("Calls per second", input("calls_per_second"), "for each command; empty means no limit"),
      field(
        "Window",
        select({ name: "window" }, [
          ["fixed", "fixed: each second of the clock"],
          ["sliding", "sliding: the last 1000 ms"],
        ]),
        "which second counts",
      ),
      field("Calls per day", input("calls_per_day"), "for all commands together"),
    ),
    el("div", { class: "row" }, el("button", { type: "submit", class: "main" }, "Set the rate limit")),
  );
  const gauges = el("div", { class: "gauges", id: "rate-limit-gauges" });
  const none = el("p", { class: "empty" });
  const byCommand = new Map();
  const showValues = formValues(form);

  function show(now) {
    const used = { ...now.used_this_second };
    if (now.calls_per_day !== null) used[DAY] = now.used_this_day;
    for (const command of Object.keys(used)) {
      if (byCommand.has(command)) continue;
      byCommand.set(command, gauge(command, { hasPeak: command !== DAY }));
      gauges.append(byCommand.get(command).element);
    }
    for (const [command, each] of byCommand) {
      each.element.hidden = command === DAY && now.calls_per_day === null;
      each.show(used[command] ?? 0, command === DAY ? now.calls_per_day : now.calls_per_second);
    }
    none.hidden = byCommand.size > 0;
    const hasLimit = now.calls_per_second !== null;
    setText(none, hasLimit ? "No calls yet. Each command appears here." : "Calls are counted after you set a limit.");
    const { calls_per_second, calls_per_day, window } = now;
    showValues({ calls_per_second, calls_per_day, window: window ?? "fixed" });
  }

  function submit(event) {
    event.preventDefault();
    const value = (control) => (control.value === "" ? null : Number(control.value));
    const limits = {
      calls_per_second: value(form.calls_per_second),
      calls_per_day: value(form.calls_per_day),
      window: form.window.value,
    };
    attempt(async () => show(await api("PUT", "rate-limit", limits)), "Set the rate limit.");
  }

  return {
    element: el("div", {}, form, el("h3", {}, "Current use"), none, gauges),
    refresh: async () => show(await get("rate-limit")),
  };
}
