// The differences between a snapshot and the state, or another snapshot.

import { get, snapshotPath } from "/console/api.js";
import { button, el, select } from "/console/dom.js";
import { number } from "/console/format.js";
import { attempt } from "/console/messages.js";
import { table } from "/console/table.js";

const LABELS = { friend_requests: "friend requests" };
const CURRENT = "";

export function comparison() {
  const title = el("h3", {});
  const other = select({ "aria-label": "Compare with" }, [[CURRENT, "the current state"]]);
  const result = el("div", { "aria-live": "polite" });
  const close = button("Close", () => (element.hidden = true));
  const element = el(
    "div",
    { class: "compare", id: "compare", hidden: true },
    el("div", { class: "row bar" }, title, other, el("span", { class: "space" }), close),
    result,
  );
  let name = "";
  let latest = 0;

  const load = () =>
    attempt(async () => {
      const turn = ++latest;
      result.replaceChildren(el("p", { class: "muted" }, "Comparing"));
      other.disabled = true;
      try {
        const found = await get(snapshotPath(name, "/compare"), { with: other.value });
        if (turn === latest) {
          result.replaceChildren(...(found.same ? [el("p", {}, "No differences.")] : differences(found.parts)));
        }
      } catch (error) {
        result.replaceChildren();
        throw error;
      } finally {
        other.disabled = false;
      }
    });

  function show(snapshot) {
    name = snapshot;
    title.textContent = `Differences from ${name} to`;
    other.value = CURRENT;
    element.hidden = false;
    load();
  }

  function showSnapshots(names) {
    const options = [[CURRENT, "the current state"], ...names.map((each) => [each, `snapshot ${each}`])];
    if (!element.hidden && !names.includes(name)) element.hidden = true;
    const chosen = other.value;
    other.replaceChildren(
      ...options.map(([value, label]) => el("option", { value, selected: value === chosen }, label)),
    );
    if (!element.hidden && other.value !== chosen) load();
  }

  other.addEventListener("change", load);
  return { element, show, showSnapshots };
}

function differences(parts) {
  const changed = Object.entries(parts).filter(([, part]) => part.added + part.removed + part.changed > 0);
  const row = ([part, { added, removed, changed }]) =>
    el(
      "tr",
      {},
      el("th", { scope: "row" }, LABELS[part] ?? part),
      ...[added, removed, changed].map((count) => el("td", { class: "count" }, number(count))),
    );
  const samples = changed.flatMap(([part, { sample }]) => sample.map((each) => sampleRow(LABELS[part] ?? part, each)));
  return [
    table("Numbers of differences", ["Part", ["Added", "count"], ["Removed", "count"], ["Changed", "count"]]).show(
      changed.map(row),
    ),
    el("h3", {}, "The first 20 of each part"),
    table("Examples of differences", ["Part", "Change", "Key", "Before", "After"]).show(samples),
  ];
}

function sampleRow(part, { change, key, before, after }) {
  const value = (each) => el("td", { class: "value" }, each === undefined || each === null ? "" : JSON.stringify(each));
  return el(
    "tr",
    {},
    el("th", { scope: "row" }, part),
    el("td", { class: change }, change),
    el("td", {}, key.join(" \u2192 ")),
    value(before),
    value(after),
  );
}
