// The form that adds a fault.

import { api } from "/console/api.js";
import { button, check, el, field, select } from "/console/dom.js";
import { PRESETS } from "/console/faults/presets.js";
import { attempt } from "/console/messages.js";

const EFFECTS = [
  ["code", "reject the call"],
  ["item_code", "reject single targets"],
  ["latency_ms", "delay the call"],
  ["hang_up", "close the connection"],
  ["status", "respond with an HTTP error"],
  ["truncate", "cut off the response"],
  ["slow_ms", "send byte by byte"],
  ["content_type", "change the Content-Type"],
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
  ["code item_code", "Error text", "the ErrorInfo or ResultInfo; empty means a standard text", () => text("info")],
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
      field("Every Nth call or target", number("every", { min: 2, placeholder: "1" }), "2 means every second one"),
      field("Number of calls or targets", number("next", { min: 1, placeholder: "no limit" }), "then the fault ends"),
      field(
        "Probability, %",
        number("percent", { min: 0.1, max: 100, step: "any", placeholder: "100" }),
        "of each call or target",
      ),
      field(
        "Duration, s",
        number("seconds", { min: 1, placeholder: "no limit" }),
        "on the clock of the emulator; then the fault ends",
      ),
    ),
    el(
      "div",
      { class: "row" },
      check("Process the call too: its changes are kept", {
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
    el("p", { class: "muted" }, "A fault makes calls fail on purpose. A preset fills in the form:"),
    presets,
    form,
  );
  return { element };
}
