// The picture of a user among those that follow or are followed.

import { byId, plural, svg } from "./dom.js";

const picture = byId("graph-picture");
const box = byId("graph-box");
const RELATIONS = ["mutual", "following", "follower"];
const SPOKEN = { mutual: "mutual follow", following: "is followed", follower: "is a follower" };
const TURN = 2 * Math.PI;
// More names than this are written along the rays.
const LEVEL_NAMES = 14;

let shown = null;
let last = "";

// Nothing to draw, and why.
export function none(why) {
  shown = null;
  last = "";
  picture.replaceChildren();
  picture.setAttribute("height", 0);
  byId("graph-title").textContent = "Follow graph";
  byId("graph-counts").textContent = "";
  rest(why);
}

// Draws a user; `link` makes the address of another one.
export function show(user, link) {
  const now = JSON.stringify(user);
  if (now === last) return;
  last = now;
  shown = { user, link };
  const drawn = user.neighbours.length;
  const all = user.followers + user.following - user.mutual;
  rest(all > drawn ? `The ${drawn} newest of ${plural(all, "neighbour")}.` : all ? "" : "No follows in either direction.");
  draw();
}

function rest(text) {
  byId("graph-rest").textContent = text;
  byId("graph-rest").hidden = !text;
}

function draw() {
  if (!shown) return;
  const { user, link } = shown;
  const width = Math.max(240, Math.min(box.clientWidth, 640));
  const level = user.neighbours.length <= LEVEL_NAMES;
  const letters = width < 460 ? 9 : 16;
  const radius = Math.max(60, Math.min(width / 2 - letters * 6.4 - 14, 190));
  const height = level ? 2 * radius + 64 : Math.min(width, 2 * (radius + letters * 6.4 + 14));
  const middle = { x: width / 2, y: height / 2 };
  const places = place(user.neighbours, middle, radius);
  const focused = document.activeElement?.getAttribute?.("href");

  picture.setAttribute("viewBox", `0 0 ${width} ${height}`);
  picture.setAttribute("width", width);
  picture.setAttribute("height", height);
  picture.replaceChildren(
    svg("defs", {}, ...RELATIONS.map(arrow)),
    ...chords(user.follows, places, middle),
    ...[...places.values()].map((to) => ray(middle, to)),
    ...[...places.values()].map((to) => node(to, link, level, letters)),
    svg(
      "g",
      { class: "ego" },
      svg("circle", { cx: middle.x, cy: middle.y, r: 13 }),
      svg("text", { x: middle.x, y: middle.y + 28, "text-anchor": "middle" }, short(user.user, 18)),
    ),
  );
  if (focused) [...picture.querySelectorAll("a")].find((a) => a.getAttribute("href") === focused)?.focus();
}

// The kinds side by side on a circle, the mutual ones on top, with a gap between two kinds.
function place(neighbours, middle, radius) {
  const kinds = RELATIONS.map((kind) => neighbours.filter((each) => each.relation === kind));
  const gap = kinds.filter((kind) => kind.length).length > 1 ? 0.8 : 0;
  const slots = kinds.reduce((sum, kind) => sum + (kind.length ? kind.length + gap : 0), 0);
  const places = new Map();
  let slot = -(Math.max(kinds[0].length, 1) - 1) / 2;
  for (const kind of kinds) {
    for (const each of kind) {
      const angle = (TURN * slot) / slots - TURN / 4;
      const [x, y] = [middle.x + radius * Math.cos(angle), middle.y + radius * Math.sin(angle)];
      places.set(each.user, { ...each, angle, x, y });
      slot += 1;
    }
    if (kind.length) slot += gap;
  }
  return places;
}

function arrow(kind) {
  const shape = { id: `arrow-${kind}`, class: kind, viewBox: "0 0 8 8", refX: 7, refY: 4, markerWidth: 7 };
  const size = { markerHeight: 7, markerUnits: "userSpaceOnUse", orient: "auto-start-reverse" };
  return svg("marker", { ...shape, ...size }, svg("path", { d: "M0 0.5 8 4 0 7.5z" }));
}

// From the rim of the middle to the rim of the node.
function ray(middle, to) {
  const [x, y] = [Math.cos(to.angle), Math.sin(to.angle)];
  const head = `url(#arrow-${to.relation})`;
  return svg("line", {
    class: `ray ${to.relation}`,
    "data-ends": JSON.stringify([to.user]),
    x1: middle.x + 16 * x,
    y1: middle.y + 16 * y,
    x2: to.x - 9 * x,
    y2: to.y - 9 * y,
    "marker-start": to.relation === "following" ? null : head,
    "marker-end": to.relation === "follower" ? null : head,
  });
}

// Follows among the neighbours, bent towards the middle; two that follow each other have one.
function chords(follows, places, middle) {
  const pairs = new Map(follows.map((pair) => [JSON.stringify([...pair].sort()), pair]));
  return [...pairs].map(([ends, [from, to]]) => {
    const [a, b] = [places.get(from), places.get(to)];
    const bend = (axis) => ((a[axis] + b[axis]) / 2) * 0.55 + middle[axis] * 0.45;
    const d = `M${a.x} ${a.y}Q${bend("x")} ${bend("y")} ${b.x} ${b.y}`;
    return svg("path", { class: "chord", "data-ends": ends, d });
  });
}

function node(at, link, level, letters) {
  const right = Math.cos(at.angle) > -0.01;
  const [x, y] = [at.x + 11 * Math.cos(at.angle), at.y + 11 * Math.sin(at.angle)];
  const turn = (at.angle * 360) / TURN + (right ? 0 : 180);
  const words = { class: "name", dy: "0.35em", "text-anchor": right ? "start" : "end" };
  const steep = level && Math.abs(Math.cos(at.angle)) < 0.2;
  if (steep) Object.assign(words, { "text-anchor": "middle", x, y: y + 5 * Math.sign(Math.sin(at.angle)) });
  else if (level) Object.assign(words, { x, y });
  else words.transform = `translate(${x} ${y}) rotate(${turn})`;
  const mark = (on) => () => emphasize(at.user, on);
  return svg(
    "a",
    {
      class: `node ${at.relation}`,
      href: link(at.user),
      "aria-label": `${at.user}, ${SPOKEN[at.relation]}`,
      pointerenter: mark(true),
      pointerleave: mark(false),
      focus: mark(true),
      blur: mark(false),
    },
    svg("title", {}, `${at.user}: ${SPOKEN[at.relation]} since ${new Date(at.since * 1000).toISOString().slice(0, 10)}`),
    svg("circle", { class: "touch", cx: at.x, cy: at.y, r: 12 }),
    svg("circle", { cx: at.x, cy: at.y, r: 6 }),
    svg("text", words, short(at.user, letters)),
  );
}

// Shows the lines of one neighbour alone.
function emphasize(user, on) {
  picture.classList.toggle("picked", on);
  for (const line of picture.querySelectorAll("[data-ends]")) {
    line.classList.toggle("on", on && JSON.parse(line.dataset.ends).includes(user));
  }
}

function short(text, most) {
  const letters = [...text];
  return letters.length > most ? `${letters.slice(0, most - 1).join("")}\u2026` : text;
}

new ResizeObserver(draw).observe(box);
