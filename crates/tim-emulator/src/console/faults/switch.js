// A setting that is on or off.

import { el } from "/console/dom.js";

let count = 0;

// Creates a switch. `change(on)` is called when somebody uses it; `show(on)` sets its state.
export function createSwitch(label, about, change, attributes = {}) {
  const id = attributes.id ?? `switch-${++count}`;
  const control = el("button", {
    type: "button",
    role: "switch",
    "aria-checked": "false",
    class: "switch",
    id,
    "aria-describedby": `${id}-about`,
  });
  control.addEventListener("click", () => change(control.getAttribute("aria-checked") !== "true"));
  const element = el(
    "div",
    { class: "setting" },
    control,
    el("span", { class: "what" }, el("label", { for: id }, label), el("small", { id: `${id}-about` }, about)),
  );
  return { element, show: (on) => control.setAttribute("aria-checked", String(on)) };
}
