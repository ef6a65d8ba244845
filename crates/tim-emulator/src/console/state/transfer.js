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
      field("Records", lines, "one follow (from,to) or one JSON record per line"),
      field("Or a file", file, "NDJSON as the export writes it, or CSV, also with gzip"),
    ),
    el(
      "div",
      { class: "row" },
      el("button", { type: "submit", class: "main" }, "Add to the state"),
      el(
        "a",
        { class: "button", href: "/_emulator/export", download: "state.ndjson", id: "export" },
        "Download the state",
      ),
    ),
  );

  async function submit(event) {
    event.preventDefault();
    const added = await attempt(async () => {
      const body = file.files[0] ?? lines.value;
      if (body === "") throw new Error("Nothing to import: enter records or choose a file.");
      return (await inFile(file.files[0], api("POST", "import", body))).lines;
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

// Adds the name of a file to the error of its import.
export async function inFile(file, imported) {
  try {
    return await imported;
  } catch (error) {
    throw new Error(file ? `Cannot import ${file.name}: ${error.message}` : error.message);
  }
}
