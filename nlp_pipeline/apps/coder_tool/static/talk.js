// Talks to the server: every call carries the token of the page; nothing of a note stands in an address.
const token = document.querySelector('meta[name="csrf-token"]').content;

export class Refused extends Error {
  constructor(status, told) {
    super(told.message || told.detail || "");
    this.status = status;
    this.told = told;
  }
}

async function post(address, body) {
  const answer = await fetch(address, {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-CSRF-Token": token },
    body: JSON.stringify(body),
    redirect: "manual",
  });
  if (answer.type === "opaqueredirect" || answer.status === 401 || answer.status === 423) {
    window.location.reload(); // the session is locked or has ended: the page that says so is shown instead
    throw new Refused(answer.status, {});
  }
  if (!answer.ok) {
    const told = await answer.json().catch(() => ({}));
    throw new Refused(answer.status, typeof told.detail === "object" && told.detail ? told.detail : told);
  }
  return answer;
}

export const postForHtml = async (address, body) => (await post(address, body)).text();
export const postForJson = async (address, body) => (await post(address, body)).json();
