// The list of users: search, sort, create and delete.

import { get } from "/console/api.js";
import { empty } from "/console/copy.js";
import { addFollow, createUser, deleteAccount } from "/console/data/dialogs.js";
import { button, el, field, setText } from "/console/dom.js";
import { number, plural } from "/console/format.js";
import { attempt, notice } from "/console/messages.js";
import { debounce, every, single } from "/console/poll.js";
import { link, query as currentQuery, setQuery } from "/console/router.js";

const PAGE = 100;
// The maximum number of users in a response.
const MOST = 1000;
const PAUSE = 30;
const COUNTS = ["followers", "following", "mutual", "friends", "blocked"];
const LABELS = {
  user: "User",
  nick: "Nickname",
  followers: "Followers",
  following: "Following",
  mutual: "Mutual",
  friends: "Friends",
  blocked: "Blocked",
};

export function userList({ root, signal, about }, query) {
  const search = el("input", {
    type: "search",
    id: "users-search",
    autocomplete: "off",
    spellcheck: "false",
    placeholder: "part of an id or a nickname",
  });
  const count = el("span", { class: "muted", id: "users-count" });
  const head = el("tr", {});
  const body = el("tbody", { id: "users-list" });
  const none = el("div", { id: "users-none", hidden: true });
  const more = button("More users", () => attempt(loadMore), { id: "users-more", hidden: true });
  const rows = new Map();
  let wanted = PAGE;

  const created = (user) => refresh().then(() => user);
  root.append(
    el("h2", { class: "unseen" }, "Users"),
    el(
      "div",
      { class: "row bar" },
      field("Search", search, null, { class: "field grow" }),
      button("New user", () => createUser(created), { class: "main", id: "new-user" }),
      button("New follow", () => addFollow(refresh), { id: "new-follow" }),
      count,
    ),
    el("table", { class: "users", "aria-label": "Users" }, el("thead", {}, head), body),
    none,
    more,
  );
  search.addEventListener(
    "input",
    debounce(PAUSE, signal, () => setQuery({ search: search.value.trim() }, { replace: true })),
  );

  // Each heading is a link that sorts by its column, first with the highest counter.
  function drawHead({ sort = "user", desc }) {
    const heading = (name) => {
      const isSorted = sort === name;
      const isCount = COUNTS.includes(name);
      const turned = isSorted ? !desc : isCount;
      const order = isSorted ? (desc ? "descending" : "ascending") : null;
      const href = link("/data", { ...currentQuery(), sort: name, desc: turned && "true" });
      return el(
        "th",
        { scope: "col", "aria-sort": order, class: isCount ? "count" : null },
        el("a", { href }, LABELS[name]),
      );
    };
    head.replaceChildren(...Object.keys(LABELS).map(heading), el("td", {}));
  }

  const refresh = single(async () => {
    const { search, sort, desc } = currentQuery();
    const { users, next } = await load({ search, sort, desc }, wanted);
    if (signal.aborted) return;
    draw(users);
    none.hidden = users.length > 0;
    if (users.length === 0) none.replaceChildren(nothing(search));
    more.hidden = next === null;
    setText(
      count,
      users.length ? `${plural(users.length, "user")} shown${next === null ? "" : ", there are more"}` : "",
    );
  });

  async function loadMore() {
    wanted += PAGE;
    await refresh();
  }

  function nothing(search) {
    if (search)
      return empty(
        `No id and no nickname contains "${search}".`,
        null,
        button("Show all users", () => setQuery({ search: "" })),
      );
    const command = `printf 'alice,bob\\nbob,alice\\n' | curl --data-binary @- ${about.base_url}/_emulator/import`;
    return empty("No users yet. Create one above, or import a file:", command);
  }

  // Keeps the existing rows, so that the focus stays.
  function draw(users) {
    const names = new Set(users.map((user) => user.user));
    for (const [name, row] of rows) {
      if (names.has(name)) continue;
      row.remove();
      rows.delete(name);
    }
    users.forEach((user, at) => {
      const row = rows.get(user.user) ?? newRow(user.user);
      if (body.children[at] !== row) body.insertBefore(row, body.children[at] ?? null);
      setText(row.cells[1], user.nick ?? "");
      COUNTS.forEach((name, column) => setCount(row.cells[column + 2], user[name]));
      row.classList.toggle("online", Boolean(user.online));
    });
  }

  function newRow(name) {
    const remove = button("Delete", () => attempt(() => deleteUser(name)), {
      class: "quiet",
      "aria-label": `Delete ${name}`,
    });
    const cells = COUNTS.map((count) => el("td", { class: "count", "data-label": LABELS[count] }));
    const row = el(
      "tr",
      {},
      el("th", { scope: "row" }, el("a", { href: link("/data", { user: name }) }, name)),
      el("td", { class: "nick" }),
      ...cells,
      el("td", { class: "actions" }, remove),
    );
    rows.set(name, row);
    return row;
  }

  async function deleteUser(name) {
    if (!(await deleteAccount(name, about))) return;
    await refresh();
    notice(`Deleted ${name}.`);
  }

  function changed(query) {
    wanted = PAGE;
    if (search.value.trim() !== (query.search ?? "")) search.value = query.search ?? "";
    drawHead(query);
    attempt(refresh);
  }

  drawHead(query);
  every(3000, refresh, signal);
  return changed;
}

function setCount(cell, count) {
  setText(cell, number(count));
  cell.classList.toggle("zero", count === 0);
}

// Loads the first users, in as many requests as they need.
async function load(query, wanted) {
  const users = [];
  let next;
  do {
    const page = await get("users", { ...query, after: next, limit: Math.min(MOST, wanted - users.length) });
    users.push(...page.users);
    next = page.next;
  } while (next !== null && users.length < wanted);
  return { users, next };
}
