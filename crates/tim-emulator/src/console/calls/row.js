// One call in the list.

import { el } from "/console/dom.js";
import { details } from "/console/calls/details.js";
import { outcome, targets } from "/console/calls/outcome.js";
import { clock, took } from "/console/format.js";

// Creates the row. Its details are loaded when it is opened.
export function row(call, { isOpen = false } = {}) {
  const { text, kind } = outcome(call);
  const names = [call.user, targets(call)].filter(Boolean);
  const who = names.join(" \u2192 ");
  const summary = el(
    "summary",
    {},
    el("span", { class: "number" }, String(call.number)),
    el("time", {}, clock(call.at_ms)),
    el(
      "span",
      { class: "command" },
      call.command ?? `${call.method ?? call.request.method} ${call.path ?? call.request.target}`,
    ),
    el(
      "span",
      { class: "who", title: [who, call.info].filter(Boolean).join(": ") },
      who && el("span", {}, ...names.flatMap((name, at) => [at > 0 && " \u2192 ", el("bdi", {}, name)])),
      call.info && el("small", {}, call.info),
    ),
    el(
      "span",
      { class: "marks" },
      call.faults.length > 0 && el("span", { class: "mark", title: "A fault affected it" }, "fault"),
      call.replay_of && el("span", { class: "mark" }, "replay"),
    ),
    el("span", { class: `code ${kind}` }, text),
    el("span", { class: "took" }, took(call.duration_us)),
  );
  const box = el("details", {}, summary);
  box.addEventListener("toggle", () => {
    if (box.open && box.childElementCount === 1) box.append(details(call.number));
  });
  box.open = isOpen;
  const item = el("li", {}, box);
  item.dataset.number = call.number;
  return item;
}
