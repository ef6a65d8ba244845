// The online status of a user, and its logins.

import { api, run, userPath } from "/console/api.js";
import { confirm } from "/console/dialog.js";
import { button, el, field, select } from "/console/dom.js";
import { utc } from "/console/format.js";
import { attempt, notice } from "/console/messages.js";
import { table } from "/console/table.js";

const PLATFORMS = ["iPhone", "Android", "Web", "PC", "iPad", "Mac", "Windows"];
const KICK =
  "A kick invalidates all UserSigs that were made for this user before it, and sets all platforms to Offline.";
const STATUSES = ["Online", "PushOnline", "Offline"];

export function status({ root, name, refresh }) {
  const box = el("div", {});
  const form = el(
    "form",
    { class: "row", autocomplete: "off", submit },
    field(
      "Platform",
      el("input", { name: "platform", required: true, list: "platforms", value: PLATFORMS[0], spellcheck: "false" }),
      "letters and digits",
    ),
    el("datalist", { id: "platforms" }, ...PLATFORMS.map((value) => el("option", { value }))),
    field("Status", select({ name: "status" }, STATUSES), "PushOnline becomes Offline after 7 days"),
    el("button", { type: "submit", class: "main" }, "Set"),
  );
  const kicked = el("p", { class: "muted" });
  const kick = button("Kick", () => attempt(kickUser), { class: "danger" });
  root.append(form, box, el("h3", {}, "Kick"), el("p", {}, KICK), kicked, el("div", { class: "row" }, kick));

  const change = (action, done) =>
    attempt(async () => {
      await action();
      await refresh();
    }, done);
  const set = (platform, status) => api("PUT", userPath(name, "/status"), { platform, status });

  async function kickUser() {
    if (!(await confirm(`Kick ${name}?`, KICK, "Kick"))) return;
    await run("kick", { UserID: name });
    await refresh();
    notice(`Kicked ${name}.`);
  }

  function submit(event) {
    event.preventDefault();
    const [platform, status] = [form.platform.value, form.status.value];
    change(() => set(platform, status), `${name} is ${status} on ${platform}.`);
  }

  let shown = "";
  return (user) => {
    const now = JSON.stringify([user.logins, user.kicked_at]);
    if (now === shown) return;
    shown = now;
    const row = ([platform, status]) =>
      el(
        "tr",
        {},
        el("th", { scope: "row" }, platform),
        el("td", {}, status),
        el(
          "td",
          { class: "actions" },
          button("Set offline", () => change(() => set(platform, "Offline")), {
            class: "quiet",
            "aria-label": `Set offline on ${platform}`,
          }),
        ),
      );
    const rows = Object.entries(user.logins).map(row);
    box.replaceChildren(
      rows.length
        ? table("Platforms", ["Platform", "Status", ""]).show(rows)
        : el(
            "p",
            { class: "empty" },
            `${name} is offline on all platforms. Set a status above. The webhook State.StateChange reports it.`,
          ),
    );
    kicked.textContent = user.kicked_at ? `Last kicked: ${utc(user.kicked_at * 1000)} UTC.` : "";
  };
}
