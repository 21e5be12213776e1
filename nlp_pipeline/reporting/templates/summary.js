"use strict";
// Filters add up the parts of the run that were counted apart; without this script the page says the same, for all visits.
(() => {
  const parts = JSON.parse(document.getElementById("parts").textContent);
  const form = document.getElementById("filters");
  const chosen = () => Object.fromEntries(["clinic", "therapist", "payer"].map((name) => [name, form.elements[name].value]));
  const fits = (values, wanted) => Object.entries(wanted).every(([name, value]) => !value || values[name] === value);
  const number = (value) => value.toLocaleString("en-US");
  const share = (part, whole) => {
    if (!whole) return "–";
    const percent = (100 * part) / whole;
    return part && percent < 1 ? "<1 %" : part < whole && percent > 99 ? ">99 %" : Math.round(percent) + " %";
  };
  const put = (id, text) => { document.getElementById(id).textContent = text; };

  function show() {
    const wanted = chosen(), any = Object.values(wanted).some(Boolean);
    const sums = [0, 0, 0, 0, 0];
    for (const part of parts.rows) {
      const names = { clinic: parts.clinics[part[0]], therapist: parts.therapists[part[1]], payer: parts.payers[part[2]] };
      if (fits(names, wanted)) for (let i = 0; i < 5; i++) sums[i] += part[i + 3];
    }
    const visits = sums[0] + sums[1] + sums[2] + sums[3];
    let x = 0;
    parts.verdicts.forEach((name, i) => {
      put("n-" + name, number(sums[i]));
      put("s-" + name, share(sums[i], visits));
      const rect = document.getElementById("r-" + name), width = visits ? (100 * sums[i]) / visits : 0;
      rect.setAttribute("x", x + "%");
      rect.setAttribute("width", width + "%");
      x += width;
    });
    put("asked", number(sums[4]));
    document.querySelectorAll("[data-unfiltered]").forEach((each) => { each.hidden = any; });
    put("told", any ? number(visits) + (visits === 1 ? " visit" : " visits") + " chosen; examples and tables follow, charts show all." : "");
    document.querySelectorAll("table[data-group] tbody tr").forEach((row) => {
      const group = row.closest("table").dataset.group;
      row.hidden = Boolean(wanted[group]) && row.dataset[group] !== wanted[group];
    });
    document.querySelectorAll(".example").forEach((each) => { each.hidden = !fits(each.dataset, wanted); });
    document.querySelectorAll(".nofit").forEach((each) => {
      each.hidden = !any || [...each.parentElement.querySelectorAll(":scope > .example")].some((example) => !example.hidden);
    });
  }

  form.hidden = false;
  form.addEventListener("change", show);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(show));
})();
