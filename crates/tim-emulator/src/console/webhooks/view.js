// The receivers of webhooks, and the deliveries.

import { get } from "/console/api.js";
import { el } from "/console/dom.js";
import { every } from "/console/poll.js";
import { deliveries } from "/console/webhooks/deliveries.js";
import { receivers } from "/console/webhooks/receivers.js";

export const title = "Webhooks";

export function open({ root, query, signal, about }) {
  const top = receivers(about);
  const log = deliveries({ signal });
  root.append(top.element, log.element);
  every(
    1000,
    async () => {
      const list = await get("webhooks");
      top.show(list);
      log.showReceivers(list);
    },
    signal,
  );
  log.changed(query);
  return log.changed;
}
