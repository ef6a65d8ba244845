// The users with their numbers. One of them is chosen, and its name stands in the address: #user=NAME.

import { get } from "./api.js";
import { byId, el, plural, setText } from "./dom.js";
import * as graph from "./graph.js";

const PAGE = 50;
const COUNTS = ["followers", "following", "mutual", "friends"];
// Of each kind of neighbour.
const NEIGHBOURS = 16;

const rows = new Map();
const prefix = byId("users-prefix");
const more = byId("users-more");

let limit = PAGE;
let users = [];
let picked = null;
let running = null;
let again = false;

// Asks anew. While one answer is under way, the next question waits for it.
export async function refresh() {
  if (running) {
    again = true;
    return running;
  }
  running = (async () => {
    do {
      again = false;
      await load();
    } while (again);
  })().finally(() => (running = null));
  return running;
}

async function load() {
  const page = await get(`users?prefix=${encodeURIComponent(prefix.value)}&limit=${limit}`);
  users = page.users;
  more.hidden = page.next === null;
  byId("users-none").hidden = users.length > 0;
  draw();
  await drawGraph();
}

// Keeps the rows that are there, so that the focus stays.
function draw() {
  const names = new Set(users.map((user) => user.user));
  for (const [name, row] of rows) {
    if (names.has(name)) continue;
    row.remove();
    rows.delete(name);
  }
  let before = null;
  for (const user of users) {
    const row = rows.get(user.user) ?? newRow(user.user);
    const next = before ? before.nextSibling : byId("users-list").firstChild;
    if (row !== next) byId("users-list").insertBefore(row, next);
    before = row;
    COUNTS.forEach((name, at) => setCount(row.cells[at + 1], user[name]));
  }
  mark();
}

function newRow(name) {
  const link = el("a", { href: hash(name) }, name);
  const row = el("tr", {}, el("th", { scope: "row" }, link), ...COUNTS.map(() => el("td")));
  rows.set(name, row);
  return row;
}

function setCount(cell, count) {
  const text = count.toLocaleString("en");
  if (cell.textContent === text) return;
  const changed = cell.textContent !== "";
  cell.textContent = text;
  cell.classList.toggle("zero", count === 0);
  if (!changed) return;
  cell.classList.remove("changed");
  // The flash begins anew only after the page has seen the cell without it.
  requestAnimationFrame(() => cell.classList.add("changed"));
}

async function drawGraph() {
  const name = chosen();
  if (name === null) return graph.none("Nobody follows anybody yet.");
  let user;
  try {
    user = await get(`users/${encodeURIComponent(name)}?limit=${NEIGHBOURS}`);
  } catch (error) {
    return graph.none(error.message);
  }
  // Somebody else may have been chosen meanwhile.
  if (chosen() !== name) return undefined;
  setText(byId("graph-title"), `Follow graph of ${name}`);
  const nick = user.profile.Tag_Profile_IM_Nick;
  const numbers = `${plural(user.followers, "follower")}, ${user.following} following, ${user.mutual} mutual`;
  setText(byId("graph-counts"), nick ? `${nick}: ${numbers}` : numbers);
  return graph.show(user, hash);
}

// Who stood in the address last, else the one of the page with the most follows, else nobody.
function chosen() {
  const [, name] = location.hash.match(/^#user=(.+)$/) ?? [];
  if (name) picked = decode(name);
  if (picked !== null) return picked;
  const follows = (user) => user.followers + user.following;
  const best = users.reduce((best, user) => (!best || follows(user) > follows(best) ? user : best), null);
  return best && follows(best) > 0 ? best.user : null;
}

const hash = (name) => `#user=${encodeURIComponent(name)}`;

function decode(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function mark() {
  const name = chosen();
  for (const [user, row] of rows) {
    row.classList.toggle("chosen", user === name);
    const link = row.querySelector("a");
    if (user === name) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  }
}

// `quietly` is how a failed refresh is dealt with: the head of the page already says that nobody answers.
export function start(quietly) {
  prefix.addEventListener("input", () => {
    limit = PAGE;
    quietly(refresh);
  });
  more.addEventListener("click", () => {
    limit = Math.min(limit + PAGE, 1000);
    quietly(refresh);
  });
  addEventListener("hashchange", () => {
    mark();
    quietly(drawGraph);
  });
}
