// The follow graph of a user.

import { el, setText } from "/console/dom.js";
import { graph } from "/console/data/graph.js";
import { plural } from "/console/format.js";
import { link } from "/console/router.js";

export function graphTab({ root, name, signal }) {
  const counts = el("p", { class: "muted", id: "graph-counts" });
  const rest = el("p", { class: "muted", id: "graph-rest" });
  const picture = graph({
    label: `Follow graph of ${name}`,
    link: (user) => link("/data", { user, tab: "graph" }),
    signal,
  });
  const meanings = [
    ["mutual", "mutual"],
    ["following", "following"],
    ["follower", "follower"],
    ["chord", "follow between neighbours"],
  ];
  root.append(
    counts,
    picture.element,
    el(
      "ul",
      { class: "legend", "aria-label": "Meaning of the lines" },
      ...meanings.map(([kind, text]) => el("li", { class: kind }, text)),
    ),
    rest,
  );
  return (user) => {
    setText(counts, `${plural(user.followers, "follower")}, ${user.following} following, ${user.mutual} mutual`);
    const all = user.followers + user.following - user.mutual;
    const drawn = user.neighbours.length;
    setText(
      rest,
      all > drawn
        ? `The newest ${drawn} of ${plural(all, "neighbour")}. The tabs Following and Followers list all.`
        : all
          ? ""
          : `${name} has no follows in either direction. Add some in the tab Following.`,
    );
    picture.show(user);
  };
}
