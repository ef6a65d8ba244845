// JSON as text with colours.

import { button, el } from "/console/dom.js";
import { number } from "/console/format.js";

// The maximum number of characters that are shown at first, and that have colours.
const MOST = 20_000;
const MOST_COLOURED = 1_000_000;

// A string with its colon if it is a key, a bracket or comma, or another value.
const TOKEN = /("[^"\\]*(?:\\.[^"\\]*)*")(\s*:)?|[{}[\],]|[^\s{}[\],:"]+/g;

// Creates an element with a JSON text in several lines. A text that is not JSON is shown as it is.
export function json(text, label) {
  const isJson = parse(text) !== undefined;
  const all = isJson ? layOut(text) : text;
  const pre = el("pre", { "aria-label": label });
  show(pre, all.slice(0, MOST), isJson);
  if (all.length > MOST) {
    const more = button(`Show ${number(all.length - MOST)} more characters`, () => show(pre, all, isJson));
    pre.append("\n", more);
  }
  return pre;
}

// Returns a JSON text in several lines. Its tokens stay as they are: numbers, escapes, repeated
// keys and their order.
function layOut(text) {
  const lines = [];
  let depth = 0;
  let line = "";
  const end = () => {
    lines.push(line);
    line = "  ".repeat(depth);
  };
  let last = "";
  for (const [token, string, colon] of text.matchAll(TOKEN)) {
    const isOpen = last === "{" || last === "[";
    if (token === "}" || token === "]") {
      depth -= 1;
      if (!isOpen) end();
    } else if (isOpen || last === ",") {
      end();
    }
    line += colon ? `${string}: ` : token;
    if (token === "{" || token === "[") depth += 1;
    last = token;
  }
  return [...lines, line].join("\n");
}

function show(pre, text, isJson) {
  pre.replaceChildren();
  let end = 0;
  for (const found of isJson && text.length <= MOST_COLOURED ? text.matchAll(TOKEN) : []) {
    const [token, string, colon] = found;
    if (/^[{}[\],]$/.test(token)) continue;
    const kind = colon ? "key" : string ? "text" : "digits";
    pre.append(text.slice(end, found.index), el("span", { class: kind }, string ?? token));
    end = found.index + (string ?? token).length;
  }
  pre.append(text.slice(end));
}

// Returns the value of a JSON text, or undefined if the text is not JSON.
export function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
