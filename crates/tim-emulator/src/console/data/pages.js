// A list of users that grows page by page.

import { get, userPath } from "/console/api.js";
import { button, el, setText } from "/console/dom.js";
import { number } from "/console/format.js";
import { attempt } from "/console/messages.js";
import { debounce } from "/console/poll.js";
import { table } from "/console/table.js";

const PAGE = 100;
// The maximum number of entries in a response.
const MOST = 1000;
const PAUSE = 30;

// Creates the list at `users/USER/PATH`. `row` creates the row of an entry. `none` is the text of
// an empty list.
export function pages({ name, path, columns, row, none, label, signal }) {
  const search = el("input", {
    type: "search",
    placeholder: "part of an id or a nickname",
    "aria-label": `Search ${label}`,
    autocomplete: "off",
  });
  const count = el("span", { class: "muted" });
  const list = table(label, columns);
  const nothing = el("p", { class: "empty", hidden: true }, none);
  const more = button("More", () => attempt(() => load(next)), { hidden: true, "aria-label": `More of ${label}` });
  let next = null;
  let latest = 0;
  let shown = 0;

  async function load(after) {
    const turn = ++latest;
    const page = await get(userPath(name, `/${path}`), {
      after,
      search: search.value.trim(),
      limit: after ? PAGE : Math.max(PAGE, Math.min(MOST, shown)),
    });
    // A newer request has replaced this one.
    if (turn !== latest) return;
    const rows = page.entries.map(row);
    if (after) list.add(rows);
    else list.show(rows);
    next = page.next;
    more.hidden = next === null;
    shown = (after ? shown : 0) + rows.length;
    nothing.hidden = shown > 0;
    setText(nothing, search.value.trim() && page.total ? "No id and no nickname contains this text." : none);
    setText(count, page.total ? `${number(shown)} of ${number(page.total)} shown` : "");
  }

  const reload = () => load(null);
  search.addEventListener(
    "input",
    debounce(PAUSE, signal, () => {
      shown = 0;
      attempt(reload);
    }),
  );
  return {
    element: el(
      "section",
      { class: "list" },
      el("div", { class: "row bar" }, search, count),
      list.element,
      nothing,
      more,
    ),
    reload,
  };
}

// Returns a function that runs an action of the user, and then loads the lists and the user again.
// A command can be done for some targets and rejected for others, so this also happens after an
// error.
export function changer(reload, refresh) {
  return (action, done) => attempt(() => action().finally(() => Promise.all([reload(), refresh()])), done);
}
