// The blocklist of a user, and the users that block it.

import { run } from "/console/api.js";
import { ids } from "/console/data/dialogs.js";
import { changer, pages } from "/console/data/pages.js";
import { button, el, field } from "/console/dom.js";
import { utc } from "/console/format.js";
import { attempt } from "/console/messages.js";
import { quietly } from "/console/poll.js";
import { link } from "/console/router.js";

export function blocks({ root, name, signal, refresh }) {
  const input = el("input", {
    name: "users",
    required: true,
    autocomplete: "off",
    spellcheck: "false",
    placeholder: "ids, separated by commas",
  });
  const form = el(
    "form",
    { class: "row", autocomplete: "off", submit },
    field(`${name} blocks`, input, null, { class: "field grow" }),
    el("button", { type: "submit", class: "main" }, "Add"),
  );
  const cells = (entry) => [
    el("th", { scope: "row" }, el("a", { href: link("/data", { user: entry.user }) }, entry.user)),
    el("td", { class: "nick" }, entry.nick),
    el("td", {}, utc(entry.at * 1000)),
  ];
  const unblock = (user) => run("black_list_delete", { From_Account: name, To_Account: [user] });
  const list = pages({
    name,
    signal,
    path: "blocked",
    label: `users that ${name} blocks`,
    columns: ["User", "Nickname", "Since", ""],
    none: `${name} blocks nobody. Enter the ids of users above.`,
    row: (entry) =>
      el(
        "tr",
        {},
        ...cells(entry),
        el(
          "td",
          { class: "actions" },
          button("Remove", () => change(() => unblock(entry.user), `Unblocked ${entry.user}.`), {
            class: "quiet",
            "aria-label": `Remove ${entry.user}`,
          }),
        ),
      ),
  });
  const by = pages({
    name,
    signal,
    path: "blocked_by",
    label: `users that block ${name}`,
    columns: ["User", "Nickname", "Since"],
    none: `Nobody blocks ${name}.`,
    row: (entry) => el("tr", {}, ...cells(entry)),
  });
  root.append(form, el("h3", {}, "Blocklist"), list.element, el("h3", {}, `Users that block ${name}`), by.element);
  const reload = () => Promise.all([list.reload(), by.reload()]);
  attempt(reload);

  const change = changer(reload, refresh);

  function submit(event) {
    event.preventDefault();
    const users = ids(form.users.value);
    change(
      async () => {
        await run("black_list_add", { From_Account: name, To_Account: users });
        form.reset();
      },
      `Blocked ${users.join(", ")}.`,
    );
  }

  let last = null;
  return (user) => {
    if (last !== null && last !== user.blocked) quietly(reload);
    last = user.blocked;
  };
}
