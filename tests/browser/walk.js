// Walks one screen of a page in the page itself: draws it, presses each of its controls once, and says what is wrong.
//
// A control is pressed where a person would press it: it must be visible, within the width, and not covered. Where a
// press would leave the page, its destination is written down and visited by the test afterwards.

(() => {
  const walked = { pending: 0, hold: false, keep: false, waits: "", went: [], stubs: {}, machine: null };
  window.walked = walked;
  window.confirm = () => true;
  window.prompt = () => "Station 4";
  window.print = () => {};
  for (const name of ["get", "create"]) { // nobody confirms with a finger here; `test_sign_in` does
    if (navigator.credentials) navigator.credentials[name] = async () => { throw new DOMException("refused", "NotAllowedError"); };
  }

  const ask = window.fetch;
  window.fetch = async (...given) => {
    if (walked.hold) return new Promise(() => {}); // a service that takes its time
    if (given[1]?.method === "DELETE" && given[0] === "/v1/session") return new Response(null, { status: 204 }); // the walker stays
    if (given[0] in walked.stubs) return Response.json(walked.stubs[given[0]]);
    walked.pending += 1;
    try {
      const answer = await ask(...given);
      const { json } = answer;
      answer.json = async () => {
        walked.pending += 1;
        try {
          return await json.call(answer);
        } finally {
          walked.pending -= 1;
        }
      };
      return answer;
    } finally {
      walked.pending -= 1;
    }
  };

  window.navigation.addEventListener("navigate", (event) => {
    if (!walked.keep || !event.cancelable || event.hashChange || event.downloadRequest !== null) return;
    event.preventDefault();
    walked.went.push(event.destination.url);
  });

  // A device with two cameras, a light and a zoom, so that every control of the stage is there.
  const devices = navigator.mediaDevices;
  if (devices) {
    const open = devices.getUserMedia.bind(devices);
    devices.enumerateDevices = async () => ["one", "two"].map((id) => ({ kind: "videoinput", deviceId: id, label: "" }));
    devices.getUserMedia = async (constraints) => {
      const stream = await open(constraints);
      const [track] = stream.getVideoTracks();
      track.getCapabilities = () => ({ torch: true, zoom: { min: 1, max: 4, step: 0.5 } });
      track.applyConstraints = async () => {};
      return stream;
    };
  }

  // What the service says of a capture, as soon as it is asked: no frame is looked at.
  const service = (answers) => {
    const stream = {
      say() {}, use() {}, run() {}, pause() {}, close() {}, zero() {}, picture: () => null,
      tell(order) {
        const told = {
          guide: { say: "hint", code: "no-face" }, code: { say: "hint", code: "code-none" },
          challenge: { say: "prompt", kind: "left", index: 0, of: 3 }, shutter: { say: "taken", picture: 1 },
          finish: answers && { say: "done", answer: answers },
        }[order.do];
        if (told) setTimeout(() => stream.say(told));
      },
    };
    return stream;
  };

  const turn = () => new Promise((done) => { const { port1, port2 } = new MessageChannel(); port1.onmessage = done; port2.postMessage(0); });
  const pause = (ms) => new Promise((done) => setTimeout(done, ms));

  /** Wait until nothing is asked of the service and the screen stands still. */
  async function settle() {
    const end = performance.now() + 40_000;
    for (let still = 0; still < 3;) {
      const waits = walked.hold || (walked.waits && walked.machine?.state === walked.waits); // it says that it works
      const busy = walked.pending > 0 || (!waits && document.querySelector("main .working"))
        || document.querySelector("main #turn-camera[hidden]") // the camera opens
        || [...document.images].some((one) => !one.complete);
      still = busy ? 0 : still + 1;
      await (busy ? pause(5) : turn());
      if (performance.now() > end) return ["does not come to rest"];
    }
    return [];
  }

  const CONTROLS = "a[href], button, summary, select, input[type=checkbox], input[type=radio], input[type=range]";
  const shown = (one) => one.checkVisibility({ visibilityProperty: true }) && one.getClientRects().length > 0 && !one.disabled;
  const controls = () => [...document.querySelectorAll(CONTROLS)].filter(shown);

  function nameOf(one) {
    const own = one.id || one.getAttribute("href") || (one.name && `${one.name}=${one.value}`) || one.getAttribute("aria-label");
    return own || one.textContent.trim();
  }

  const foreign = { ar: /^[^\u0600-\u06ff]*[A-Za-z]{3,} [A-Za-z]{2,}[^\u0600-\u06ff]*$/, en: /[\u0600-\u06ff]{3,}/, es: /[\u0600-\u06ff]{3,}/ };
  const free = "[lang]:not(html), [dir=ltr], [dir=auto], code, output, pre, option, .brand, script, style";
  const WORDS = "h1, h2, h3, p, button, a, label, legend, td, th, dt, dd, li, summary, .hint";

  /** What nobody should see on any screen. */
  function faults() {
    const found = [];
    const said = document.body.innerText;
    const { lang, dataset } = document.documentElement;
    if (/\{\s*"\w/.test(said)) found.push("raw JSON");
    if (/\bundefined\b|\bNaN\b|\[object |Invalid Date/.test(said)) found.push(`a word of the machine: ${said}`);
    if (dataset.untold) found.push(`no text for ${dataset.untold}`);
    const headings = [...document.querySelectorAll("h1")].filter(shown);
    if (headings.length !== 1 || !headings[0].textContent.trim()) found.push(`${headings.length} headings`);
    const ways = controls().filter((one) => !one.closest(".head") && !one.matches(".skip"));
    if (!ways.length) found.push("a dead end");
    if (document.documentElement.scrollWidth > innerWidth) found.push("wider than the screen");
    for (const one of document.querySelectorAll(WORDS)) {
      if (!shown(one) || one.matches(".visually-hidden, .skip") || one.closest(".visually-hidden")) continue;
      const box = one.getBoundingClientRect();
      const scrolls = one.closest(".scroll");
      if (!scrolls && (box.left < -1 || box.right > innerWidth + 1)) found.push(`beyond the edge: ${one.textContent}`);
      if (one.clientWidth && one.scrollWidth > one.clientWidth + 1) found.push(`cut off: ${one.textContent}`);
    }
    for (const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT); walker.nextNode();) {
      const { data, parentElement: within } = walker.currentNode;
      if (foreign[lang]?.test(data) && !within.closest(free) && shown(within)) found.push(`another language: ${data}`);
    }
    return found;
  }
  walked.faults = async () => [...await settle(), ...faults()];

  /** Of a page without a script: where its links lead, and what is wrong while all its details are opened. */
  walked.written = () => {
    const wrong = faults();
    for (const one of document.querySelectorAll("summary")) one.click();
    for (const one of controls()) if (!reachable(one)) wrong.push(`covered: ${nameOf(one)}`);
    return { wrong: [...wrong, ...faults()], went: controls().filter((one) => one.href).map((one) => one.href) };
  };

  async function draw({ module, state, context = {}, data = null, clicks = [], hold = false, answers = null, stubs = {} }) {
    walked.keep = true;
    walked.hold = false;
    await settle();
    walked.stubs = stubs;
    const page = await import(`/js/${module}.js`);
    const { Machine } = await import("/js/machine.js");
    const { Capture } = await import("/js/capturing.js");
    const old = walked.machine;
    if (old) {
      old.send = () => false;
      if (old.context.run) { // the service keeps few of them
        const { remove } = await import("/js/api.js");
        await remove(`/v1/practice/${old.context.run}`).catch(() => {});
      }
      old.context.capture?.close();
      old.context.camera?.close();
    }
    const given = await ask("/v1/session").then((answer) => answer.json());
    const made = page.machine(given);
    const held = { ...made.context, ...structuredClone(context) };
    if (held.given) held.given = new Set();
    if (held.capture) Object.assign((held.capture = new Capture()), { stream: service(answers) });
    walked.machine = new Machine(page.states, { initial: state, context: held });
    walked.hold = hold;
    walked.machine.start(data ?? undefined);
    const found = await settle();
    walked.waits = hold && walked.machine.state;
    for (const one of clicks) {
      document.querySelector(one).click();
      found.push(...await settle());
    }
    return found;
  }

  /** Whether a person's finger meets a control where it is. */
  function reachable(one) {
    one.focus();
    one.scrollIntoView({ block: "center", inline: "nearest", behavior: "instant" });
    const [box] = (one.closest("label") ?? one).getClientRects();
    const top = document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2);
    return Boolean(top && (one.contains(top) || one.closest("label")?.contains(top)));
  }

  /** Press a control as far as a person can reach it; what keeps them from it. */
  async function press(one) {
    const free = reachable(one);
    walked.hold = false;
    if (one.id === "language") {
      const own = one.value;
      const other = own === "ar" ? "en" : "ar";
      const found = [];
      for (const to of [other, own]) {
        one.value = to;
        one.dispatchEvent(new Event("change", { bubbles: true }));
        for (let i = 0; i < 400 && document.documentElement.lang !== to; i += 1) await pause(5);
        found.push(...await settle(), ...faults().map((fault) => `in ${to}: ${fault}`));
      }
      return found;
    }
    if (one.matches("select, [type=range]")) {
      if (one.matches("select")) one.selectedIndex = one.options.length - 1;
      else one.value = one.max;
      for (const name of ["input", "change"]) one.dispatchEvent(new Event(name, { bubbles: true }));
    } else one.click();
    return [...(free ? [] : ["covered"]), ...await settle(), ...faults()];
  }

  /** Walk one screen; `done` holds what was pressed on its page before. Of many alike, `share` says which. */
  walked.screen = async (screen, done, [part, of]) => {
    const pressed = new Set(done);
    const wrong = [];
    const say = (name, found) => wrong.push(...found.map((one) => `${name}: ${one}`));
    for (;;) {
      say("as drawn", await draw(screen));
      say("as drawn", faults());
      const all = controls();
      const alike = all.filter((one) => /^(play|act)-/.test(one.id));
      const next = all.find((one) => !pressed.has(nameOf(one)) && !(alike.includes(one) && alike.indexOf(one) % of !== part));
      if (screen.look || !next || wrong.length > 8) return { pressed: [...pressed], wrong, went: walked.went.splice(0) };
      const name = nameOf(next);
      pressed.add(name);
      try {
        say(name, await press(next));
      } catch (error) {
        say(name, [String(error)]);
      }
    }
  };
})();
