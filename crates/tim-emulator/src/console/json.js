// JSON as text with colours.

import { button, el } from "/console/dom.js";
import { number } from "/console/format.js";

// The maximum number of characters that are shown at first, and that have colours.
const MOST = 20_000;
const MOST_COLOURED = 1_000_000;
const TOKEN = /("(?:[^"\\]|\\.)*")(\s*:)?|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/g;

// Creates an element with a value as JSON. A text that is not JSON is shown as it is.
export function json(value, label) {
  const isText = typeof value === "string";
  const all = isText ? value : JSON.stringify(value, null, 2);
  const pre = el("pre", { "aria-label": label });
  show(pre, all.slice(0, MOST), isText);
  if (all.length > MOST) {
    const more = button(`Show ${number(all.length - MOST)} more characters`, () => show(pre, all, isText));
    pre.append("\n", more);
  }
  return pre;
}

function show(pre, text, isText) {
  pre.replaceChildren();
  let end = 0;
  for (const found of isText || text.length > MOST_COLOURED ? [] : text.matchAll(TOKEN)) {
    const kind = found[2] ? "key" : found[1] ? "text" : "digits";
    pre.append(text.slice(end, found.index), el("span", { class: kind }, found[1] ?? found[0]));
    end = found.index + (found[1] ?? found[0]).length;
  }
  pre.append(text.slice(end));
}

// Returns the value of a JSON text, or the text itself.
export function parse(text) {
  if (!text) return null;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
