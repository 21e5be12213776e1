// Keeps the filters for the work page; they stay in this tab and never stand in an address.
const form = document.getElementById("filters");
const KEPT = ["therapist", "payer", "code", "finding", "state", "words", "batch"];

function kept() {
  const told = Object.fromEntries(new FormData(form));
  const [least, most] = (told.confidence || "-").split("-");
  const filters = Object.fromEntries(KEPT.filter((name) => told[name]).map((name) => [name, told[name]]));
  sessionStorage.setItem("filters", JSON.stringify({ ...filters, least_confidence: least, most_confidence: most }));
  localStorage.setItem("order", told.order);
}

form.addEventListener("input", kept);
form.addEventListener("submit", (event) => event.preventDefault());
document.getElementById("work-these").addEventListener("click", kept);
