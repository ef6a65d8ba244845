// A table whose rows change.

import { el } from "/console/dom.js";

// Creates a table without rows. Each column is a text, or [text, class]; the text of the last
// column can be empty.
export function table(label, columns, attributes = {}) {
  const parts = columns.map((column) => [column].flat());
  const head = parts.map(([text, kind]) => (text ? el("th", { scope: "col", class: kind }, text) : el("td", {})));
  const body = el("tbody", attributes);
  const element = el("table", { "aria-label": label, hidden: true }, el("thead", {}, el("tr", {}, ...head)), body);

  // Narrow screens show the name of the column in each cell.
  function add(rows) {
    for (const row of rows) {
      parts.forEach(([text], at) => {
        if (at > 0 && text) row.cells[at].dataset.label = text;
      });
    }
    body.append(...rows);
    element.hidden = body.childElementCount === 0;
  }

  // Replaces the rows. The focus stays on the control with the same label or address.
  function show(rows) {
    const focused = body.contains(document.activeElement) && nameOf(document.activeElement);
    body.replaceChildren();
    add(rows);
    if (focused) [...body.querySelectorAll("a, button")].find((each) => nameOf(each) === focused)?.focus();
    return element;
  }

  return { element, add, show };
}

// Returns what tells a control apart from the others of its table.
const nameOf = (control) => control.getAttribute("aria-label") ?? control.getAttribute("href");
