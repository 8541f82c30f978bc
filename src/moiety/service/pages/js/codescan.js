// Scan a code with the camera: two states that every page that takes codes has.

import { screen, trouble } from "./chrome.js";
import { t } from "./text.js";

const MINUTE = 60_000;
const leaving = (machine, label) => ({ go: () => machine.send("out"), label });

/**
 * The states `scanning` and `unread` of a page.
 *
 * @param {{ read: string, back: string, out: string, label?: string }} to the states that follow a code that was
 *   read, a step back, and the way out of a code that stays unread; with the text of that way out, if it has its own.
 */
export function codeScan({ read, back, out, label }) {
  return {
    scanning: {
      after: { ms: 1.5 * MINUTE, event: "slow" },
      out: back,
      on: { read, slow: "unread", failed: "error" },
      async enter(machine) {
        const { capture } = machine.context;
        const begun = await capture.begin({
          machine, kind: "code", facing: "environment", size: "code", path: "/v1/capture/code",
          draw: (stage) => screen({ title: t("pages.verify.scanning"), name: "scanning", wide: true, out: leaving(machine, t("pages.back")) }, stage.element),
          say(message, stage) {
            if (message.say === "hint") stage.hint(message.code);
            if (message.say === "code") machine.send("read", { text: message.text });
          },
        });
        if (begun) capture.stream.tell({ do: "code" });
      },
      leave: (machine) => machine.context.capture.close(),
    },

    unread: {
      after: { ms: 5 * MINUTE, event: "back" },
      out,
      on: { again: "scanning", back },
      enter: (machine) => trouble("code-not-found", { action: () => machine.send("again"), out: leaving(machine, label && t(label)) }),
    },
  };
}
