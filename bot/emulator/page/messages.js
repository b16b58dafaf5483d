// Messages: how one looks, and a list of them with its day dividers and groups.

import { h, icon, iconButton, reconcile } from "./dom.js";
import { clock, dayKey, dayTitle, now, tsDate, utcOf } from "./dates.js";
import { EMOJI, FAVOURITES, emoji } from "./emoji.js";
import { renderBlocks } from "./blocks.js";
import { authorOf, avatar } from "./people.js";
import { closePopover, confirm, menu, popover } from "./popover.js";
import { asTyped, inline, link, mrkdwn, plain } from "./mrkdwn.js";
import { botUser, dismiss, nameOf, state } from "./store.js";
import { changeMessage, pin, react, shortcut, surfaceFor } from "./verbs.js";

const GROUP_SECONDS = 300;
const QUIET = new Set(["channel_join", "channel_leave", "channel_topic", "channel_purpose", "channel_name", "channel_archive", "channel_unarchive", "group_join", "group_leave", "group_topic", "group_purpose", "group_name", "group_archive", "group_unarchive", "pinned_item", "unpinned_item", "bookmark_added"]);

/** Draw `messages` (oldest first) into `list`. `openThread(ts)` shows a thread; null inside one. */
export function drawMessages(list, channel, messages, openThread) {
  const items = [];
  let previous = null;
  for (const message of messages) {
    if (message.hidden || message.subtype === "message_deleted") continue;
    const day = dayKey(tsDate(message.ts), state.self.tz);
    if (!previous || previous.day !== day) {
      const title = dayTitle(tsDate(message.ts), state.self.tz);
      items.push({ key: `day ${day}`, sig: title, render: () => h("div", { class: "day", role: "separator" }, h("span", {}, title)) });
    }
    const grouped = Boolean(previous) && previous.day === day && follows(previous.message, message);
    items.push({
      key: message.ts,
      sig: signature(message, grouped, openThread),
      render: () => row(channel, message, grouped, openThread),
    });
    previous = { day, message };
  }
  reconcile(list, items);
}

/** What a row's look depends on; "5 minutes ago" also depends on the minute. */
function signature(message, grouped, openThread) {
  const json = JSON.stringify([message, grouped, Boolean(openThread), state.user]);
  return /\{ago\}|_pretty\}/.test(json) ? `${json} ${Math.floor(now() / 60_000)}` : json;
}

function follows(before, message) {
  if (QUIET.has(before.subtype) || QUIET.has(message.subtype)) return false;
  if (Boolean(before.is_ephemeral) !== Boolean(message.is_ephemeral) || message.is_ephemeral) return false;
  const [a, b] = [authorOf(before), authorOf(message)];
  return a.id === b.id && a.name === b.name && Number(message.ts) - Number(before.ts) < GROUP_SECONDS && !before.reply_count;
}

function stamp(message, text) {
  return h("time", { class: "stamp", datetime: tsDate(message.ts).toISOString(), title: `${utcOf(message.ts)} · ${state.self.tz ?? "UTC"} ${clock(tsDate(message.ts), state.self.tz)}` }, text ?? clock(tsDate(message.ts), state.self.tz));
}

function row(channel, message, grouped, openThread) {
  const author = authorOf(message);
  if (QUIET.has(message.subtype)) return quietRow(message, author);
  const pinned = message.pinned_to?.includes(channel) || message.pinned_info;
  const classes = ["message", grouped && "message-grouped", message.is_ephemeral && "message-ephemeral", pinned && "message-pinned"].filter(Boolean).join(" ");
  return h("article", { class: classes, data: { ts: message.ts, testid: message.is_ephemeral ? "ephemeral" : "message" }, "aria-label": `${author.name} at ${clock(tsDate(message.ts), state.self.tz)}` },
    pinned && h("div", { class: "message-flag" }, icon("pin"), message.pinned_info?.pinned_by ? `Pinned by ${nameOf(message.pinned_info.pinned_by)}` : "Pinned"),
    message.is_ephemeral && h("div", { class: "message-flag" }, icon("eye"), "Only visible to you"),
    h("div", { class: "message-row" },
      h("div", { class: "message-gutter" }, grouped ? stamp(message) : avatar(author.member)),
      h("div", { class: "message-main" },
        !grouped && h("div", { class: "message-head" }, h("span", { class: "author" }, author.name), author.isApp && h("span", { class: "badge" }, "APP"), stamp(message), message.blocks?.length && editedMark(message)),
        body(channel, message, grouped),
        files(message),
        message.is_ephemeral ? h("button", { type: "button", class: "text-button", data: { testid: "dismiss" }, on: { click: () => dismiss(channel, message.ts) } }, "Dismiss") : [reactions(channel, message), openThread && threadLink(message, openThread)])),
    !message.is_ephemeral && toolbar(channel, message, openThread));
}

function editedMark(message) {
  return message.edited && h("span", { class: "edited", title: `Edited ${utcOf(message.edited.ts)}` }, " (edited)");
}

function body(channel, message, grouped) {
  if (message.subtype === "tombstone") return h("div", { class: "text gone" }, "This message was deleted.");
  if (message.blocks?.length) {
    const surface = surfaceFor("message", `message ${channel} ${message.ts}`, { channel, message_ts: message.ts });
    return h("div", { class: "message-body" }, renderBlocks(message.blocks, surface), grouped && editedMark(message));
  }
  const text = message.mrkdwn === false ? plain(message.text ?? "") : mrkdwn(message.text);
  return h("div", { class: `message-body text${jumbo(message.text) ? " jumbo" : ""}` }, text, editedMark(message));
}

function jumbo(text) {
  return /^(:[a-z0-9_+'-]+:\s*){1,3}$/.test(text ?? "") && text.match(/:([a-z0-9_+'-]+):/g).every((name) => emoji(name.slice(1, -1)));
}

function files(message) {
  return (message.files ?? []).map((file) => h("div", { class: "file-card" }, icon("file"), h("div", {}, file.url_private ? link(file.url_private, file.title || file.name) : (file.title || file.name), h("div", { class: "file-kind" }, file.pretty_type ?? file.mimetype ?? file.filetype ?? "File"))));
}

function quietRow(message, author) {
  const words = message.text || message.subtype.replaceAll("_", " ");
  const alone = /^<@/.test(words) ? null : h("span", { class: "author" }, author.name, " ");
  return h("article", { class: "message message-quiet", data: { ts: message.ts, testid: "message" } }, h("div", { class: "message-row" }, h("div", { class: "message-gutter" }, stamp(message)), h("div", { class: "text" }, alone, words.split("\n").flatMap(inline))));
}

// Reactions

function reactions(channel, message) {
  if (!message.reactions?.length) return null;
  return h("div", { class: "reactions" }, message.reactions.map((one) => {
    const mine = one.users.includes(state.user);
    const who = `${one.users.map(nameOf).join(", ")} reacted with :${one.name}:`;
    return h("button", { type: "button", class: `reaction${mine ? " reaction-mine" : ""}`, "aria-pressed": String(mine), "aria-label": `${one.count ?? one.users.length} × ${one.name.replaceAll("_", " ")}. ${who}`, title: who, data: { reaction: one.name }, on: { click: () => react(channel, message.ts, one.name, mine) } },
      h("span", { class: "emoji" }, emoji(one.name) ?? `:${one.name}:`), h("span", { class: "reaction-count" }, one.count ?? one.users.length));
  }), iconButton("smile", "Add a reaction", (event) => pickEmoji(event.currentTarget, (name) => react(channel, message.ts, name, false)), { class: "reaction reaction-add" }));
}

/** A small picker: favourites first, everything by name. */
export function pickEmoji(anchor, onPick) {
  const grid = h("div", { class: "emoji-grid" });
  const search = h("input", { type: "search", class: "chooser-search", placeholder: "Find an emoji", "aria-label": "Find an emoji", data: { autofocus: "" }, autocomplete: "off" });
  const draw = () => {
    const wanted = search.value.trim().toLowerCase().replaceAll(" ", "_").replaceAll(":", "");
    const names = wanted ? [...EMOJI.keys()].filter((name) => name.includes(wanted)) : [...FAVOURITES, ...[...EMOJI.keys()].filter((name) => !FAVOURITES.includes(name))];
    grid.replaceChildren(...names.slice(0, 400).map((name) => h("button", { type: "button", class: "emoji-cell", title: `:${name}:`, "aria-label": name.replaceAll("_", " "), data: { emoji: name }, on: { click: () => { closePopover(); onPick(name); } } }, emoji(name))));
  };
  search.addEventListener("input", draw);
  search.addEventListener("keydown", (event) => {
    if (event.key === "Enter") grid.querySelector("button")?.click();
  });
  draw();
  popover(anchor, h("div", { class: "emoji-picker", data: { testid: "emoji-picker" } }, search, grid), { label: "Emoji" });
}

// Threads and the toolbar

function threadLink(message, openThread) {
  if (!message.reply_count) return null;
  const faces = (message.reply_users ?? []).slice(0, 4).map((id) => avatar(state.members.get(id) ?? { id, is_bot: id.startsWith("B") }, "tiny"));
  const count = `${message.reply_count} ${message.reply_count === 1 ? "reply" : "replies"}`;
  return h("button", { type: "button", class: "thread-link", data: { testid: "thread-link" }, on: { click: () => openThread(message.ts) } }, h("span", { class: "faces" }, faces), h("span", { class: "thread-count" }, count), message.latest_reply && h("span", { class: "thread-last" }, `Last reply ${clock(tsDate(message.latest_reply), state.self.tz)}`));
}

function toolbar(channel, message, openThread) {
  const quick = ["eyes", "white_check_mark"].map((name) => h("button", { type: "button", class: "icon-button", "aria-label": `React with ${name.replaceAll("_", " ")}`, title: `:${name}:`, on: { click: () => react(channel, message.ts, name, message.reactions?.some((one) => one.name === name && one.users.includes(state.user))) } }, h("span", { class: "emoji" }, emoji(name))));
  return h("div", { class: "toolbar", role: "toolbar", "aria-label": "Message actions" },
    quick,
    iconButton("smile", "Add a reaction", (event) => pickEmoji(event.currentTarget, (name) => react(channel, message.ts, name, false)), { data: { testid: "react" } }),
    openThread && iconButton("thread", "Reply in thread", () => openThread(message.thread_ts ?? message.ts), { data: { testid: "reply-in-thread" } }),
    iconButton("more", "More actions", (event) => more(event.currentTarget, channel, message), { data: { testid: "message-more" }, "aria-haspopup": "menu" }));
}

function more(anchor, channel, message) {
  const pinned = message.pinned_to?.includes(channel);
  const mine = message.user === state.user && !message.bot_id;
  const forMessages = state.shortcuts.filter((one) => (one.type ?? "message") === "message");
  menu(anchor, [
    { icon: "pin", label: pinned ? "Unpin from channel" : "Pin to channel", id: "pin", onClick: () => pin(channel, message.ts, pinned) },
    { icon: "link", label: "Copy link", id: "copy-link", onClick: () => navigator.clipboard?.writeText(`${location.origin}${location.pathname}#/${state.user}/${channel}/m/${message.ts}`) },
    mine && { icon: "edit", label: "Edit message", id: "edit", onClick: () => edit(channel, message) },
    mine && { icon: "bin", label: "Delete message", danger: true, id: "delete", onClick: () => remove(channel, message) },
    forMessages.length && { divider: nameOf(botUser()) },
    ...forMessages.map((one) => ({ icon: "bolt", label: one.name ?? one.callback_id, id: one.callback_id, onClick: () => shortcut(one.callback_id, channel, message.ts) })),
  ], "Message actions");
}

async function remove(channel, message) {
  const sure = await confirm({ title: "Delete message", text: "Delete this message? This cannot be undone.", confirm: "Delete", deny: "Keep it", style: "danger" });
  if (sure) await changeMessage(channel, message.ts, { delete: true });
}

function edit(channel, message) {
  const box = h("textarea", { class: "input", rows: 5, "aria-label": "Message", value: asTyped(message.text) });
  const dialog = h("dialog", { class: "confirm", "aria-label": "Edit message" }, h("h2", {}, "Edit message"), box, h("div", { class: "confirm-buttons" },
    h("button", { type: "button", class: "button", on: { click: () => dialog.close() } }, "Cancel"),
    h("button", { type: "button", class: "button button-primary", on: { click: () => { dialog.close(); changeMessage(channel, message.ts, { edit: box.value }); } } }, "Save")));
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}
