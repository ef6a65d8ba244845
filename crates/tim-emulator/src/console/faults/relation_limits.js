// The limits on the relations of a user, and the user who is closest to each.

import { api, get } from "/console/api.js";
import { el, field } from "/console/dom.js";
import { gauge } from "/console/faults/gauge.js";
import { formValues } from "/console/form_values.js";
import { attempt } from "/console/messages.js";

const LABELS = {
  following: "Following",
  followers: "Followers",
  mutual: "Mutual follows",
  friends: "Friends",
  groups: "Friend groups",
  pending: "Pending friend requests",
  blocked: "Blocked users",
};

export function relationLimits() {
  const gauges = new Map(Object.entries(LABELS).map(([name, label]) => [name, gauge(label)]));
  const inputs = Object.entries(LABELS).map(([name, label]) =>
    field(label, el("input", { name, type: "number", min: 0, placeholder: "no limit" })),
  );
  const form = el(
    "form",
    { id: "relation-limits-form", autocomplete: "off", submit },
    el("div", { class: "fields" }, ...inputs),
    el("div", { class: "row" }, el("button", { type: "submit", class: "main" }, "Set the limits")),
  );
  const showValues = formValues(form);

  async function refresh() {
    const limits = await get("relation-limits");
    for (const [name, { limit, used, user }] of Object.entries(limits))
      gauges.get(name)?.show(used, limit, user ? `by ${user}` : "");
    showValues(Object.fromEntries(Object.entries(limits).map(([name, { limit }]) => [name, limit])));
  }

  function submit(event) {
    event.preventDefault();
    const value = (name) => (form.elements[name].value === "" ? null : Number(form.elements[name].value));
    const relation_limits = Object.fromEntries(Object.keys(LABELS).map((name) => [name, value(name)]));
    attempt(async () => {
      await api("PATCH", "settings", { relation_limits });
      await refresh();
    }, "Set the relation limits.");
  }

  const element = el(
    "div",
    {},
    form,
    el("h3", {}, "Highest use by one user"),
    el("div", { class: "gauges" }, ...[...gauges.values()].map((each) => each.element)),
  );
  return { element, refresh };
}
