// The visit on the screen: its lines, its corrections, and the visit that waits behind it.
import { light, places, readNote, show } from "/static/lights.js";
import { postForHtml, postForJson } from "/static/talk.js";

const stage = document.getElementById("stage");
const told = document.getElementById("told");
const saved = document.getElementById("saved");
const noticeBox = document.getElementById("notice");

export const visit = { key: "", version: 0, blind: false, state: "", ops: [], line: null, since: 0 };
let ahead = null; // { key, fragment } of the visit that was fetched ahead, or a promise of it
const saving = new Set(); // the visits whose answers are on their way
let turn = 0; // counts the recounts, so that a late answer never replaces a newer one

export const say = (words) => { told.textContent = words; };
export function notice(words, seconds = 8) {
  noticeBox.textContent = words;
  noticeBox.hidden = false;
  window.clearTimeout(noticeBox.timer);
  noticeBox.timer = window.setTimeout(() => { noticeBox.hidden = true; }, seconds * 1000);
}

// From the key to the picture: the time that the person waits. What can wait until the picture stands is done then.
export function paint(name, start, then) {
  requestAnimationFrame(() => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      performance.measure(name, { start, end: performance.now() });
      then?.();
    };
    port2.postMessage(0);
  });
}

export function wish() {
  return { order: document.getElementById("order")?.value || "hardest", filters: JSON.parse(sessionStorage.getItem("filters") || "{}") };
}

function parsed(html) {
  const holder = document.createElement("template");
  holder.innerHTML = html;
  return { key: holder.content.querySelector("#visit")?.dataset.key || "", content: holder.content };
}

export const lines = () => [...stage.querySelectorAll(".line")].filter((each) => each.offsetParent !== null || each.closest("details"));
export const lineAt = (number) => document.getElementById(`line-${number}`);
export const focused = () => (visit.line === null ? null : lineAt(visit.line));

function read(given) {
  const root = document.getElementById("visit");
  const ops = given || JSON.parse(root.dataset.ops || "[]");
  Object.assign(visit, { key: root.dataset.key, version: Number(root.dataset.version), blind: root.dataset.blind === "yes", state: root.dataset.state, ops });
  visit.undecided = (root.dataset.undecided || "").split(",").filter(Boolean).map(Number);
  readNote(stage);
  light("conflict", places((stage.querySelector("[data-conflict]")?.dataset.conflict || "").trim()));
}

// Put a visit on the stage that was not there: its first doubtful line takes the focus.
function begin(content, ops) {
  stage.replaceChildren(content);
  read(ops);
  visit.since = performance.now();
  visit.line = null;
  const first = visit.blind ? lineAt(visit.undecided[0]) : stage.querySelector(".line.doubtful:not(.aside .line)") || stage.querySelector(".line");
  focusLine(first ? Number(first.dataset.line) : null, { scroll: Boolean(first?.classList.contains("doubtful")), open: false });
  if (visit.key) say(`Visit ${document.querySelector(".note-head h2")?.textContent}. ${visit.blind ? "Blind visit. " : ""}${lines().length} lines.`);
}

export function focusLine(number, { scroll = true, open = true } = {}) {
  stage.querySelectorAll(".current").forEach((each) => each.classList.remove("current"));
  visit.line = number;
  const line = focused();
  stage.querySelectorAll(".line").forEach((each) => { each.tabIndex = each === line ? 0 : -1; each.removeAttribute("aria-current"); });
  light("lit", []);
  if (!line) {
    light("for", []);
    light("against", []);
    stage.querySelector(".decision")?.focus({ preventScroll: true });
    return;
  }
  const fold = line.closest("details.aside");
  if (fold) fold.open = true;
  line.classList.add("current");
  line.setAttribute("aria-current", "true");
  stage.querySelectorAll(`mark[data-line="${number}"]`).forEach((each) => each.classList.add("current"));
  line.focus({ preventScroll: true });
  light("for", places(line.dataset.for));
  light("against", places(line.dataset.against));
  if (scroll) line.scrollIntoView({ block: "nearest" });
  show(Number(line.dataset.start), Number(line.dataset.end), open);
}

export function step(by) {
  const all = lines().filter((each) => !each.closest("details:not([open])"));
  const now = all.findIndex((each) => Number(each.dataset.line) === visit.line);
  const next = all[Math.max(0, Math.min(all.length - 1, now + by))];
  if (next) focusLine(Number(next.dataset.line));
}

// Send the corrections and put the recounted visit in the place of the old, where the person looks at it.
export async function recount(ops = visit.ops, start = performance.now()) {
  const mine = ++turn;
  const key = visit.key;
  const html = await postForHtml(`/visits/${key}/sheet`, { ops });
  if (mine !== turn || key !== visit.key) return false;
  const [note, decision] = [".note", ".decision"].map((each) => stage.querySelector(each).scrollTop);
  const typed = stage.querySelector(".minutes input");
  const held = typed && { code: typed.dataset.code, value: typed.value, at: typed.selectionStart };
  const open = [...stage.querySelectorAll(".why:not([hidden])")].map((each) => each.id);
  const unfolded = [...stage.querySelectorAll("details.carried")].map((each) => each.open);
  stage.replaceChildren(parsed(html).content);
  read(visit.ops);
  open.forEach((id) => openWhy(document.getElementById(id)));
  stage.querySelectorAll("details.carried").forEach((each, number) => { each.open = Boolean(unfolded[number]); });
  focusLine(lineAt(visit.line) ? visit.line : (lines().length ? Number(lines()[0].dataset.line) : null), { scroll: false, open: false });
  stage.querySelector(".note").scrollTop = note;
  stage.querySelector(".decision").scrollTop = decision;
  paint("recount", start);
  return held || true;
}

export function openWhy(box, open = true) {
  if (!box) return;
  box.hidden = !open;
  document.querySelector(`[aria-controls="${box.id}"]`)?.setAttribute("aria-expanded", String(open));
}

// The next visit is fetched while this one is read.
export function fetchAhead() {
  const mine = (ahead = postForHtml("/work/next", { ...wish(), beyond: beyond(), ahead: true }).then(parsed).catch(() => null));
  mine.then(() => { if (mine === ahead) stage.dataset.ahead = "ready"; });
}

const beyond = () => [...saving, visit.key].filter(Boolean);

export function forgetAhead() {
  ahead = null;
  stage.dataset.ahead = "";
}

async function seen() {
  if (visit.key) await postForJson(`/visits/${visit.key}/seen`, {}).catch(() => {});
}

export async function advance(start) {
  const before = visit.key;
  let next = ahead && (await ahead);
  if (!next || beyond().includes(next.key)) next = parsed(await postForHtml("/work/next", { ...wish(), beyond: beyond(), ahead: true }));
  forgetAhead();
  turn += 1;
  begin(next.content);
  paint(before ? "answer" : "opening", start, () => {
    fetchAhead();
    seen();
  });
}

export async function load(key, ops) {
  turn += 1;
  const next = parsed(await postForHtml(`/visits/${key}/sheet`, { ops }));
  begin(next.content, ops);
  forgetAhead();
  fetchAhead();
  seen();
}

// Send an answer and go on at once; only if it is not taken does the visit come back, with her corrections.
export async function decide(order, start) {
  if (!visit.key || saving.has(visit.key)) return;
  const answered = { key: visit.key, ops: [...visit.ops] };
  const sent = postForJson(`/visits/${visit.key}/decide`, { version: visit.version, ops: visit.ops, milliseconds: Math.round(performance.now() - visit.since), ...order });
  saving.add(visit.key);
  mark();
  const moved = advance(start);
  try {
    await sent;
  } catch (refused) {
    await moved.catch(() => {});
    await restored(refused, answered);
  } finally {
    saving.delete(answered.key);
    mark();
  }
  await moved;
}

async function restored(refused, answered) {
  if (refused.status === 409) notice(`${refused.told.who} decided this visit at ${refused.told.when}. Your answer was not taken; the visit is shown as it stands now.`, 20);
  else notice(refused.message || "The answer could not be saved. The visit is back, with your corrections.", 20);
  await load(answered.key, refused.status === 409 ? undefined : answered.ops);
}

function mark() {
  saved.textContent = saving.size ? "saving…" : "saved";
  saved.classList.toggle("waiting", saving.size > 0);
}

export async function undo() {
  if (visit.ops.length) {
    visit.ops.pop();
    await recount();
    say("Undone.");
    return;
  }
  const back = await postForJson("/undo", {});
  if (!back.key) {
    say("Nothing is left to undo.");
    return;
  }
  await load(back.key, back.ops);
  say("Your last visit is back.");
}

window.addEventListener("beforeunload", (event) => {
  if (saving.size) event.preventDefault();
});

read();
if (visit.key) {
  visit.since = performance.now();
  const first = visit.blind ? lineAt(visit.undecided[0]) : stage.querySelector(".line.doubtful") || stage.querySelector(".line");
  focusLine(first ? Number(first.dataset.line) : null, { scroll: false, open: false });
}
if (document.getElementById("visit").dataset.opening) window.addEventListener("load", () => advance(performance.now()).catch(() => notice("The next visit could not be fetched; load the page again.")));
else fetchAhead();
