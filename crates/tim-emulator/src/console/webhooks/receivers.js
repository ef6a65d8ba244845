// The receivers of webhooks: add and remove.

import { api, get } from "/console/api.js";
import { empty } from "/console/copy.js";
import { confirm, openForm } from "/console/dialog.js";
import { button, check, el, field } from "/console/dom.js";
import { number } from "/console/format.js";
import { attempt } from "/console/messages.js";
import { link } from "/console/router.js";
import { table } from "/console/table.js";

export function receivers(about) {
  const counters = ["Delivered", "Failed", "Waiting", "Lost"];
  const columns = ["URL", "Events", "Signed", ...counters.map((name) => [name, "count"]), ""];
  const list = table("Receivers", columns, { id: "receivers" });
  const none = el(
    "div",
    {},
    empty(
      "No receivers yet. Add the URL of your backend with the button above, or with the admin API:",
      `curl -X POST -d '{"url":"http://127.0.0.1:8080/im"}' ${about.base_url}/_emulator/webhooks`,
    ),
  );
  let shown = "";

  function show(receivers) {
    if (JSON.stringify(receivers) === shown) return;
    shown = JSON.stringify(receivers);
    none.hidden = receivers.length > 0;
    list.show(receivers.map(row));
  }

  function row(receiver) {
    const counts = counters.map((name) => el("td", { class: "count" }, number(receiver[name.toLowerCase()])));
    const url = el(
      "th",
      { scope: "row" },
      el("a", { href: link("/webhooks", { receiver: receiver.id }) }, receiver.url),
      receiver.last_failure && el("small", { class: "failure" }, receiver.last_failure),
    );
    const remove = button("Remove", () => removeReceiver(receiver), {
      class: "quiet",
      "aria-label": `Remove receiver ${receiver.id}`,
    });
    return el(
      "tr",
      {},
      url,
      el("td", {}, receiver.events?.join(", ") ?? "all"),
      el("td", {}, receiver.signed ? "yes" : "no"),
      ...counts,
      el("td", { class: "actions" }, remove),
    );
  }

  const refresh = async () => show(await get("webhooks"));

  async function removeReceiver(receiver) {
    const text = `${receiver.url} gets no more webhooks.`;
    if (!(await confirm("Remove the receiver?", text, "Remove"))) return;
    await attempt(async () => {
      await api("DELETE", `webhooks/${receiver.id}`);
      await refresh();
    }, "Removed the receiver.");
  }

  async function addReceiver() {
    const events = about.webhook_events.map((name) => check(name, { name: "event", value: name, checked: true }));
    const body = [
      field(
        "URL",
        el("input", { name: "url", required: true, placeholder: "http://127.0.0.1:8080/im", spellcheck: "false" }),
        "http or https, a host, and optionally a port and a path",
      ),
      field(
        "Token",
        el("input", { name: "token", spellcheck: "false" }),
        "optional; signs the webhooks. It is not shown again",
      ),
      field(
        "Retries",
        el("input", { name: "retries", type: "number", min: 0, max: 100, value: 0 }),
        "how often a webhook is sent again after a timeout of 2 s",
      ),
      field(
        "Time between retries",
        el("input", { name: "retry_interval_ms", type: "number", min: 0, value: 0 }),
        "in milliseconds",
      ),
      check("Retry after broken connections too", { name: "retry_broken" }),
      check("Retry after bad responses too", { name: "retry_bad_responses" }),
      el("fieldset", { class: "events" }, el("legend", {}, "Events"), ...events),
    ];
    const save = async (form) => {
      const boxes = [...form.querySelectorAll("[name=event]")];
      const chosen = boxes.filter((box) => box.checked).map((box) => box.value);
      if (chosen.length === 0) throw new Error("Choose at least one event.");
      await api("POST", "webhooks", {
        url: form.url.value,
        ...(form.token.value && { token: form.token.value }),
        retries: Number(form.retries.value),
        retry_interval_ms: Number(form.retry_interval_ms.value),
        retry_broken: form.retry_broken.checked,
        retry_bad_responses: form.retry_bad_responses.checked,
        ...(chosen.length < boxes.length && { events: chosen }),
      });
    };
    if (await openForm("New receiver", body, { save, label: "Add" })) await attempt(refresh, "Added the receiver.");
  }

  const bar = el(
    "div",
    { class: "row bar" },
    el("h2", {}, "Receivers"),
    el("span", { class: "space" }),
    button("New receiver", addReceiver, { class: "main", id: "new-receiver" }),
  );
  return { element: el("section", { class: "panel", "aria-label": "Receivers" }, bar, none, list.element), show };
}
