// The active faults, and the faults that ended.

import { api, get, segment } from "/console/api.js";
import { empty } from "/console/copy.js";
import { button, el, setText } from "/console/dom.js";
import { describe } from "/console/faults/describe.js";
import { plural } from "/console/format.js";
import { attempt } from "/console/messages.js";
import { link } from "/console/router.js";

const ENDS = { removed: "removed", expired: "expired", used_up: "used up" };

export function faultList() {
  const active = el("ul", { class: "faults", "aria-label": "Active faults", id: "faults-list" });
  const ended = el("ul", { class: "faults", "aria-label": "Ended faults" });
  const old = el("details", { hidden: true }, el("summary", {}, "Ended faults"), ended);
  const count = el("span", { class: "muted", id: "faults-count" });
  const removeAll = button("Remove all", () => act(() => api("DELETE", "faults"), "Removed all faults."), {
    id: "faults-off",
  });
  const none = el(
    "div",
    {},
    empty(
      "No fault is active. A test can also add one with the admin API:",
      `curl -d '{"code":30006,"command":"follow_add","every":2}' ${location.origin}/_emulator/faults`,
    ),
  );
  const rows = new Map();
  let selected = null;

  const act = (action, done) =>
    attempt(async () => {
      await action();
      await refresh();
    }, done);

  async function refresh() {
    const all = await get("faults", { ended: true });
    const known = new Set(all.map((fault) => fault.id));
    for (const [id, row] of rows) {
      if (known.has(id)) continue;
      row.element.remove();
      rows.delete(id);
    }
    for (const fault of all) {
      if (!rows.has(fault.id)) rows.set(fault.id, newRow(fault));
      rows.get(fault.id).show(fault);
    }
    const on = all.filter((fault) => fault.active).length;
    setText(count, on ? `${on} active` : "");
    removeAll.hidden = on === 0;
    none.hidden = on > 0;
    old.hidden = on === all.length;
    mark();
  }

  function newRow({ id, hits: _hits, active: _active, ended: _ended, ...fault }) {
    const { what, details } = describe(fault);
    const hits = el("a", { href: link("/calls", { fault: id }) });
    const state = el("span", { class: "muted" });
    const remove = button("Remove", () => act(() => api("DELETE", `faults/${id}`), `Removed fault ${id}.`), {
      "aria-label": `Remove fault ${id}`,
    });
    const again = button("Add again", () => act(() => api("POST", "faults", fault), "Added the fault again."), {
      "aria-label": `Add again fault ${id}`,
    });
    const element = el(
      "li",
      { tabindex: "-1" },
      el("span", { class: "number" }, String(id)),
      el("span", { class: "what" }, el("strong", {}, what), el("small", {}, details)),
      state,
      hits,
      remove,
      again,
    );
    const show = (now) => {
      const list = now.active ? active : ended;
      if (element.parentElement !== list) list.prepend(element);
      element.classList.toggle("on", now.active);
      setText(hits, plural(now.hits, "hit"));
      setText(state, now.active ? "" : ENDS[now.ended]);
      remove.hidden = !now.active;
      again.hidden = now.active;
    };
    return { element, show };
  }

  function mark() {
    for (const [id, row] of rows) row.element.classList.toggle("selected", String(id) === selected);
  }

  // Shows the fault with this number, to which a call links.
  async function select(id) {
    if (!id || id === selected) return;
    selected = id;
    await attempt(refresh);
    const row = rows.get(Number(id));
    if (!row) {
      attempt(() => get(`faults/${segment(id)}`));
      return;
    }
    old.open = old.open || ended.contains(row.element);
    row.element.scrollIntoView({ block: "center" });
    row.element.focus({ preventScroll: true });
  }

  const element = el(
    "div",
    {},
    el("div", { class: "row bar" }, el("h3", {}, "Active faults"), count, el("span", { class: "space" }), removeAll),
    none,
    active,
    old,
  );
  return { element, refresh, select };
}
