// The filters of the calls. The address of the page has their values.

import { check, el, field, select } from "/console/dom.js";
import { debounce } from "/console/poll.js";

// Short, because the list must follow the typing.
const PAUSE = 30;
const KEYS = ["text", "command", "user", "target", "code", "fault"];

// Returns the filters of an address, without its other keys.
export function filterOf(query) {
  const pairs = KEYS.filter((key) => query[key]).map((key) => [key, query[key]]);
  return { ...Object.fromEntries(pairs), ...(query.failed === "true" && { failed: "true" }) };
}

export function filters(commands, query, signal) {
  const input = (name, attributes = {}) =>
    el("input", { name, autocomplete: "off", spellcheck: "false", ...attributes });
  const controls = [
    field("User", input("user", { placeholder: "any" })),
    field("Target", input("target", { placeholder: "any" })),
    field("Code", input("code", { placeholder: "any", inputmode: "numeric" })),
    field("Fault", input("fault", { placeholder: "any", inputmode: "numeric" })),
  ];
  const wide = matchMedia("(min-width: 800px)");
  const more = el("details", {}, el("summary", {}, "More filters"), el("div", { class: "fields" }, ...controls));
  more.open = wide.matches || KEYS.slice(2).some((key) => query[key]);
  const form = el(
    "form",
    {
      class: "filters",
      role: "search",
      "aria-label": "Filters of the calls",
      submit: (event) => event.preventDefault(),
    },
    field(
      "Any text",
      input("text", { type: "search", id: "calls-filter", placeholder: "command, user, body, code" }),
      null,
      { class: "field grow" },
    ),
    field("Command", select({ name: "command" }, [["", "any"], ...commands])),
    check("Failures only", { name: "failed", id: "calls-failed" }),
    more,
  );

  const values = () =>
    filterOf({
      ...Object.fromEntries(KEYS.map((key) => [key, form.elements[key].value.trim()])),
      failed: String(form.elements.failed.checked),
    });

  return {
    element: form,
    show(filter) {
      for (const key of KEYS) {
        const control = form.elements[key];
        if (control.value.trim() !== (filter[key] ?? "")) control.value = filter[key] ?? "";
      }
      form.elements.failed.checked = filter.failed === "true";
    },
    onChange(listener) {
      const changed = () => listener(values());
      form.addEventListener("input", debounce(PAUSE, signal, changed));
    },
  };
}
