// A code in a file: what the service reads as it stands, or a picture that this browser alone can decode.

import { ApiError, post } from "./api.js";
import { HEADER, socketTo } from "./stream.js";

const SIDE_MOST = 3000;
const SLOWEST_MS = 15_000;
const unread = (code) => Object.assign(new Error(code), { code });

export async function textIn(file) {
  try {
    return await sent(file);
  } catch (error) {
    // A HEIC picture, or a film's first frame, may be one that this browser decodes and the service does not.
    if (error.code === "code-unreadable" && !error.thing) throw unread("code-not-found");
    if (!(error instanceof ApiError) || !["image-unreadable", "image-too-large"].includes(error.code)) throw error;
    return read(await jpegOf(file).catch(() => { throw error; }));
  }
}

/** The file as it is: a card as PDF, a drawing, a text in any encoding, a picture with what is transparent. */
async function sent(file) {
  const form = new FormData();
  form.append("picture", file);
  return (await post("/v1/codes/read", form)).code;
}

async function jpegOf(file) {
  const picture = await createImageBitmap(file).catch(() => null);
  if (!picture) throw unread("image-unreadable");
  const scale = Math.min(1, SIDE_MOST / Math.max(picture.width, picture.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(picture.width * scale);
  canvas.height = Math.round(picture.height * scale);
  const context = canvas.getContext("2d", { alpha: false });
  context.fillStyle = "#fff"; // what is transparent is paper
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.drawImage(picture, 0, 0, canvas.width, canvas.height);
  picture.close();
  return new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.95));
}

async function read(jpeg) {
  const bytes = new Uint8Array(await jpeg.arrayBuffer());
  const message = new Uint8Array(HEADER + bytes.length);
  const view = new DataView(message.buffer);
  view.setUint8(0, 1);
  view.setUint32(4, 1);
  message.set(bytes, HEADER);
  const socket = socketTo("/v1/capture/code");
  try {
    return await new Promise((done, fail) => {
      setTimeout(() => fail(unread("service-away")), SLOWEST_MS);
      socket.addEventListener("close", () => fail(unread("service-away")));
      socket.addEventListener("open", () => {
        socket.send(JSON.stringify({ do: "code" }));
        socket.send(message);
      });
      socket.addEventListener("message", (event) => {
        const told = JSON.parse(event.data);
        if (told.say === "code") done(told.text);
        else if (told.say === "failed") fail(unread(told.error.code));
        else if (told.say === "passed" || (told.say === "hint" && told.code !== "good")) fail(unread("code-not-found"));
      });
    });
  } finally {
    socket.close(1000);
  }
}
