// The middle: a conversation's header, its messages and its composer; the thread pane beside it.

import { web } from "./api.js";
import { add, fill, h, icon, iconButton } from "./dom.js";
import { clock, tsDate } from "./dates.js";
import { composer } from "./composer.js";
import { drawMessages } from "./messages.js";
import { authorOf, avatar } from "./people.js";
import { menu, popover } from "./popover.js";
import { bare, inline, link, plain } from "./mrkdwn.js";
import { appName, botUser, extrasOf, history, inOrder, loadExtras, loadHistory, loadThread, markRead, nameOf, state, thread, titleOf } from "./store.js";
import { attempt, join } from "./verbs.js";

/** The conversation pane. `go` = {to, thread(ts|null), drawer(open), app(tab)}. */
export function conversation(go) {
  const head = h("header", { class: "head" });
  const bar = h("div", { class: "bookmarks", hidden: true, data: { testid: "bookmarks" } });
  const list = h("div", { class: "messages-list", role: "log", "aria-label": "Messages", data: { testid: "messages" } });
  const top = h("div", { class: "messages-top" });
  const scroller = h("div", { class: "messages", tabindex: "0" }, top, list);
  const newer = h("button", { type: "button", class: "newer", hidden: true, on: { click: () => toBottom() } }, icon("down"), "New messages");
  const foot = h("div", { class: "foot" });
  const box = composer(() => ({ channel: state.place.id, title: `Message ${target()}` }), "composer");
  let shownChannel = null;
  let stuck = true;

  const here = () => state.channels.get(state.place.id);
  const target = () => (here()?.is_im ? titleOf(here()) : `#${here()?.name ?? ""}`);
  const toBottom = () => {
    scroller.scrollTop = scroller.scrollHeight;
  };

  scroller.addEventListener("scroll", () => {
    stuck = scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < 60;
    if (stuck) newer.hidden = true;
    if (scroller.scrollTop < 80 && history(state.place.id).cursor) older();
  });
  new ResizeObserver(() => stuck && toBottom()).observe(scroller);

  async function older() {
    const before = scroller.scrollHeight - scroller.scrollTop;
    await attempt(() => loadHistory(state.place.id, { older: true }));
    setTimeout(() => {
      scroller.scrollTop = scroller.scrollHeight - before;
    });
  }

  function drawHead() {
    const channel = here();
    const app = state.place.kind === "app";
    fill(head, iconButton("menu", "Open the list of channels", () => go.drawer(true), { class: "drawer-only", data: { testid: "open-drawer" } }));
    if (!channel) return;
    const topic = channel.topic?.value ?? (typeof channel.topic === "string" ? channel.topic : "");
    add(head, [
      h("div", { class: "head-words" },
        h("h1", { data: { testid: "channel-title" } }, channel.is_im ? avatar(state.members.get(channel.user), "tiny") : icon(channel.is_private ? "lock" : "hash"), h("span", {}, app ? appName() : titleOf(channel))),
        topic && h("p", { class: "topic", title: bare(topic), data: { testid: "topic" } }, inline(topic))),
      app && appTabs(),
      !channel.is_im && h("div", { class: "head-tools" },
        h("button", { type: "button", class: "count-button", title: "Members", "aria-label": `${channel.num_members ?? ""} members`, data: { testid: "members" }, on: { click: (event) => members(event.currentTarget, channel) } }, icon("people"), channel.num_members ?? ""),
        h("button", { type: "button", class: "count-button", title: "Pinned messages", "aria-label": "Pinned messages", data: { testid: "pins" }, on: { click: (event) => pins(event.currentTarget, channel) } }, icon("pin"), extrasOf(channel.id).pins?.length || ""),
        iconButton("more", "Channel actions", (event) => menu(event.currentTarget, [
          channel.is_member === false ? { icon: "plus", label: "Join channel", onClick: () => join(channel.id) } : { icon: "back", label: "Leave channel", danger: true, id: "leave", onClick: () => join(channel.id, true) },
        ], "Channel actions"), { "aria-haspopup": "menu" })),
    ]);
  }

  function drawFoot() {
    const channel = here();
    if (channel?.is_archived) return fill(foot, h("div", { class: "foot-note" }, icon("bookmark"), "This channel is archived. You can read it, and it stays as it is."));
    if (channel && channel.is_member === false && !channel.is_im) {
      return fill(foot, h("div", { class: "foot-note" }, h("span", {}, "You are looking at ", h("strong", {}, `#${channel.name}`)), h("button", { type: "button", class: "button button-primary", data: { testid: "join" }, on: { click: () => join(channel.id) } }, "Join channel")));
    }
    if (box.node.parentNode !== foot) fill(foot, box.node);
    return box.update();
  }

  function drawBookmarks() {
    const found = extrasOf(state.place.id).bookmarks ?? [];
    bar.hidden = found.length === 0;
    fill(bar, found.map((one) => h("span", { class: "bookmark" }, one.emoji ? plain(`:${one.emoji.replaceAll(":", "")}:`) : icon("bookmark"), one.link ? link(one.link, one.title) : one.title)));
  }

  function drawList() {
    const channel = here();
    if (!channel) return;
    const found = history(channel.id);
    fill(top, found.loaded ? (found.cursor ? h("p", { class: "loading" }, "Loading older messages…") : beginning(channel)) : h("p", { class: "loading" }, "Loading…"));
    const before = list.childElementCount;
    if (shownChannel !== channel.id) {
      clear(list);
      stuck = true;
    }
    drawMessages(list, channel.id, inOrder(found.messages), go.thread);
    if (stuck) toBottom();
    else if (shownChannel === channel.id && list.childElementCount > before) newer.hidden = false;
    shownChannel = channel.id;
    if (found.loaded) markRead(channel.id);
  }

  return {
    node: h("section", { class: "conversation", "aria-label": "Conversation" }, head, bar, h("div", { class: "messages-frame" }, scroller, newer), foot),
    drawHead() {
      drawHead();
      drawFoot();
    },
    drawList,
    drawExtras() {
      drawHead();
      drawBookmarks();
    },
    async open() {
      const channel = here();
      drawHead();
      drawFoot();
      drawBookmarks();
      drawList();
      if (!channel) return;
      await Promise.all([attempt(() => loadHistory(channel.id)), channel.is_im ? null : attempt(() => loadExtras(channel.id))]);
    },
    focus: box.focus,
    /** Bring a message into view and point at it. */
    async point(ts) {
      const found = history(state.place.id);
      while (!found.messages.has(ts) && found.cursor) await loadHistory(state.place.id, { older: true });
      drawList();
      const node = list.querySelector(`[data-ts="${CSS.escape(ts)}"]`);
      if (!node) return;
      stuck = false;
      node.scrollIntoView({ block: "center" });
      node.classList.add("is-pointed");
      setTimeout(() => node.classList.remove("is-pointed"), 2500);
    },
  };
}

function clear(list) {
  list.replaceChildren();
  list.keyed = new Map();
}

function beginning(channel) {
  if (channel.is_im) return h("div", { class: "beginning" }, avatar(state.members.get(channel.user)), h("h2", {}, titleOf(channel)), h("p", {}, `This is the beginning of your conversation with ${titleOf(channel)}.`));
  return h("div", { class: "beginning" }, h("span", { class: "beginning-mark" }, icon(channel.is_private ? "lock" : "hash")), h("h2", {}, channel.name), h("p", {}, channel.purpose?.value ? inline(channel.purpose.value) : "This is the beginning of the channel."));
}

export function appTabs() {
  const tab = (name, title) => h("a", { href: `#/${state.user}/app/${name}`, class: "tab", role: "tab", "aria-selected": String(state.place.tab === name), data: { testid: `tab-${name}` } }, title);
  return h("div", { class: "tabs", role: "tablist" }, tab("home", "Home"), tab("messages", "Messages"));
}

async function members(anchor, channel) {
  const body = await attempt(() => web(state.user, "conversations.members", { channel: channel.id, limit: 200 }));
  if (!body) return;
  popover(anchor, h("div", { class: "people-list", tabindex: "0" }, h("h2", { class: "popover-title" }, `${body.members.length} members`), body.members.map((id) => h("div", { class: "person" }, avatar(state.members.get(id) ?? { id }, "small"), h("span", {}, h("span", { class: "person-name" }, nameOf(id), id === botUser() && h("span", { class: "badge" }, "APP")), h("span", { class: "person-note" }, state.members.get(id)?.profile?.title ?? state.members.get(id)?.title))))), { label: "Members" });
}

async function pins(anchor, channel) {
  const body = await attempt(() => web(state.user, "pins.list", { channel: channel.id }));
  if (!body) return;
  const rows = body.items.filter((one) => one.message).map(({ message }) => h("a", { class: "pinned", href: `#/${state.user}/${channel.id}/m/${message.ts}` }, h("span", { class: "pinned-head" }, h("strong", {}, authorOf(message).name), " ", clock(tsDate(message.ts), state.self.tz)), h("span", { class: "pinned-text" }, inline((message.text ?? "").split("\n")[0].slice(0, 300)))));
  popover(anchor, h("div", { class: "people-list", tabindex: "0", data: { testid: "pin-list" } }, h("h2", { class: "popover-title" }, "Pinned messages"), rows.length ? rows : h("p", { class: "chooser-empty" }, "Nothing is pinned here.")), { label: "Pinned messages", wide: true });
}

/** The pane on the right: one thread. */
export function threadPane(go) {
  const list = h("div", { class: "messages-list", role: "log", "aria-label": "Thread" });
  const scroller = h("div", { class: "messages", tabindex: "0" }, list);
  const title = h("p", { class: "topic" });
  const box = composer(() => ({ channel: state.thread?.channel, threadTs: state.thread?.ts, title: "Reply…" }), "thread-composer");
  let shown = null;
  const node = h("aside", { class: "thread", hidden: true, "aria-label": "Thread", data: { testid: "thread" }, on: { keydown: (event) => event.key === "Escape" && !event.defaultPrevented && go.thread(null) } },
    h("header", { class: "head" }, h("div", { class: "head-words" }, h("h1", {}, "Thread"), title), iconButton("close", "Close the thread", () => go.thread(null), { data: { testid: "thread-close" } })), scroller, h("div", { class: "foot" }, box.node));

  function draw() {
    node.hidden = !state.thread;
    if (!state.thread) {
      clear(list);
      shown = null;
      return;
    }
    const { channel, ts } = state.thread;
    const found = thread(channel, ts);
    const parent = history(channel).messages.get(ts);
    const messages = inOrder(found.messages);
    if (parent && !found.messages.has(ts)) messages.unshift(parent);
    if (shown !== `${channel} ${ts}`) clear(list);
    const stuck = shown !== `${channel} ${ts}` || scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < 80;
    shown = `${channel} ${ts}`;
    fill(title, titleOf(state.channels.get(channel) ?? { name: channel }));
    drawMessages(list, channel, messages, null);
    box.update();
    if (stuck) scroller.scrollTop = scroller.scrollHeight;
  }

  return {
    node,
    draw,
    async open() {
      draw();
      if (!state.thread) return;
      box.focus();
      await attempt(() => loadThread(state.thread.channel, state.thread.ts));
    },
  };
}
