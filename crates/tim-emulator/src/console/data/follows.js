// The users that a user follows, or its followers.

import { run } from "/console/api.js";
import { follow, ids } from "/console/data/dialogs.js";
import { changer, pages } from "/console/data/pages.js";
import { button, check, el, field } from "/console/dom.js";
import { utc } from "/console/format.js";
import { attempt } from "/console/messages.js";
import { quietly } from "/console/poll.js";
import { link } from "/console/router.js";

export function follows({ root, name, signal, refresh }, kind) {
  const isFollowing = kind === "following";
  const input = el("input", {
    name: "users",
    required: true,
    autocomplete: "off",
    spellcheck: "false",
    placeholder: "ids, separated by commas",
  });
  const mutual = check("Follow each other", { name: "mutual" });
  const form = el(
    "form",
    { class: "row", autocomplete: "off", submit },
    field(isFollowing ? `${name} follows` : `New followers of ${name}`, input, null, { class: "field grow" }),
    mutual,
    el("button", { type: "submit", class: "main" }, "Add"),
  );
  const list = pages({
    name,
    signal,
    path: kind,
    label: isFollowing ? `users that ${name} follows` : `followers of ${name}`,
    columns: ["User", "Nickname", "Since", "Mutual", ""],
    none: isFollowing
      ? `${name} follows nobody. Enter the ids of users above.`
      : `Nobody follows ${name}. Enter the ids of users above.`,
    row: (entry) => {
      const unfollow = button("Remove", () => change(() => remove(entry.user), `Removed ${entry.user}.`), {
        class: "quiet",
        "aria-label": `Remove ${entry.user}`,
      });
      return el(
        "tr",
        {},
        el("th", { scope: "row" }, el("a", { href: link("/data", { user: entry.user }) }, entry.user)),
        el("td", { class: "nick" }, entry.nick),
        el("td", {}, utc(entry.at * 1000)),
        el("td", {}, entry.mutual ? "mutual" : ""),
        el("td", { class: "actions" }, unfollow),
      );
    },
  });
  root.append(form, list.element);
  attempt(list.reload);

  const change = changer(list.reload, refresh);

  function submit(event) {
    event.preventDefault();
    const users = ids(form.users.value);
    change(
      async () => {
        if (isFollowing || form.mutual.checked) await follow(name, users, form.mutual.checked);
        else for (const user of users) await follow(user, [name], false);
        form.reset();
      },
      `Added ${users.join(", ")}.`,
    );
  }

  const remove = (user) => {
    const [from, to] = isFollowing ? [name, user] : [user, name];
    return run("follow_delete", { From_Account: from, To_Account: [to] });
  };

  let last = null;
  return (user) => {
    const now = JSON.stringify([user[kind], user.mutual]);
    if (last !== null && last !== now) quietly(list.reload);
    last = now;
  };
}
