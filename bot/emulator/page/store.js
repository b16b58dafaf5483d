// What this browser knows of the workspace, and how each live event changes it.
// Screens subscribe to topics: rail, channel, messages, thread, views, home, status.

import { boot as askBoot, live, web } from "./api.js";
import { setNow } from "./dates.js";

export const state = {
  user: null,
  team: {},
  self: {},
  app: {},
  members: new Map(),
  usergroups: new Map(),
  channels: new Map(), // every conversation: channels, direct messages
  commands: [],
  shortcuts: [],
  homeView: null,
  views: [], // open modals, the last is on top
  place: { kind: "none" },
  thread: null, // {channel, ts}
  connected: true,
};

const histories = new Map(); // channel id -> {messages: Map(ts -> message), cursor, loaded, loading}
const replies = new Map(); // "channel ts" -> {messages: Map, loaded}
const forms = new Map();
const extras = new Map(); // channel id -> {bookmarks, pins}
const listeners = new Map();
const pending = new Set();
let stopLive = null;

export function on(topic, fn) {
  listeners.set(topic, [...(listeners.get(topic) ?? []), fn]);
}

/** Redraw soon; many changes in one turn make one drawing. */
export function emit(...topics) {
  if (pending.size === 0) queueMicrotask(flush);
  for (const topic of topics) pending.add(topic);
}

function flush() {
  const topics = [...pending];
  pending.clear();
  for (const topic of topics) for (const fn of listeners.get(topic) ?? []) fn();
}

function byId(list) {
  return new Map((list ?? []).map((one) => [one.id, one]));
}

const LAST_USER = "workspace.user";

/** Who this browser acted as last. */
export function lastUser() {
  return localStorage.getItem(LAST_USER) ?? "";
}

/** Become `user` (or the first member) and load everything the page starts with. */
export async function become(user) {
  const data = await askBoot(user);
  const changed = state.user !== data.self.id;
  localStorage.setItem(LAST_USER, data.self.id);
  take(data);
  if (changed || !stopLive) listen();
  emit("rail", "channel", "messages", "thread", "views", "home");
}

function take(data) {
  setNow(data.now);
  histories.clear();
  replies.clear();
  extras.clear();
  Object.assign(state, {
    user: data.self.id,
    self: data.self,
    team: data.team ?? {},
    members: byId(data.members),
    usergroups: byId(data.usergroups),
    channels: byId([...(data.channels ?? []), ...(data.dms ?? []).map((dm) => ({ ...dm, is_im: true }))]),
    commands: (data.commands ?? []).map((one) => (typeof one === "string" ? { command: one } : one)),
    shortcuts: data.shortcuts ?? [],
    homeView: data.home_view ?? null,
    views: data.open_views ?? [],
  });
  state.app = data.app ?? [...state.members.values()].find((one) => one.is_bot) ?? {};
  const away = new Set(dismissed());
  for (const one of data.ephemerals ?? []) if (!away.has(`${one.channel} ${one.ts ?? one.message?.ts}`)) keep(one.channel, { ...(one.message ?? one), is_ephemeral: true });
}

function listen() {
  stopLive?.();
  let lost = false;
  stopLive = live(state.user, receive, (connected) => {
    if (connected && lost) become(state.user).then(() => emit("resync"), () => emit("status")); // catch up on what was missed
    lost = !connected;
    state.connected = connected;
    emit("status");
  });
}

// Conversations

export function history(channel) {
  if (!histories.has(channel)) histories.set(channel, { messages: new Map(), cursor: "", loaded: false });
  return histories.get(channel);
}

/** Fetch the newest page, or the next older one. */
export async function loadHistory(channel, { older = false } = {}) {
  const found = history(channel);
  if (found.loading || (found.loaded && !older) || (older && !found.cursor)) return;
  found.loading = true;
  try {
    const body = await web(state.user, "conversations.history", { channel, limit: 100, cursor: older ? found.cursor : "" });
    for (const message of body.messages) found.messages.set(message.ts, message);
    found.cursor = body.response_metadata?.next_cursor ?? "";
    found.loaded = true;
  } finally {
    found.loading = false;
  }
  emit("messages");
}

export function thread(channel, ts) {
  const key = `${channel} ${ts}`;
  if (!replies.has(key)) replies.set(key, { messages: new Map(), loaded: false });
  return replies.get(key);
}

export async function loadThread(channel, ts) {
  const found = thread(channel, ts);
  if (found.loaded) return;
  const body = await web(state.user, "conversations.replies", { channel, ts, limit: 200 });
  for (const message of body.messages) found.messages.set(message.ts, message);
  found.loaded = true;
  emit("thread");
}

/** A channel's {bookmarks, pins}, each undefined until known. */
export function extrasOf(channel) {
  if (!extras.has(channel)) extras.set(channel, {});
  return extras.get(channel);
}

/** Fetch what is not known yet. These methods are scarce: live events keep the answer fresh. */
export async function loadExtras(channel) {
  const known = extrasOf(channel);
  await Promise.all([
    known.bookmarks ?? web(state.user, "bookmarks.list", { channel_id: channel }).then((body) => { known.bookmarks = body.bookmarks; }),
    known.pins ?? web(state.user, "pins.list", { channel }).then((body) => { known.pins = body.items; }),
  ]);
  emit("extras");
}

export function inOrder(messages) {
  return [...messages.values()].sort((a, b) => (a.ts < b.ts ? -1 : 1));
}

function isReply(message) {
  return message.thread_ts && message.thread_ts !== message.ts;
}

function keep(channel, message) {
  if (isReply(message)) {
    thread(channel, message.thread_ts).messages.set(message.ts, message);
    if (message.subtype !== "thread_broadcast") return;
  } else if (replies.has(`${channel} ${message.ts}`)) {
    thread(channel, message.ts).messages.set(message.ts, message);
  }
  history(channel).messages.set(message.ts, message);
}

function drop(channel, ts) {
  history(channel).messages.delete(ts);
  for (const [key, found] of replies) if (key.startsWith(`${channel} `)) found.messages.delete(ts);
}

const DISMISSED = "workspace.dismissed";
const MOST_DISMISSED = 300;

function dismissed() {
  return JSON.parse(localStorage.getItem(DISMISSED) ?? "[]");
}

/** Put an ephemeral message away, also after a reload. */
export function dismiss(channel, ts) {
  localStorage.setItem(DISMISSED, JSON.stringify([...dismissed(), `${channel} ${ts}`].slice(-MOST_DISMISSED)));
  drop(channel, ts);
  emit("messages", "thread");
}

export function findMessage(channel, ts) {
  const inChannel = history(channel).messages.get(ts);
  if (inChannel) return inChannel;
  for (const [key, found] of replies) {
    if (key.startsWith(`${channel} `) && found.messages.has(ts)) return found.messages.get(ts);
  }
  return undefined;
}

/** The values a person has entered into a surface but not sent; they outlive redrawing. */
export function formOf(key) {
  if (!forms.has(key)) forms.set(key, new Map());
  return forms.get(key);
}

export function forgetForm(key) {
  forms.delete(key);
}

// Names

export function member(id) {
  return state.members.get(id);
}

export function nameOf(id) {
  const found = member(id);
  return found ? found.real_name || found.profile?.real_name || found.profile?.display_name || found.name : id;
}

/** The title of any conversation, as the rail shows it. */
export function titleOf(channel) {
  return channel.is_im ? nameOf(channel.user) : channel.name;
}

export function channelByName(name) {
  return [...state.channels.values()].find((one) => !one.is_im && one.name === name);
}

export function botUser() {
  return state.app.user_id ?? state.app.bot_user_id ?? (state.members.has(state.app.id) ? state.app.id : [...state.members.values()].find((one) => one.is_bot)?.id);
}

export function appName() {
  return nameOf(botUser()) ?? "App";
}

export function appChannel() {
  return [...state.channels.values()].find((one) => one.is_im && one.user === botUser());
}

export function isUnread(channel) {
  return Boolean(channel.unread ?? channel.unread_count);
}

const marked = new Map(); // channel id -> newest ts the workspace knows this person has seen
let marking = null;

/** The person has seen all there is; the workspace is told once things are quiet. */
export function markRead(id) {
  const channel = state.channels.get(id);
  if (!channel || document.visibilityState !== "visible") return;
  if (isUnread(channel)) emit("rail");
  channel.unread = 0;
  const newest = inOrder(history(id).messages).filter((one) => !one.is_ephemeral).at(-1)?.ts ?? "";
  const key = `${state.user} ${id}`;
  if (newest <= (marked.get(key) ?? "") || channel.is_member === false) return;
  marked.set(key, newest);
  clearTimeout(marking);
  // A mark that fails costs nothing: the channel shows as unread once more after a reload.
  marking = setTimeout(() => web(state.user, "conversations.mark", { channel: id, ts: newest }).catch(() => marked.delete(key)), 1500);
}

// Live events

function channelId(event) {
  return typeof event.channel === "object" ? event.channel?.id : (event.channel ?? event.channel_id);
}

/** Count a reply at its parent, unless the parent already came with it. */
function countReply(channel, reply) {
  const parent = findMessage(channel, reply.thread_ts);
  if (!parent || (parent.latest_reply ?? "") >= reply.ts) return;
  const users = [...new Set([...(parent.reply_users ?? []), reply.user ?? reply.bot_id])];
  keep(channel, { ...parent, reply_count: (parent.reply_count ?? 0) + 1, latest_reply: reply.ts, reply_users: users });
}

function toggled(reactions, event) {
  const others = (reactions ?? []).filter((one) => one.name !== event.name);
  const mine = (reactions ?? []).find((one) => one.name === event.name) ?? { name: event.name, users: [] };
  const users = mine.users.filter((one) => one !== event.user);
  if (!(event.removed ?? event.remove)) users.push(event.user);
  return users.length ? [...others, { ...mine, users, count: users.length }] : others;
}

/** One event serves every viewer: what of it depends on who looks comes from the member list. */
function membership(event, given) {
  if (event.left) return { is_member: false };
  if (!event.members) return {};
  const other = event.members.find((id) => id !== state.user) ?? state.user;
  return { is_member: event.members.includes(state.user), ...(given.is_im ? { user: other } : {}) };
}

const EVENTS = {
  message(event) {
    const id = channelId(event);
    const known = findMessage(id, event.message.ts);
    keep(id, event.message);
    if (!known && isReply(event.message)) countReply(id, event.message);
    const channel = state.channels.get(id);
    const looking = state.place.id === id && document.visibilityState === "visible";
    if (channel && !known && !looking && !isReply(event.message) && event.message.user !== state.user) channel.unread = (Number(channel.unread) || 0) + 1;
    emit("messages", "thread", "rail");
  },
  message_changed(event) {
    const id = channelId(event);
    keep(id, event.message);
    emit("messages", "thread");
  },
  message_deleted(event) {
    const id = channelId(event);
    const ts = event.deleted_ts ?? event.ts ?? event.message?.ts;
    drop(id, ts); // a thread's parent comes anew on its own
    emit("messages", "thread");
  },
  reaction(event) {
    const id = channelId(event) ?? event.item?.channel;
    const found = event.message ?? findMessage(id, event.ts ?? event.item?.ts);
    if (!found) return;
    keep(id, event.message ?? { ...found, reactions: event.reactions ?? toggled(found.reactions, event) });
    emit("messages", "thread");
  },
  channel(event) {
    const given = typeof event.channel === "object" ? event.channel : event.object;
    if (!given) return;
    const channel = { ...state.channels.get(given.id), ...given, ...membership(event, given) };
    if (channel.is_member === false && (channel.is_private || channel.is_im)) state.channels.delete(channel.id);
    else state.channels.set(channel.id, channel);
    emit("rail", "channel", "messages");
  },
  ephemeral(event) {
    keep(channelId(event), { ...(event.message ?? event), is_ephemeral: true });
    emit("messages", "thread");
  },
  ephemeral_gone(event) {
    drop(channelId(event), event.ts ?? event.message_ts ?? event.message?.ts);
    emit("messages", "thread");
  },
  view(event) {
    if (event.view.type === "home") return EVENTS.home(event);
    const at = state.views.findIndex((one) => one.id === event.view.id);
    if (at >= 0) state.views[at] = event.view;
    else state.views = [...state.views.filter((one) => one.root_view_id === event.view.root_view_id), event.view];
    return emit("views");
  },
  view_gone(event) {
    closeViews(event.view_ids ?? [event.view_id ?? event.view?.id]);
  },
  home(event) {
    state.homeView = event.view ?? event.home_view;
    emit("home");
  },
  member(event) {
    const given = event.member ?? event.user;
    if (typeof given === "object") state.members.set(given.id, given);
    emit("rail", "messages", "channel");
  },
  pin(event) {
    extrasOf(channelId(event)).pins = event.pins;
    emit("extras");
  },
  bookmark(event) {
    extrasOf(channelId(event)).bookmarks = event.bookmarks;
    emit("extras");
  },
  presence() {},
};

function receive(event) {
  EVENTS[event.kind]?.(event);
}

export function closeViews(ids) {
  state.views = state.views.filter((one) => !ids.includes(one.id));
  for (const id of ids) forgetForm(id);
  emit("views");
}
