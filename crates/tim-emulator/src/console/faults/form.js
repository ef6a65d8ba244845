// The form that adds a fault.

import { api } from "/console/api.js";
import { button, check, el, field, select } from "/console/dom.js";
import { PRESETS } from "/console/faults/presets.js";
import { attempt } from "/console/messages.js";

const EFFECTS = [
  ["code", "the call is rejected with a code"],
  ["item_code", "single targets are rejected with a code"],
  ["latency_ms", "the call takes longer"],
  ["hang_up", "the connection is closed without a response"],
  ["status", "an HTML page with an HTTP status replaces the response"],
  ["truncate", "the response is cut off"],
  ["slow_ms", "the response arrives byte by byte"],
  ["content_type", "the response has another Content-Type"],
];

const number = (name, attributes = {}) => el("input", { name, type: "number", min: 0, ...attributes });
const text = (name, attributes = {}) => el("input", { name, spellcheck: "false", ...attributes });

// The fields of the effects, with the effects that have them.
const FIELDS = [
  [
    "code item_code",
    "Code",
    "the ErrorCode of the response, or the ResultCode of the target",
    () => number("code", { min: null, value: 30006 }),
  ],
  ["code item_code", "Text", "the ErrorInfo or ResultInfo; empty means a standard text", () => text("info")],
  ["latency_ms", "Wait, ms", "the minimum delay of a call", () => number("latency_ms", { value: 500 })],
  [
    "latency_ms",
    "Random part, ms",
    "up to this time is added at random",
    () => number("jitter_ms", { placeholder: "0" }),
  ],
  ["status", "HTTP status", "200 to 599", () => number("status", { min: 200, max: 599, value: 502 })],
  ["truncate", "Bytes", "the number of bytes of the body that arrive", () => number("truncate", { value: 10 })],
  ["slow_ms", "Pause, ms", "the pause before each byte", () => number("slow_ms", { value: 20 })],
  ["content_type", "Content-Type", "the header of the response", () => text("content_type", { value: "text/html" })],
];

export function faultForm(about, added) {
  const effect = select({ name: "effect" }, EFFECTS, "code");
  const commands = [["", "any"], ...about.commands];
  const own = FIELDS.map(([effects, label, hint, control]) =>
    field(label, control(), hint, { "data-effects": effects }),
  );
  const form = el(
    "form",
    { id: "fault-form", autocomplete: "off", submit },
    el(
      "div",
      { class: "fields" },
      field("Command", select({ name: "command" }, commands), "only calls of this command"),
      field("What happens", effect),
      ...own,
      field("User", text("user", { placeholder: "any" }), "only calls of this From_Account or UserID"),
      field("Target", text("target", { placeholder: "any" }), "only this target", { "data-effects": "item_code" }),
      field("Every Nth", number("every", { min: 2, placeholder: "each" }), "2 means every second call or target"),
      field(
        "Only the next",
        number("next", { min: 1, placeholder: "no end" }),
        "ends after this many calls or targets",
      ),
      field(
        "Share, %",
        number("percent", { min: 0.1, max: 100, step: "any", placeholder: "100" }),
        "affects calls at random",
      ),
      field(
        "Seconds",
        number("seconds", { min: 1, placeholder: "no end" }),
        "ends after this time on the clock of the emulator",
      ),
    ),
    el(
      "div",
      { class: "row" },
      check("The call is processed nevertheless", {
        name: "applied",
        "data-effects": "code status latency_ms hang_up",
      }),
      el("button", { type: "submit", class: "main" }, "Add fault"),
    ),
  );
  const preset = ([label, values]) => button(label, () => fill(values), { class: "preset" });
  const presets = el("div", { class: "row presets", role: "group", "aria-label": "Presets" }, ...PRESETS.map(preset));

  // Sets the values of a preset. The command and the user stay.
  function fill(values) {
    for (const name of ["every", "next", "percent", "seconds", "info", "jitter_ms"]) form.elements[name].value = "";
    form.applied.checked = Boolean(values.applied);
    for (const [name, value] of Object.entries(values)) if (name !== "applied") form.elements[name].value = value;
    showFields();
    form.command.focus();
  }

  function showFields() {
    for (const part of form.querySelectorAll("[data-effects]")) {
      const isShown = part.dataset.effects.split(" ").includes(effect.value);
      (part.matches("input") ? part.closest("label") : part).hidden = !isShown;
    }
  }

  const isShown = (control) => !control.closest("[hidden]");

  // Returns the fault as the admin API takes it.
  function read() {
    const fault = {};
    const set = (key, name, convert) => {
      const control = form.elements[name];
      if (isShown(control) && control.value !== "") fault[key] = convert(control.value);
    };
    if (effect.value === "hang_up") fault.hang_up = true;
    else
      set(
        effect.value,
        effect.value === "item_code" ? "code" : effect.value,
        effect.value === "content_type" ? String : Number,
      );
    for (const key of ["jitter_ms", "every", "next"]) set(key, key, Number);
    set("share", "percent", (value) => +(value / 100).toPrecision(12));
    set("lasting_ms", "seconds", (value) => value * 1000);
    for (const key of ["info", "command", "user", "target"]) set(key, key, String);
    if (isShown(form.applied) && form.applied.checked) fault.applied = true;
    return fault;
  }

  function submit(event) {
    event.preventDefault();
    attempt(async () => {
      await api("POST", "faults", read());
      await added();
    }, "Added the fault. It affects calls from now on.");
  }

  effect.addEventListener("change", showFields);
  showFields();
  const element = el(
    "div",
    {},
    el("h3", {}, "Add a fault"),
    el("p", { class: "muted" }, "A fault makes calls fail on purpose. Choose a preset or fill in the form."),
    presets,
    form,
  );
  return { element };
}
