// A scripted camera for tests: a canvas whose stream the page takes for its camera's.
//
// This is the injection attack that no page can detect: whoever controls the browser can show it anything. It is
// installed by the test in its own browser; the shipped pages and the service know nothing of it.

(() => {
  const state = {
    frames: [], yaws: [], mode: "live", roll: 0, yaw: 0, target: null, since: 0, filter: "none", scale: 1,
    second: null, code: null, hand: null, denied: null, still: null, speed: 1, reach: 1, unlit: false,
  };
  window.scripted = state;
  const width = 640, height = 480, grey = "#808080";
  // As far as the most willing people of moiety.rendering.performance turn, and no faster between two drawings than
  // a head moves: a page that was stalled goes on where it was.
  const AIMS = { centre: [0, 0], left: [42, 0], right: [-42, 0], "tilt-left": [0, 21], "tilt-right": [0, -21] };
  const EVERY_MS = 70, PASSED_MOST_MS = 110, DEGREES_A_SECOND = 90;
  const SWAP = { left: "right", right: "left", "tilt-left": "tilt-right", "tilt-right": "tilt-left", centre: "centre" };
  const canvas = document.createElement("canvas");
  canvas.width = width;
  canvas.height = height;
  const context = canvas.getContext("2d", { alpha: false });
  let began = 0;

  function load(source) {
    return new Promise((done) => {
      const image = new Image();
      image.onload = () => done(createImageBitmap(image));
      image.src = source;
    });
  }

  state.install = async ({ frames, yaws, other }) => {
    state.yaws = yaws;
    state.frames = await Promise.all(frames.map(load));
    state.second = other ? await load(other) : null;
  };

  // A phone's rear camera, which sees a hand in all its pixels.
  function large() {
    const sheet = document.createElement("canvas");
    sheet.width = state.hand.width;
    sheet.height = state.hand.height;
    const paper = sheet.getContext("2d", { alpha: false });
    const repaint = () => {
      paper.drawImage(state.hand, 0, 0);
      paper.fillStyle = `rgba(0,0,0,${Math.random() * 0.02})`;
      paper.fillRect(0, 0, 8, 8);
    };
    repaint();
    setInterval(repaint, 250);
    return sheet.captureStream(4);
  }

  state.hold = async (hand) => {
    state.hand = await load(hand);
  };

  state.show = async (code) => {
    state.code = await load(code);
    state.mode = "code";
  };

  function asked() {
    const stage = document.querySelector(".stage[data-prompt]");
    if (!stage) {
      began = 0;
      return "centre";
    }
    if (!began) began = performance.now();
    const kind = stage.dataset.prompt;
    if (state.mode === "wrong") return SWAP[kind];
    if (state.mode === "replay") {
      // A recording of another challenge: it plays on, whatever is asked.
      const at = (performance.now() - began) / 1000;
      return at < 1.5 ? "centre" : at < 3.5 ? "right" : at < 5.5 ? "left" : at < 7.5 ? "tilt-right" : "centre";
    }
    return state.mode === "still" ? "centre" : kind;
  }

  function move(now, passed) {
    const kind = asked();
    if (kind !== state.target) {
      state.target = kind;
      state.since = now;
    }
    if (now - state.since < 380) return;
    const [yaw, roll] = (AIMS[kind] ?? [0, 0]).map((one) => one * state.reach);
    const step = (Math.min(passed, PASSED_MOST_MS) / 1000) * DEGREES_A_SECOND * state.speed;
    state.yaw += Math.max(-step, Math.min(step, yaw - state.yaw));
    state.roll += Math.max(-step, Math.min(step, roll - state.roll));
  }

  function nearest(yaw) {
    let best = 0;
    for (let i = 1; i < state.yaws.length; i += 1) {
      if (Math.abs(state.yaws[i] - yaw) < Math.abs(state.yaws[best] - yaw)) best = i;
    }
    return state.frames[best];
  }

  function draw(now) {
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.filter = "none";
    context.fillStyle = grey;
    context.fillRect(0, 0, width, height);
    if (state.mode.startsWith("code") && state.code) {
      const away = state.mode === "code-half" ? 250 : 0;
      context.filter = state.filter;
      context.fillStyle = "#fff";
      context.fillRect(100 + away, 20, 440, 440);
      context.drawImage(state.code, 110 + away, 30, 420, 420);
      return undefined;
    }
    if (state.mode === "nobody" || !state.frames.length) return grain();
    const flat = state.mode === "print" || state.mode === "screen";
    const image = flat ? nearest(0) : nearest(state.yaw);
    context.filter = state.filter;
    const sway = [1.2 * Math.sin(now / 700), 1.2 * Math.cos(now / 900)];
    context.translate(width / 2 + sway[0], height * 0.46 + sway[1]);
    context.rotate((state.roll * Math.PI) / 180);
    context.scale(state.scale * (flat ? Math.cos((state.yaw * Math.PI) / 180) : 1), state.scale);
    if (state.mode === "screen") {
      context.fillStyle = "#0a0a0a";
      context.fillRect(-270, -235, 540, 470);
      context.drawImage(image, 60, 0, 520, 480, -240, -205, 480, 410);
    } else {
      context.drawImage(image, -width / 2, -height * 0.46);
    }
    context.setTransform(1, 0, 0, 1, 0, 0);
    if (state.mode === "two" && state.second) {
      context.fillRect(0, 0, width, height);
      context.drawImage(image, 160, 0, 320, 480, 0, 0, 320, 480);
      context.drawImage(state.second, 160, 0, 320, 480, 320, 0, 320, 480);
    }
    if (state.mode === "covered") {
      context.fillStyle = "#3d5a80";
      context.fillRect(width * 0.36, height * 0.5, width * 0.28, height * 0.26);
    }
    context.filter = "none";
    light();
    return grain();
  }

  // What the screen's colour does to a face near it, as `moiety.rendering.attacks` renders it; a recording has none.
  function light() {
    const shown = document.documentElement.style.getPropertyValue("--colour").match(/\d+/g);
    if (!shown || state.unlit) return;
    const share = 0.14;
    const gains = shown.map((one) => 1 - share + (share * 2 * Number(one)) / 255);
    const [red, green, blue] = gains.map((one) => Math.round((255 * one) / (1 + share)));
    context.globalCompositeOperation = "multiply";
    context.fillStyle = `rgb(${red},${green},${blue})`;
    context.fillRect(0, 0, width, height);
    context.globalCompositeOperation = "source-over";
  }

  // A sensor is never quite still: without this, frames would repeat to the bit.
  function grain() {
    for (let i = 0; i < 12; i += 1) {
      context.fillStyle = i % 2 ? "rgba(255,240,200,.04)" : "rgba(0,20,60,.04)";
      context.fillRect(Math.random() * width, Math.random() * height, 20, 20);
    }
  }

  let last = performance.now();
  let sensor = null;
  setInterval(() => {
    const now = performance.now();
    move(now, now - last);
    last = now;
    if (sensor?.readyState !== "live") return; // nobody looks
    draw(now);
    sensor.requestFrame();
  }, EVERY_MS);

  const devices = navigator.mediaDevices;
  if (!devices) return;
  devices.getUserMedia = async (constraints) => {
    state.constraints = constraints;
    if (state.denied) throw new DOMException("refused by the test", state.denied);
    const near = state.hand && constraints.video.facingMode?.ideal === "environment";
    const stream = near ? large() : canvas.captureStream(0);
    state.stream = stream;
    sensor = near ? null : stream.getVideoTracks()[0];
    return stream;
  };
  devices.enumerateDevices = async () => [{ kind: "videoinput", deviceId: "canvas", label: "canvas" }];
})();
