// One delivery with its attempts.

import { copy } from "/console/copy.js";
import { button, el, setText } from "/console/dom.js";
import { clock, plural, took } from "/console/format.js";
import { json } from "/console/json.js";

const KINDS = { waiting: "part", delivered: "ok", failed: "bad", lost: "bad" };

// Creates the row of a delivery. `show` takes each new state of it.
export function delivery(number, resend) {
  const time = el("time", {});
  const event = el("span", { class: "command" });
  const url = el("span", { class: "who" });
  const state = el("span", { class: "code" });
  const attempts = el("span", { class: "took" });
  const box = el(
    "details",
    {},
    el("summary", {}, el("span", { class: "number" }, String(number)), time, event, url, state, attempts),
  );
  const again = button("Resend", () => resend(number), { "aria-label": `Resend delivery ${number}` });
  const element = el("li", {}, box, again);
  let shown = "";
  let now = null;

  function show(next) {
    if (JSON.stringify(next) === shown) return;
    shown = JSON.stringify(next);
    now = next;
    setText(time, clock(now.at_ms));
    setText(event, now.event);
    setText(url, now.url);
    setText(state, now.resend_of ? `resend, ${now.state}` : now.state);
    state.className = `code ${KINDS[now.state] ?? "part"}`;
    setText(attempts, plural(now.attempts.length, "attempt"));
    if (box.open) open();
  }

  function open() {
    box.querySelector(".inside")?.remove();
    const original = now.resend_of && el("p", {}, `Resend of delivery ${now.resend_of}.`);
    box.append(
      el(
        "div",
        { class: "inside" },
        el("p", { class: "muted" }, `POST ${now.url}?${now.query}`),
        original,
        el(
          "div",
          { class: "row" },
          button("Copy the body", () => copy(now.body, "the body")),
        ),
        el(
          "div",
          { class: "columns" },
          el("section", {}, el("h3", {}, "Body"), json(now.body, "Body of the webhook")),
          el(
            "section",
            {},
            el("h3", {}, "Attempts"),
            ...(now.attempts.length ? now.attempts.map(attemptPart) : [el("p", {}, "No attempt has ended yet.")]),
          ),
        ),
      ),
    );
  }

  function attemptPart(attempt, at) {
    const result = attempt.error ?? `HTTP ${attempt.status}`;
    return el(
      "div",
      { class: "attempt" },
      el("p", {}, `${at + 1}. ${clock(attempt.at_ms)}, ${took(attempt.duration_us)}: `, el("strong", {}, result)),
      attempt.response && json(attempt.response, `Response ${at + 1}`),
    );
  }

  box.addEventListener("toggle", () => box.open && open());
  return { element, show };
}
