// The deliveries of webhooks, newest first.

import { api, get } from "/console/api.js";
import { empty } from "/console/copy.js";
import { confirm } from "/console/dialog.js";
import { button, el, field, select, setText } from "/console/dom.js";
import { plural } from "/console/format.js";
import { attempt, notice } from "/console/messages.js";
import { debounce, every, single } from "/console/poll.js";
import { query as currentQuery, setQuery } from "/console/router.js";
import { delivery } from "/console/webhooks/delivery.js";

const PAGE = 100;
const PAUSE = 30;
const STATES = [["", "any"], "waiting", "delivered", "failed", "lost"];

export function deliveries({ signal }) {
  const list = el("ol", { class: "deliveries", "aria-label": "Deliveries", id: "deliveries" });
  const text = el("input", {
    type: "search",
    name: "text",
    placeholder: "URL, event, body",
    autocomplete: "off",
    spellcheck: "false",
  });
  const state = select({ name: "state" }, STATES);
  const receiver = select({ name: "receiver" }, [["", "any"]]);
  const count = el("span", { class: "muted", id: "deliveries-count" });
  const none = el("div", { hidden: true });
  const older = button("Older deliveries", () => attempt(showOlder), { hidden: true });
  const clear = button("Clear", () => clearLog(), { "aria-label": "Clear the deliveries" });
  const rows = new Map();
  let limit = PAGE;

  const refresh = single(async () => {
    const { text, state, receiver } = currentQuery();
    const found = await get("webhooks/deliveries", { text, state, receiver, last: limit });
    if (signal.aborted) return;
    draw(found.reverse());
    older.hidden = found.length < limit;
    none.hidden = found.length > 0;
    setText(count, found.length ? plural(found.length, "delivery", "deliveries") : "");
    const isFiltered = text || state || receiver;
    if (found.length === 0) {
      none.replaceChildren(
        isFiltered
          ? empty(
              "No delivery matches these filters.",
              null,
              button("Remove the filters", () => setQuery({ text: "", state: "", receiver: "" })),
            )
          : empty("No webhooks yet. A receiver gets one after each change, for example after a new follow."),
      );
    }
  });

  // Keeps the existing rows, so that open rows stay open.
  function draw(found) {
    const numbers = new Set(found.map((each) => each.number));
    for (const [number, row] of rows) {
      if (numbers.has(number)) continue;
      row.element.remove();
      rows.delete(number);
    }
    found.forEach((each, at) => {
      if (!rows.has(each.number)) rows.set(each.number, delivery(each.number, resend));
      const row = rows.get(each.number);
      row.show(each);
      if (list.children[at] !== row.element) list.insertBefore(row.element, list.children[at] ?? null);
    });
  }

  const resend = (number) =>
    attempt(async () => {
      const again = await api("POST", `webhooks/deliveries/${number}/resend`);
      await refresh();
      notice(`Resent delivery ${number} as delivery ${again.number}.`);
    });

  async function showOlder() {
    limit += PAGE;
    await refresh();
  }

  async function clearLog() {
    if (
      !(await confirm(
        "Clear the deliveries?",
        "The emulator removes the deliveries from its log. Waiting webhooks are still sent.",
        "Clear",
      ))
    )
      return;
    await attempt(async () => {
      await api("DELETE", "webhooks/deliveries");
      await refresh();
    });
  }

  function changed(query) {
    if (text.value.trim() !== (query.text ?? "")) text.value = query.text ?? "";
    state.value = query.state ?? "";
    receiver.value = query.receiver ?? "";
    limit = PAGE;
    attempt(refresh);
  }

  function showReceivers(found) {
    const wanted = currentQuery().receiver ?? "";
    const options = [["", "any"], ...found.map(({ id, url }) => [String(id), `${id}: ${url}`])];
    if (options.length === receiver.options.length && options.every(([id], at) => receiver.options[at].value === id))
      return;
    receiver.replaceChildren(
      ...options.map(([id, label]) => el("option", { value: id, selected: id === wanted }, label)),
    );
  }

  const filter = () =>
    setQuery({ text: text.value.trim(), state: state.value, receiver: receiver.value }, { replace: true });
  const form = el(
    "form",
    {
      class: "filters",
      role: "search",
      "aria-label": "Filters of the deliveries",
      submit: (event) => event.preventDefault(),
    },
    field("Any text", text, null, { class: "field grow" }),
    field("State", state),
    field("Receiver", receiver),
  );
  form.addEventListener("input", debounce(PAUSE, signal, filter));
  every(1000, refresh, signal);
  const bar = el("div", { class: "row bar" }, el("h2", {}, "Deliveries"), count, el("span", { class: "space" }), clear);
  return {
    element: el("section", { class: "panel", "aria-label": "Deliveries" }, bar, form, none, list, older),
    changed,
    showReceivers,
  };
}
