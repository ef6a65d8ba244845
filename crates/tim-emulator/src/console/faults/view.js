// Faults, limits and settings.

import { el } from "/console/dom.js";
import { faultForm } from "/console/faults/form.js";
import { faultList } from "/console/faults/list.js";
import { rateLimit } from "/console/faults/rate_limit.js";
import { relationLimits } from "/console/faults/relation_limits.js";
import { quirks } from "/console/faults/quirks.js";
import { service } from "/console/faults/service.js";
import { every } from "/console/poll.js";

export const title = "Faults and limits";

export function open({ root, query, signal, about }) {
  const list = faultList();
  const form = faultForm(about, list.refresh);
  const rate = rateLimit();
  const relations = relationLimits();
  const settings = [service(about), quirks()];
  root.append(
    section("Faults", list.element, form.element),
    el("div", { class: "halves" }, section("Rate limit", rate.element), section("Relation limits", relations.element)),
    ...settings.map((each) => section(each.title, each.element)),
  );
  every(1000, list.refresh, signal);
  every(400, rate.refresh, signal);
  every(3000, relations.refresh, signal);
  for (const each of settings) every(3000, each.refresh, signal);
  const changed = ({ fault }) => list.select(fault);
  changed(query);
  return changed;
}

const section = (title, ...parts) =>
  el("section", { class: "panel", "aria-label": title }, el("h2", {}, title), ...parts);
