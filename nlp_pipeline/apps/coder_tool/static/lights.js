// Lights words of the note by their offsets, without touching the page's elements; and finds the offsets of selected words.
// Offsets count characters as the server does, so that a sign outside the basic plane is one character, not two.
let pieces = [];
const known = typeof CSS !== "undefined" && CSS.highlights;

const length = (text) => [...text].length;

export function readNote(root) {
  pieces = [...root.querySelectorAll("#note-text [data-at]")]
    .filter((element) => element.firstChild)
    .map((element) => {
      const node = element.firstChild;
      const at = Number(element.dataset.at);
      return { at, end: at + length(node.data), node, plain: node.data.length === length(node.data) };
    });
}

function unit(piece, offset) {
  return piece.plain ? offset : [...piece.node.data].slice(0, offset).join("").length;
}

function rangesOf(start, end) {
  const ranges = [];
  for (const piece of pieces) {
    if (piece.at >= end || piece.end <= start) continue;
    const range = new Range();
    range.setStart(piece.node, unit(piece, Math.max(start, piece.at) - piece.at));
    range.setEnd(piece.node, unit(piece, Math.min(end, piece.end) - piece.at));
    ranges.push(range);
  }
  return ranges;
}

export function light(name, places) {
  if (!known) return;
  const ranges = places.flatMap(([start, end]) => rangesOf(start, end));
  if (ranges.length) CSS.highlights.set(name, new Highlight(...ranges));
  else CSS.highlights.delete(name);
}

export function show(start, end, open = true) {
  const [first] = rangesOf(start, end);
  if (!first) return;
  const fold = first.startContainer.parentElement.closest("details");
  if (fold && !fold.open) {
    if (!open) return;
    fold.open = true;
  }
  const pane = document.querySelector(".note");
  const box = first.getBoundingClientRect();
  const view = pane.getBoundingClientRect();
  if (box.top < view.top + 20 || box.bottom > view.bottom - 20) pane.scrollTop += box.top - view.top - view.height / 3;
}

export function places(text) {
  return text ? text.split(" ").map((each) => each.split("-").map(Number)) : [];
}

function offsetOf(node, offset) {
  const piece = pieces.find((each) => each.node === node);
  if (piece) return piece.at + length(node.data.slice(0, offset));
  const element = node.nodeType === Node.ELEMENT_NODE ? node.childNodes[offset] || node : node;
  const after = pieces.find((each) => element === each.node || element.contains?.(each.node) || element.compareDocumentPosition(each.node) & Node.DOCUMENT_POSITION_FOLLOWING);
  return after ? after.at : (pieces.at(-1)?.end ?? 0);
}

// The selected words, without the blanks around them; nothing where no word of the note is selected.
export function selected() {
  const selection = window.getSelection();
  const note = document.getElementById("note-text");
  if (!note || selection.isCollapsed || !selection.rangeCount) return null;
  const range = selection.getRangeAt(0);
  if (!note.contains(range.commonAncestorContainer)) return null;
  let start = offsetOf(range.startContainer, range.startOffset);
  let end = offsetOf(range.endContainer, range.endOffset);
  const signs = [...range.toString()];
  const blank = (sign) => sign !== undefined && /\s/.test(sign);
  while (signs.length && blank(signs[0])) { signs.shift(); start += 1; }
  while (signs.length && blank(signs.at(-1))) { signs.pop(); end -= 1; }
  return start < end ? { start, end } : null;
}

// Choosing words without a mouse: one word at a time, Shift widens.
export const words = {
  on: false,
  begin(start) {
    const piece = pieces.find((each) => each.at <= start && start < each.end) || pieces[0];
    if (!piece) return;
    const selection = window.getSelection();
    selection.collapse(piece.node, unit(piece, Math.max(0, start - piece.at)));
    selection.modify("extend", "forward", "word");
    this.on = true;
    this.follow();
  },
  move(key, widen) {
    const selection = window.getSelection();
    const way = key === "ArrowLeft" || key === "ArrowUp" ? "backward" : "forward";
    const step = key === "ArrowUp" || key === "ArrowDown" ? "line" : "word";
    if (widen) selection.modify("extend", way, step);
    else {
      if (way === "forward") selection.collapseToEnd();
      else selection.collapseToStart();
      if (way === "backward" || step === "line") selection.modify("move", way, step);
      selection.modify("extend", "forward", "word");
    }
    this.follow();
  },
  follow() {
    const found = selected();
    if (found) show(found.start, found.end);
  },
  leave() {
    this.on = false;
    window.getSelection().removeAllRanges();
  },
};
