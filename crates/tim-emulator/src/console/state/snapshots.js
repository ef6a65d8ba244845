// Named copies of the state: save, restore, compare, download, upload.

import { api, get, snapshotPath } from "/console/api.js";
import { empty } from "/console/copy.js";
import { confirm } from "/console/dialog.js";
import { button, el, field } from "/console/dom.js";
import { bytes, utc } from "/console/format.js";
import { attempt, notice } from "/console/messages.js";
import { single } from "/console/poll.js";
import { table } from "/console/table.js";
import { inFile } from "/console/state/transfer.js";
import { comparison } from "/console/state/compare.js";

export function snapshots(about) {
  const name = el("input", { name: "name", required: true, maxlength: 64, autocomplete: "off" });
  const form = el(
    "form",
    { class: "row", id: "snapshot-form", submit: (event) => submit(event, save) },
    field("Snapshot name", name),
    el("button", { type: "submit", class: "main" }, "Save the state"),
  );
  const file = el("input", { type: "file", name: "file", required: true });
  const fileName = el("input", { name: "name", required: true, maxlength: 64, autocomplete: "off" });
  const upload = el(
    "form",
    { class: "row", id: "upload-form", submit: (event) => submit(event, uploadFile) },
    field("File", file, "NDJSON or CSV, also with gzip"),
    field("Snapshot name", fileName),
    el("button", { type: "submit" }, "Upload as a snapshot"),
  );
  const shownList = table("Snapshots", ["Name", "Saved at", ["Size", "count"], ""], { id: "snapshots" });
  const none = el(
    "div",
    {},
    empty(
      "No snapshots yet. Save the state under a name, and restore it before each test. A test can do the same:",
      `curl -X PUT ${about.base_url}/_emulator/snapshots/start`,
    ),
  );
  const compared = comparison();
  let list = [];
  let shown = "";

  const refresh = single(async () => {
    list = await get("snapshots");
    if (JSON.stringify(list) === shown) return;
    shown = JSON.stringify(list);
    none.hidden = list.length > 0;
    shownList.show(list.map(row));
    compared.showSnapshots(list.map((snapshot) => snapshot.name));
  });

  const act = (action, done) =>
    attempt(async () => {
      if ((await action()) === false) return;
      await refresh();
    }, done);

  function submit(event, action) {
    event.preventDefault();
    attempt(async () => {
      await action();
      await refresh();
    });
  }

  function row({ name, at_ms: at, bytes: size }) {
    const buttons = [
      button("Restore", () => restore(name), { "aria-label": `Restore ${name}` }),
      button("Compare", () => compared.show(name), { "aria-label": `Compare ${name} with the state` }),
      el(
        "a",
        {
          class: "button",
          href: `/_emulator/${snapshotPath(name, "/export")}`,
          download: `${name}.ndjson`,
          "aria-label": `Download ${name}`,
        },
        "Download",
      ),
      button("Delete", () => remove(name), { class: "quiet", "aria-label": `Delete ${name}` }),
    ];
    return el(
      "tr",
      {},
      el("th", { scope: "row" }, name),
      el("td", {}, `${utc(at)} UTC`),
      el("td", { class: "count" }, bytes(size)),
      el("td", { class: "actions" }, ...buttons),
    );
  }

  const mayReplace = async (name) =>
    !list.some((snapshot) => snapshot.name === name) ||
    Boolean(await confirm(`Replace ${name}?`, "A snapshot has this name. It is replaced.", "Replace"));

  async function save() {
    if (!(await mayReplace(name.value))) return;
    await api("PUT", snapshotPath(name.value));
    notice(`Saved ${name.value}.`);
    form.reset();
  }

  async function uploadFile() {
    if (!(await mayReplace(fileName.value))) return;
    await inFile(file.files[0], api("POST", snapshotPath(fileName.value, "/import"), file.files[0]));
    notice(`Uploaded ${fileName.value}.`);
    upload.reset();
  }

  async function restore(name) {
    const text = "This replaces all users, profiles, relations and online statuses. The snapshot stays.";
    if (!(await confirm(`Restore snapshot ${name}?`, text, "Restore"))) return;
    await act(() => api("POST", snapshotPath(name, "/restore")), `Restored ${name}.`);
  }

  async function remove(name) {
    if (!(await confirm(`Delete ${name}?`, "The snapshot is deleted. The state does not change.", "Delete"))) return;
    await act(() => api("DELETE", snapshotPath(name)), `Deleted ${name}.`);
  }

  file.addEventListener("change", () => {
    fileName.value ||= file.files[0]?.name.replace(/\.(ndjson|csv|gz|jsonl)/g, "").slice(0, 64) ?? "";
  });
  const element = el(
    "section",
    { class: "panel", "aria-label": "Snapshots" },
    el("h2", {}, "Snapshots"),
    form,
    none,
    shownList.element,
    upload,
    compared.element,
  );
  return { element, refresh };
}
