// Times in the reader's own zone, and a page that renews itself when the record grows.
for (const time of document.querySelectorAll("time")) {
  const at = new Date(time.dateTime);
  if (!Number.isNaN(at.valueOf())) time.title = `${at.toLocaleString()} your time, ${time.title}`;
}
const live = document.querySelector("[data-live]");
if (live) {
  const source = new EventSource(live.dataset.live);
  source.onmessage = async (event) => {
    if (event.data === live.dataset.entries) return;
    const answer = await fetch(location.href, { headers: { accept: "text/html" } });
    if (!answer.ok) return;
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    const next = fresh.querySelector("[data-live]");
    if (!next) return;
    live.dataset.entries = next.dataset.entries;
    live.replaceChildren(...next.childNodes);
  };
}
