// The keys of the work page. A key does what the chip or button that bears it does.
import { ask, asking, leave } from "/static/ask.js";
import { light, selected, words } from "/static/lights.js";
import { postForJson } from "/static/talk.js";
import { decide, fetchAhead, focused, focusLine, forgetAhead, load, notice, openWhy, paint, recount, say, step, undo, visit } from "/static/visit.js";

const help = document.getElementById("help");
const find = document.getElementById("find");
const found = document.getElementById("found");
const keysOn = document.getElementById("keys-on");
const offered = JSON.parse(document.querySelector('meta[name="screen-words"]').content);

function guarded(task) {
  return async (...given) => {
    try {
      await task(...given);
    } catch (trouble) {
      notice(trouble.message || "That did not work; the visit is as it was.");
    }
  };
}

function change(op, start) {
  visit.ops.push(op);
  return recount(visit.ops, start);
}

const setCode = guarded(async (code, start) => {
  const chosen = selected();
  if (chosen) return setWords(chosen, code, start);
  const line = focused();
  if (!line) return say("No line is in focus.");
  const number = visit.line;
  line.dataset.code = code;
  line.querySelector(".row .code").textContent = code;
  line.querySelectorAll(".choice[data-set]").forEach((each) => each.setAttribute("aria-pressed", String(each.dataset.set === code)));
  paint("answer", start);
  await change({ op: "code", line: number, code }, start);
  say(`Line ${number + 1}: ${code}.`);
  if (visit.blind && visit.undecided.length) focusLine(visit.undecided[0]);
});

async function setWords({ start: from, end: to }, code, start) {
  const touched = [...document.querySelectorAll(".line")].find((each) => Number(each.dataset.start) < to && from < Number(each.dataset.end) && each.dataset.status === "performed");
  words.leave();
  if (touched) {
    const line = Number(touched.dataset.line);
    visit.ops.push({ op: "span", line, start: from, end: to });
    visit.line = line;
    if (touched.dataset.code === code) await recount(visit.ops, start);
    else await change({ op: "code", line, code }, start);
    return say(`Line ${line + 1} now stands on the words you chose.`);
  }
  await change({ op: "add", start: from, end: to, code }, start);
  const added = Math.max(...[...document.querySelectorAll(".line")].map((each) => Number(each.dataset.line)));
  focusLine(added);
  say(`Added as line ${added + 1}: ${code}.`);
}

function editMinutes(code) {
  const wanted = code || focused()?.dataset.code;
  const cell = [...document.querySelectorAll(".minutes-of")].find((each) => each.dataset.code === wanted) || document.querySelector(".minutes-of");
  if (cell) typeInto(cell, cell.dataset.minutes);
}

function typeInto(cell, value) {
  const field = document.createElement("input");
  field.inputMode = "decimal";
  field.dataset.code = cell.dataset.code;
  field.value = value;
  field.setAttribute("aria-label", `Minutes of ${cell.dataset.code}`);
  cell.replaceWith(field);
  field.focus();
  field.select();
  const minutes = () => (/^\d+([.,]\d+)?$/.test(field.value.trim()) ? Number(field.value.replace(",", ".")) : null);
  const tried = guarded(async () => {
    if (minutes() === null) return;
    const now = await recount([...visit.ops, { op: "minutes", code: field.dataset.code, minutes: minutes() }]);
    if (!now) return;
    const again = [...document.querySelectorAll(".minutes-of")].find((each) => each.dataset.code === field.dataset.code);
    if (again) typeInto(again, now.value ?? again.dataset.minutes), document.activeElement.setSelectionRange?.(now.at ?? 9, now.at ?? 9);
  });
  field.addEventListener("input", tried);
  field.addEventListener("keydown", guarded(async (event) => {
    if (event.key === "Enter") {
      event.preventDefault();
      event.stopPropagation();
      if (minutes() !== null) visit.ops.push({ op: "minutes", code: field.dataset.code, minutes: minutes() });
      field.remove();
      await recount();
      say(`Minutes of ${field.dataset.code}: ${minutes()}.`);
    } else if (event.key === "Escape") {
      field.remove();
      await recount();
    } else if (["ArrowDown", "ArrowUp", "Tab"].includes(event.key)) {
      const codes = [...document.querySelectorAll(".minutes tbody tr")].map((each) => each.dataset.code);
      const next = codes[codes.indexOf(field.dataset.code) + (event.key === "ArrowUp" || event.shiftKey ? -1 : 1)];
      if (!next) return;
      event.preventDefault();
      const changed = minutes() !== null && field.value !== value;
      if (changed) visit.ops.push({ op: "minutes", code: field.dataset.code, minutes: minutes() });
      field.remove();
      await recount();
      editMinutes(next);
    }
  }));
}

const acts = {
  accept: guarded(async (start) => {
    if (!visit.key) return;
    if (visit.undecided.length) {
      focusLine(visit.undecided[0]);
      return notice("This activity has no code yet; give it one first.");
    }
    await decide({ verdict: "accepted" }, start);
  }),
  down: () => step(1),
  up: () => step(-1),
  minutes: () => editMinutes(),
  undo: guarded(undo),
  undone: guarded(async (start) => {
    const line = focused();
    if (!line) return;
    const done = line.dataset.status === "performed";
    line.classList.toggle("dim", done);
    paint("answer", start);
    await change({ op: done ? "undone" : "done", line: visit.line }, start);
    focusLine(visit.line);
    say(`Line ${visit.line + 1}: ${done ? "not performed" : "performed"}.`);
  }),
  flag: () => visit.key && ask({ title: "Flag: what is wrong?", reasons: offered.flag }, guarded(async (reason) => {
    visit.ops.push({ op: "flag", line: visit.line, reason });
    await decide({ verdict: "flagged", reason }, performance.now());
  })),
  skip: () => visit.key && ask({ title: "Skip for now: why?", reasons: offered.skip }, guarded((reason) => decide({ verdict: "skipped", reason }, performance.now()))),
  query: guarded(async () => {
    if (!visit.key) return;
    const draft = await postForJson(`/visits/${visit.key}/query`, { ops: visit.ops, line: focused()?.classList.contains("doubtful") ? visit.line : null });
    ask({ title: "Question to the therapist", words: draft.words, rows: 12, button: "Keep the question and go on", copies: true }, guarded((reason) => decide({ verdict: "queried", reason }, performance.now())));
  }),
  why() {
    const box = focused()?.querySelector(".why");
    if (!box) return;
    openWhy(box, box.hidden);
    if (!box.hidden) box.scrollIntoView({ block: "nearest" });
  },
  words() {
    words.begin(Number(focused()?.dataset.end ?? 0));
    document.querySelector(".note").focus({ preventScroll: true });
    say("Choosing words: arrows move, Shift widens, a code's key takes them, Escape leaves.");
  },
  find: () => find.focus(),
  help() {
    help.hidden = !help.hidden;
    if (!help.hidden) help.querySelector("button").focus();
    else focusLine(visit.line, { scroll: false });
  },
};

const byKey = { Enter: "accept", " ": "skip", m: "minutes", x: "undone", f: "flag", q: "query", u: "undo", j: "down", k: "up", e: "why", w: "words", "/": "find", "?": "help", ArrowDown: "down", ArrowUp: "up" };

function typing(target) {
  return target.closest("input:not([type=checkbox]), textarea, select, [contenteditable]");
}

function pressed(event) {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || asking() || typing(event.target)) return;
  if (event.key === "Escape") {
    if (!help.hidden) acts.help();
    if (words.on) words.leave(), focusLine(visit.line);
    return;
  }
  if (words.on && event.key.startsWith("Arrow")) {
    event.preventDefault();
    words.move(event.key, event.shiftKey);
    return;
  }
  if (event.target.closest("button, a, summary, [role=option]") && (event.key === "Enter" || event.key === " ")) return;
  if (event.target.closest(".top, .help") || !keysOn.checked || (event.repeat && !["j", "k", "ArrowDown", "ArrowUp"].includes(event.key))) return;
  const choice = offered.choices.find((each) => each.key === event.key);
  const act = byKey[event.key];
  if (!choice && !act) return;
  event.preventDefault();
  if (choice) setCode(choice.code, event.timeStamp);
  else acts[act](event.timeStamp);
}

function clicked(event) {
  const set = event.target.closest("[data-set]");
  const doing = event.target.closest("[data-do]");
  const quote = event.target.closest("button.quote, .evidence-word");
  const mark = event.target.closest("mark[data-line]");
  const minutes = event.target.closest(".minutes-of");
  const line = event.target.closest(".line");
  if (mark && window.getSelection().isCollapsed) return focusLine(Number(mark.dataset.line));
  if (minutes) return editMinutes(minutes.dataset.code);
  if (quote) return lightUp(quote);
  if (line && Number(line.dataset.line) !== visit.line) focusLine(Number(line.dataset.line), { scroll: false });
  if (set) return setCode(set.dataset.set, event.timeStamp);
  if (!doing) return undefined;
  const name = doing.dataset.do === "done" ? "undone" : doing.dataset.do;
  if (name.startsWith("set-")) return setCode(name.slice(4), event.timeStamp);
  return acts[name](event.timeStamp);
}

function placesOf(element) {
  return element.dataset.places ? JSON.parse(element.dataset.places) : [[Number(element.dataset.start), Number(element.dataset.end)]];
}

function lightUp(element) {
  const all = placesOf(element);
  light("lit", all);
}

document.addEventListener("keydown", pressed);
document.addEventListener("click", clicked);
// A click on a chip must not take the selected words away.
document.addEventListener("mousedown", (event) => { if (event.target.closest(".chip, .choice")) event.preventDefault(); });
for (const happens of ["mouseover", "focusin"]) {
  document.addEventListener(happens, (event) => {
    const quote = event.target.closest?.(".quote, .evidence-word");
    if (quote) lightUp(quote);
  });
}
document.addEventListener("mouseout", (event) => { if (event.target.closest?.(".quote, .evidence-word")) light("lit", []); });
document.addEventListener("focusin", (event) => document.body.classList.toggle("paused", Boolean(typing(event.target))));
document.getElementById("order").addEventListener("change", (event) => { localStorage.setItem("order", event.target.value); forgetAhead(); fetchAhead(); });
document.getElementById("order").value = localStorage.getItem("order") || "hardest";
keysOn.checked = localStorage.getItem("keys") !== "off";
keysOn.addEventListener("change", () => localStorage.setItem("keys", keysOn.checked ? "on" : "off"));
const fixed = document.getElementById("fixed-width");
const columns = () => document.body.classList.toggle("columns", fixed.checked);
fixed.checked = localStorage.getItem("columns") === "on";
fixed.addEventListener("change", () => { localStorage.setItem("columns", fixed.checked ? "on" : "off"); columns(); });
columns();

// Search: arrows choose, Enter opens.
let asked = 0;
find.addEventListener("input", guarded(async () => {
  const mine = ++asked;
  const text = find.value.trim();
  const visits = text ? await postForJson("/search", { words: text }) : [];
  if (mine !== asked) return;
  found.replaceChildren(...visits.map((each, number) => {
    const item = document.createElement("li");
    Object.assign(item, { id: `found-${number}`, textContent: each.says });
    item.setAttribute("role", "option");
    item.setAttribute("aria-selected", String(number === 0));
    item.dataset.key = each.key;
    item.addEventListener("click", () => opened(each.key));
    return item;
  }));
  if (text && !visits.length) found.append(Object.assign(document.createElement("li"), { textContent: "no visit has these words" }));
  shown(Boolean(text));
}));
function shown(open) {
  found.hidden = !open;
  find.setAttribute("aria-expanded", String(open));
  const now = found.querySelector('[aria-selected="true"]');
  if (open && now) find.setAttribute("aria-activedescendant", now.id);
  else find.removeAttribute("aria-activedescendant");
}
const opened = guarded(async (key) => {
  find.value = "";
  shown(false);
  await load(key);
});
find.addEventListener("keydown", (event) => {
  const items = [...found.querySelectorAll("[data-key]")];
  const now = items.findIndex((each) => each.getAttribute("aria-selected") === "true");
  if (event.key === "Escape") {
    find.value = "";
    shown(false);
    focusLine(visit.line, { scroll: false });
  } else if (event.key === "Enter" && items[now]) {
    event.preventDefault();
    opened(items[now].dataset.key);
  } else if (["ArrowDown", "ArrowUp"].includes(event.key) && items.length) {
    event.preventDefault();
    const next = (now + (event.key === "ArrowDown" ? 1 : items.length - 1)) % items.length;
    items.forEach((each, number) => each.setAttribute("aria-selected", String(number === next)));
    shown(true);
  }
});
