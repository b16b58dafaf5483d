// Times in the reader's own zone, and pages that renew themselves.
const line = document.querySelector("[data-connection]");

function say(words, isWell) {
  if (!line) return;
  line.hidden = false;
  line.textContent = words;
  line.classList.toggle("lost", !isWell);
}

function localise(root) {
  for (const time of root.querySelectorAll("time")) {
    const at = new Date(time.dateTime);
    if (!Number.isNaN(at.valueOf())) time.title = `${at.toLocaleString()} your time, ${time.title}`;
  }
}

// Puts what the server shows now in the place of `old`. What was not there before lights up.
async function renew(old, selector) {
  const answer = await fetch(location.href, { headers: { accept: "text/html" } });
  if (!answer.ok) throw new Error(String(answer.status));
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const fresh = page.querySelector(selector);
  if (!fresh) throw new Error("nothing to show");
  const known = new Set([...old.querySelectorAll("li[id]")].map((item) => item.id));
  const focused = document.activeElement?.getAttribute("href");
  localise(fresh);
  Object.assign(old.dataset, fresh.dataset);
  if (old.innerHTML === fresh.innerHTML) return;
  old.replaceChildren(...fresh.childNodes);
  document.title = page.title;
  for (const item of old.querySelectorAll("li[id]")) {
    if (known.size && !known.has(item.id)) item.classList.add("fresh");
  }
  if (focused) old.querySelector(`a[href="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
}

localise(document);

const refreshing = document.querySelector("[data-refresh]");
if (refreshing) {
  const again = async () => {
    // Not under the eyes of nobody, and not while somebody marks words to copy them.
    if (!document.hidden && document.getSelection().isCollapsed) {
      try {
        await renew(refreshing, "[data-refresh]");
        if (!refreshing.dataset.live) say("● up to date", true);
      } catch {
        say("○ not connected", false);
      }
    }
    setTimeout(again, Number(refreshing.dataset.refresh) * 1000);
  };
  setTimeout(again, Number(refreshing.dataset.refresh) * 1000);
}

const live = document.querySelector("[data-live]");
if (live) {
  const source = new EventSource(live.dataset.live);
  source.onopen = () => say("● live", true);
  source.onerror = () => say("○ not connected, trying again", false);
  source.onmessage = async (event) => {
    if (event.data === live.dataset.entries) return;
    try {
      await renew(live, "[data-live]");
    } catch {
      say("○ not connected, trying again", false);
    }
  };
}
