// Import and export of the current state.

import { api } from "/console/api.js";
import { el, field } from "/console/dom.js";
import { plural } from "/console/format.js";
import { attempt, notice } from "/console/messages.js";

export function transfer() {
  const lines = el("textarea", { name: "lines", rows: 4, spellcheck: "false", placeholder: "alice,bob\nbob,alice" });
  const file = el("input", { type: "file", name: "file" });
  const form = el(
    "form",
    { id: "import-form", submit },
    el(
      "div",
      { class: "fields" },
      field("Records", lines, "one from,to or one JSON record per line"),
      field("or a file", file, "NDJSON as the export writes it, or CSV, also with gzip"),
    ),
    el(
      "div",
      { class: "row" },
      el("button", { type: "submit", class: "main" }, "Add to the state"),
      el(
        "a",
        { class: "button", href: "/_emulator/export", download: "world.ndjson", id: "export" },
        "Download the state",
      ),
    ),
  );

  async function submit(event) {
    event.preventDefault();
    const added = await attempt(async () => {
      const body = file.files[0] ?? lines.value;
      if (body === "") throw new Error("Nothing to import: enter records or choose a file.");
      return (await api("POST", "import", body)).lines;
    });
    if (added === undefined) return;
    form.reset();
    notice(`Imported ${plural(added, "record")}.`);
  }

  const about =
    "An import adds to the state. To replace the state with a file, upload the file as a snapshot and restore it.";
  return el(
    "section",
    { class: "panel", "aria-label": "Import and export" },
    el("h2", {}, "Import and export"),
    el("p", { class: "muted" }, about),
    form,
  );
}
