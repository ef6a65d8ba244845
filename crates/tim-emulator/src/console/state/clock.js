// The clock of the emulator: set, advance, freeze.

import { api, get } from "/console/api.js";
import { button, el, field, setText } from "/console/dom.js";
import { span, utc } from "/console/format.js";
import { formValues } from "/console/form_values.js";
import { attempt } from "/console/messages.js";

const STEPS = [
  ["+ 1 minute", 60],
  ["+ 1 hour", 3600],
  ["+ 1 day", 86400],
  ["+ 7 days", 604800],
];

export function clockPanel() {
  const now = el("p", { class: "big", id: "time-now" });
  const offset = el("p", { class: "muted", id: "time-offset" });
  const freeze = button("Freeze", () => change({ frozen: freeze.getAttribute("aria-pressed") !== "true" }), {
    id: "time-freeze",
    "aria-pressed": "false",
  });
  const steps = STEPS.map(([label, seconds]) =>
    button(label, () => change({ advance_s: seconds }), { "data-advance": seconds }),
  );
  const input = el("input", { type: "datetime-local", step: 1, name: "time", required: true });
  const form = el(
    "form",
    { class: "row", submit },
    field("Set to (UTC)", input),
    el("button", { type: "submit" }, "Set"),
  );
  const showValues = formValues(form);

  function show({ now: seconds, offset_s: ahead, frozen }) {
    setText(now, `${utc(seconds * 1000)} UTC`);
    const shift =
      ahead === 0 ? "the real time" : `${span(Math.abs(ahead))} ${ahead > 0 ? "ahead of" : "behind"} the real time`;
    setText(offset, frozen ? `frozen, ${shift}` : shift);
    freeze.setAttribute("aria-pressed", String(frozen));
    setText(freeze, frozen ? "Resume" : "Freeze");
    showValues({ time: utc(seconds * 1000).replace(" ", "T") });
  }

  const change = (body) => attempt(async () => show(await api("POST", "time", body)));

  function submit(event) {
    event.preventDefault();
    change({ set: Math.floor(input.valueAsNumber / 1000) });
  }

  const real = button("Back to the real time", () => change({ reset: true }), { id: "time-reset" });
  const about = "The emulator uses this clock to check signatures, count calls and sign webhooks.";
  const element = el(
    "section",
    { class: "panel", "aria-label": "Time" },
    el("h2", {}, "Time"),
    now,
    offset,
    el("p", { class: "muted" }, about),
    el("div", { class: "row" }, freeze, ...steps, real),
    form,
  );
  return { element, refresh: async () => show(await get("time")) };
}
