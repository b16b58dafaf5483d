// The left rail: who you are, incident rooms, channels, direct messages, the app.

import { fill, h, icon, iconButton } from "./dom.js";
import { zoneNote } from "./dates.js";
import { avatar } from "./people.js";
import { chooser } from "./popover.js";
import { bare } from "./mrkdwn.js";
import { appName, botUser, isUnread, nameOf, state, titleOf } from "./store.js";

const isRoom = (channel) => /^inc-/.test(channel.name ?? "");
const byName = (a, b) => titleOf(a).localeCompare(titleOf(b), "en", { numeric: true });
const newestFirst = (a, b) => titleOf(b).localeCompare(titleOf(a), "en", { numeric: true });

/** Draw into `rail`. `go` = {to(place), as(userId), direct(userId), drawer(open)}. */
export function drawRail(rail, go) {
  const all = [...state.channels.values()];
  const open = all.filter((one) => !one.is_im && !one.is_archived);
  const mine = (one) => one.is_member !== false;
  const scroll = rail.querySelector(".rail-scroll")?.scrollTop ?? 0;
  const focused = rail.contains(document.activeElement) ? document.activeElement.dataset.testid : null;
  const direct = all.filter((one) => one.is_im && one.user !== botUser() && one.user !== state.user).sort(byName);
  const head = rail.querySelector(".act-as") === actAs(go) ? rail.querySelector(".act-as") : null;
  const parts = [h("div", { class: "rail-head" },
      h("div", { class: "workspace" }, h("span", { class: "workspace-name" }, state.team.name ?? "Embedded workspace"), h("span", { class: "workspace-kind" }, "Embedded workspace")),
      iconButton("search", "Jump to…", (event) => jump(event.currentTarget, go), { data: { testid: "jump" } }),
      iconButton("close", "Close the list", () => go.drawer(false), { class: "drawer-only" })),
    h("nav", { class: "rail-scroll", "aria-label": "Conversations" },
      group("Incident rooms", open.filter(isRoom).sort(newestFirst).map((one) => channelLink(one, go, mine(one))), "No open rooms", "rooms"),
      group("Channels", [...open.filter((one) => !isRoom(one) && mine(one)).sort(byName).map((one) => channelLink(one, go, true)), browse(go)], null, "channels"),
      group("Direct messages", direct.map((one) => directLink(one, go)), "Nobody yet: use the search above", "dms"),
      group("App", [appLink("home", "Home", go), appLink("messages", "Messages", go)], null, "app"))];
  if (head) {
    rail.firstChild.replaceWith(parts[0]);
    rail.lastChild.replaceWith(parts[1]);
  } else fill(rail, parts[0], actAs(go), parts[1]);
  rail.querySelector(".rail-scroll").scrollTop = scroll;
  if (focused) rail.querySelector(`[data-testid="${CSS.escape(focused)}"]`)?.focus();
}

function group(title, rows, empty, testid) {
  return h("section", { class: "rail-group", data: { testid: `group-${testid}` } }, h("h2", {}, title), rows.length ? h("ul", {}, rows.map((one) => h("li", {}, one))) : empty && h("p", { class: "rail-empty" }, empty));
}

let switcher = { sig: "", node: null };

/** Kept while nothing about it changes: redrawing would shut the list under the person's finger. */
function actAs(go) {
  const sig = JSON.stringify([state.user, state.self.tz, [...state.members.values()].map((one) => [one.id, one.real_name, one.deleted])]);
  if (switcher.sig !== sig) switcher = { sig, node: switcherFor(go) };
  return switcher.node;
}

function switcherFor(go) {
  const people = [...state.members.values()].filter((one) => !one.is_bot && !one.deleted).sort((a, b) => nameOf(a.id).localeCompare(nameOf(b.id)));
  const note = [zoneNote(state.self.tz), state.self.profile?.title ?? state.self.title].filter(Boolean);
  return h("label", { class: "act-as" },
    avatar(state.self, "small"),
    h("span", { class: "act-as-words" }, h("span", { class: "act-as-hint" }, "Act as"), h("span", { class: "act-as-name" }, nameOf(state.user)), h("span", { class: "act-as-note" }, note.join(" · "))),
    icon("down"),
    h("select", { data: { testid: "act-as" }, "aria-label": "Act as", on: { change: (event) => go.as(event.target.value) } },
      people.map((one) => h("option", { value: one.id, selected: one.id === state.user }, [nameOf(one.id), one.profile?.title ?? one.title].filter(Boolean).join(", ")))));
}

function current(id) {
  return state.place.id === id ? "page" : null;
}

function channelLink(channel, go, joined) {
  const unread = isUnread(channel);
  return h("a", { class: `rail-link${unread ? " is-unread" : ""}${joined ? "" : " is-outside"}`, href: `#/${state.user}/${channel.id}`, "aria-current": current(channel.id), title: joined ? channel.name : `${channel.name} (you have not joined)`, data: { testid: `channel-${channel.name}`, channel: channel.id }, on: { click: () => go.drawer(false) } },
    icon(channel.is_private ? "lock" : isRoom(channel) ? "bolt" : "hash"), h("span", { class: "rail-name" }, channel.name), unread && count(channel));
}

function count(channel) {
  const number = Number(channel.unread ?? channel.unread_count);
  return h("span", { class: "unread", "aria-label": "unread" }, number > 1 ? (number > 99 ? "99+" : number) : "•");
}

function directLink(channel, go) {
  const unread = isUnread(channel);
  return h("a", { class: `rail-link${unread ? " is-unread" : ""}`, href: `#/${state.user}/${channel.id}`, "aria-current": current(channel.id), data: { testid: `dm-${state.members.get(channel.user)?.name ?? channel.user}`, channel: channel.id }, on: { click: () => go.drawer(false) } },
    avatar(state.members.get(channel.user), "tiny"), h("span", { class: "rail-name" }, titleOf(channel)), unread && count(channel));
}

function appLink(tab, title, go) {
  const here = state.place.kind === "app" && state.place.tab === tab;
  const channel = tab === "messages" ? [...state.channels.values()].find((one) => one.is_im && one.user === botUser()) : null;
  const unread = channel && isUnread(channel);
  return h("a", { class: `rail-link${unread ? " is-unread" : ""}`, href: `#/${state.user}/app/${tab}`, "aria-current": here ? "page" : null, data: { testid: `app-${tab}` }, on: { click: () => go.drawer(false) } },
    tab === "home" ? avatar(state.members.get(botUser()), "tiny") : icon("thread"), h("span", { class: "rail-name" }, tab === "home" ? `${appName()} home` : title), unread && count(channel));
}

function browse(go) {
  return h("button", { type: "button", class: "rail-link rail-quiet", data: { testid: "browse" }, on: { click: (event) => jump(event.currentTarget, go) } }, icon("plus"), h("span", { class: "rail-name" }, "Find a channel"));
}

/** Go anywhere by name; people too. */
export function jump(anchor, go) {
  chooser(anchor, {
    label: "channels and people",
    chosen: new Set(),
    source: (query) => {
      const wanted = query.toLowerCase();
      const channels = [...state.channels.values()].filter((one) => !one.is_im && one.name.includes(wanted)).sort(byName);
      const people = [...state.members.values()].filter((one) => !one.deleted && one.id !== state.user && `${nameOf(one.id)} ${one.name}`.toLowerCase().includes(wanted));
      return [
        { label: "Channels", options: channels.map((one) => ({ value: one.id, label: one.name, note: [one.is_archived && "archived", one.is_member === false && "not joined", one.topic?.value && bare(one.topic.value)].filter(Boolean).join(" · "), lead: icon(one.is_private ? "lock" : "hash") })) },
        { label: "People", options: people.map((one) => ({ value: `@${one.id}`, label: nameOf(one.id), note: one.profile?.title ?? one.title, lead: avatar(one, "tiny") })) },
      ];
    },
    onPick: (row) => (row.value.startsWith("@") ? go.direct(row.value.slice(1)) : go.to(row.value)),
  });
}
