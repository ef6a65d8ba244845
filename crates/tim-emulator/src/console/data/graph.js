// The picture of a user among its neighbours: the users that it follows, and its followers.

import { el, svg } from "/console/dom.js";
import { short, utc } from "/console/format.js";

const RELATIONS = ["mutual", "following", "follower"];
const SPOKEN = { mutual: "mutual follow", following: "is followed", follower: "is a follower" };
const TURN = 2 * Math.PI;
// With more neighbours, the names are written along the rays.
const LEVEL_NAMES = 14;

// Creates a graph. `link` returns the address of a user.
export function graph({ label, link, signal }) {
  const picture = svg("svg", { role: "group", "aria-label": label });
  const box = el("div", { class: "graph-box" }, picture);
  let user = null;
  let last = "";

  function draw() {
    if (user === null || box.clientWidth === 0) return;
    const count = user.neighbours.length;
    const width = Math.max(240, Math.min(box.clientWidth, 900));
    const isLevel = count <= LEVEL_NAMES;
    const letters = width < 460 ? 9 : 20;
    const margin = letters * 6.4 + 14;
    const radius = Math.max(60, Math.min(width / 2 - margin, 120 + 6 * count));
    const height = isLevel ? 2 * radius + 64 : Math.min(width, 2 * (radius + margin));
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
      ...[...places.values()].map((to) => node(to, { link, isLevel, letters, emphasize })),
      svg(
        "g",
        { class: "ego" },
        svg("circle", { cx: middle.x, cy: middle.y, r: 13 }),
        svg("text", { x: middle.x, y: middle.y + 28, "text-anchor": "middle" }, short(user.user, 18)),
      ),
    );
    if (focused) [...picture.querySelectorAll("a")].find((a) => a.getAttribute("href") === focused)?.focus();
  }

  // Highlights the lines of one neighbour.
  function emphasize(neighbour, isOn) {
    picture.classList.toggle("picked", isOn);
    for (const line of picture.querySelectorAll("[data-ends]")) {
      line.classList.toggle("on", isOn && JSON.parse(line.dataset.ends).includes(neighbour));
    }
  }

  const observer = new ResizeObserver(draw);
  observer.observe(box);
  signal.addEventListener("abort", () => observer.disconnect());
  return {
    element: box,
    show(now) {
      if (JSON.stringify(now) === last) return;
      last = JSON.stringify(now);
      user = now;
      draw();
    },
  };
}

// Places the neighbours on a circle, each kind in one arc, with a gap between two arcs. Mutual
// follows are on top.
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

// Creates the line between the user and a neighbour.
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

// Creates the lines of the follows between neighbours, bent towards the middle. A mutual follow has
// one line.
function chords(follows, places, middle) {
  const pairs = new Map(follows.map((pair) => [JSON.stringify([...pair].sort()), pair]));
  return [...pairs].map(([ends, [from, to]]) => {
    const [a, b] = [places.get(from), places.get(to)];
    const bend = (axis) => ((a[axis] + b[axis]) / 2) * 0.55 + middle[axis] * 0.45;
    const d = `M${a.x} ${a.y}Q${bend("x")} ${bend("y")} ${b.x} ${b.y}`;
    return svg("path", { class: "chord", "data-ends": ends, d });
  });
}

function node(at, { link, isLevel, letters, emphasize }) {
  const right = Math.cos(at.angle) > -0.01;
  const [x, y] = [at.x + 11 * Math.cos(at.angle), at.y + 11 * Math.sin(at.angle)];
  const turn = (at.angle * 360) / TURN + (right ? 0 : 180);
  const words = { class: "name", dy: "0.35em", "text-anchor": right ? "start" : "end" };
  const steep = isLevel && Math.abs(Math.cos(at.angle)) < 0.2;
  if (steep) Object.assign(words, { "text-anchor": "middle", x, y: y + 5 * Math.sign(Math.sin(at.angle)) });
  else if (isLevel) Object.assign(words, { x, y });
  else words.transform = `translate(${x} ${y}) rotate(${turn})`;
  const shown = short(at.user, letters);
  // The accessible name has to contain the visible text.
  const name = shown === at.user ? at.user : `${shown} ${at.user}`;
  const mark = (isOn) => () => emphasize(at.user, isOn);
  return svg(
    "a",
    {
      class: `node ${at.relation}`,
      href: link(at.user),
      "aria-label": `${name}, ${SPOKEN[at.relation]}`,
      pointerenter: mark(true),
      pointerleave: mark(false),
      focus: mark(true),
      blur: mark(false),
    },
    svg("title", {}, `${at.user}: ${SPOKEN[at.relation]} since ${utc(at.since * 1000)}`),
    svg("circle", { class: "touch", cx: at.x, cy: at.y, r: 12 }),
    svg("circle", { cx: at.x, cy: at.y, r: 6 }),
    svg("text", words, shown),
  );
}
