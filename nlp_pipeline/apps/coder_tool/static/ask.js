// A small panel that asks for a reason or shows a draft; it covers nothing of the decision and Esc leaves it.
const panel = document.getElementById("ask");
const list = document.getElementById("ask-reasons");
const field = document.getElementById("ask-words");
const copy = document.getElementById("ask-copy");
let take = null;
let back = null;

export function ask({ title, reasons = [], words = "", rows = 1, button = "Done", copies = false }, onDone) {
  back = document.activeElement;
  document.getElementById("ask-title").textContent = title;
  document.getElementById("ask-done").textContent = button;
  list.replaceChildren(
    ...reasons.map((each) => {
      const item = document.createElement("li");
      const choice = document.createElement("button");
      const key = document.createElement("kbd");
      key.textContent = each.key;
      choice.type = "button";
      choice.append(key, ` ${each.says}`);
      choice.addEventListener("click", () => finish(each.says));
      item.append(choice);
      return item;
    }),
  );
  panel.reasons = reasons;
  field.value = words;
  field.rows = rows;
  copy.hidden = !copies;
  take = onDone;
  panel.hidden = false;
  field.focus();
}

export const asking = () => !panel.hidden;

export function leave() {
  panel.hidden = true;
  take = null;
  back?.focus?.({ preventScroll: true });
}

function finish(words) {
  const done = take;
  if (!words.trim()) {
    field.focus();
    return;
  }
  leave();
  done?.(words.trim());
}

panel.addEventListener("submit", (event) => {
  event.preventDefault();
  finish(field.value);
});
field.addEventListener("keydown", (event) => {
  const choice = !field.value && panel.reasons.find((each) => each.key === event.key);
  if (choice) {
    event.preventDefault();
    finish(choice.says);
  } else if (event.key === "Enter" && !event.shiftKey && field.rows === 1) {
    event.preventDefault();
    finish(field.value);
  } else if (event.key === "Enter" && event.ctrlKey) {
    event.preventDefault();
    finish(field.value);
  }
});
panel.addEventListener("keydown", (event) => {
  if (event.key === "Escape") leave();
});
document.getElementById("ask-leave").addEventListener("click", leave);
copy.addEventListener("click", async () => {
  field.select();
  await navigator.clipboard?.writeText(field.value);
});
