"use strict";
// Filters add up the parts of the run that were counted apart, long tables are shortened and can be sorted;
// without this script the page says the same, for all visits.
(() => {
  const parts = JSON.parse(document.getElementById("parts").textContent);
  const form = document.getElementById("filters");
  const kinds = ["clinic", "therapist", "payer"].filter((name) => form.elements[name]);
  const fits = (values, wanted) => Object.entries(wanted).every(([name, value]) => !value || values[name] === value);
  const number = (value) => value.toLocaleString("en-US");
  const put = (id, text) => { document.getElementById(id).textContent = text; };
  const share = (part, whole) => {
    if (!whole) return "–";
    const percent = (100 * part) / whole;
    return part && percent < 1 ? "<1 %" : part < whole && percent > 99 ? ">99 %" : Math.round(percent) + " %";
  };

  function sums(wanted) {
    const total = [0, 0, 0, 0, 0];
    for (const part of parts.rows) {
      const names = { clinic: parts.clinics[part[0]], therapist: parts.therapists[part[1]], payer: parts.payers[part[2]] };
      if (fits(names, wanted)) for (let i = 0; i < 5; i++) total[i] += part[i + 3];
    }
    return total;
  }

  function showNumbers(total, visits) {
    let x = 0;
    parts.verdicts.forEach((name, i) => {
      put("n-" + name, number(total[i]));
      put("s-" + name, share(total[i], visits));
      const rect = document.getElementById("r-" + name), width = visits ? (100 * total[i]) / visits : 0;
      rect.setAttribute("x", x + "%");
      rect.setAttribute("width", width + "%");
      x += width;
    });
    put("asked", number(total[4]));
  }

  function show() {
    const wanted = Object.fromEntries(kinds.map((name) => [name, form.elements[name].value]));
    const any = Object.values(wanted).some(Boolean), total = sums(wanted);
    const visits = total[0] + total[1] + total[2] + total[3];
    showNumbers(total, visits);
    put("told", any ? number(visits) + (visits === 1 ? " visit" : " visits") + " chosen. Examples and the tables of groups follow; all else shows the whole run." : "");
    document.querySelectorAll("table[data-group] tbody tr").forEach((row) => {
      const group = row.closest("table").dataset.group;
      row.hidden = Boolean(wanted[group]) && row.dataset[group] !== wanted[group];
      row.classList.toggle("chosen", Boolean(wanted[group]) && !row.hidden);
    });
    document.querySelectorAll(".example").forEach((each) => { each.hidden = !fits(each.dataset, wanted); });
    document.querySelectorAll(".nofit").forEach((each) => {
      each.hidden = !any || [...each.parentElement.querySelectorAll(":scope > .example")].some((example) => !example.hidden);
    });
  }

  function shorten(table) {
    const rows = table.tBodies[0].rows, most = Number(table.dataset.shown);
    const mark = () => [...rows].forEach((row, i) => row.classList.toggle("more", i >= most));
    mark();
    if (rows.length <= most) return mark;
    const button = document.createElement("button");
    const name = () => { button.textContent = table.classList.contains("short") ? "Show all " + rows.length : "Show " + most; };
    button.type = "button";
    button.className = "showall";
    button.addEventListener("click", () => { table.classList.toggle("short"); name(); });
    table.classList.add("short");
    name();
    table.parentElement.after(button);
    return mark;
  }

  function sortable(table, mark) {
    const value = (row, i) => {
      const text = row.cells[i].textContent.trim(), plain = text.replace(/[,%<>\s]/g, "");
      return plain !== "" && !isNaN(plain) ? Number(plain) - (text[0] === "<" ? 0.5 : 0) : text === "–" ? -1 : text;
    };
    const compare = (a, b) => (typeof a === typeof b ? (a < b ? -1 : a > b ? 1 : 0) : typeof a === "number" ? -1 : 1);
    [...table.tHead.rows[0].cells].forEach((head, i) => {
      if (head.classList.contains("lane")) return;
      const button = document.createElement("button");
      button.type = "button";
      button.className = "sort";
      button.textContent = head.textContent;
      head.replaceChildren(button);
      button.addEventListener("click", () => {
        const down = head.getAttribute("aria-sort") ? head.getAttribute("aria-sort") !== "descending" : i > 0;
        [...table.tHead.rows[0].cells].forEach((each) => each.removeAttribute("aria-sort"));
        head.setAttribute("aria-sort", down ? "descending" : "ascending");
        const rows = [...table.tBodies[0].rows].sort((a, b) => (down ? -1 : 1) * compare(value(a, i), value(b, i)));
        table.tBodies[0].append(...rows);
        mark();
      });
    });
  }

  document.querySelectorAll("table[data-group]").forEach((table) => sortable(table, shorten(table)));
  if (!kinds.length) return;
  form.hidden = false;
  form.addEventListener("change", show);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(show));
})();
