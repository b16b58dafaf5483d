// The page: puts the panes together, follows the address, redraws what changed.
//
// Addresses: #/U…/C… (or a channel's name), #/U…/C…/t/<ts> for a thread, #/U…/C…/m/<ts> for a
// message, #/U…/app/home and #/U…/app/messages for the app.

import { Failure } from "./api.js";
import { h, iconButton, fill } from "./dom.js";
import { renderBlocks } from "./blocks.js";
import { appTabs, conversation, threadPane } from "./channel.js";
import { avatar } from "./people.js";
import { startModals } from "./modal.js";
import { toast } from "./popover.js";
import { drawRail, jump } from "./rail.js";
import { appChannel, appName, become, botUser, channelByName, isUnread, lastUser, on, state, titleOf } from "./store.js";
import { directWith, openHome, surfaceFor } from "./verbs.js";

const rail = h("aside", { class: "rail", "aria-label": "Workspace", data: { testid: "rail" } });
const shade = h("div", { class: "shade", on: { click: () => go.drawer(false) } });
const status = h("div", { class: "status", role: "status", hidden: true, data: { testid: "status" } }, "Connection lost. Trying again…");
const home = h("section", { class: "home", hidden: true, "aria-label": "App home", data: { testid: "home" } });

const go = {
  to(place) {
    location.hash = `#/${state.user}/${place}`;
    go.drawer(false);
  },
  as(user) {
    const tail = state.place.kind === "app" ? `app/${state.place.tab}` : state.place.id;
    location.hash = `#/${user}/${tail ?? ""}`;
  },
  async direct(user) {
    if (user === botUser()) return go.to("app/messages");
    const id = await directWith(user);
    return id && go.to(id);
  },
  thread(ts) {
    const base = state.place.kind === "app" ? "app/messages" : state.place.id;
    go.to(ts ? `${base}/t/${ts}` : base);
  },
  drawer(open) {
    document.body.classList.toggle("drawer-open", open);
    if (open) rail.querySelector("select")?.focus();
  },
};

const main = conversation(go);
const side = threadPane(go);

function address() {
  const [user, where, ...rest] = location.hash.replace(/^#\/?/, "").split("/").map(decodeURIComponent);
  return { user, where, rest };
}

function firstPlace() {
  const mine = [...state.channels.values()].filter((one) => !one.is_im && !one.is_archived && one.is_member !== false);
  return mine.find((one) => /^inc-/.test(one.name)) ?? mine.find((one) => one.name === "incidents") ?? mine.find((one) => one.is_general) ?? mine[0];
}

function placeOf(where, rest) {
  if (where === "app") return rest[0] === "messages" ? { kind: "app", tab: "messages", id: appChannel()?.id } : { kind: "app", tab: "home" };
  const channel = state.channels.get(where) ?? channelByName(where);
  return channel ? { kind: "channel", id: channel.id } : null;
}

/** An address may name somebody who is not here: then whoever comes first. */
async function becomeKnown(user) {
  try {
    await become(user);
  } catch (error) {
    if (!user || error.code === "unreachable") throw error;
    await become("");
  }
}

let turn = 0;

/** Make the screen be what the address says. */
async function follow() {
  const mine = (turn += 1);
  const { user, where, rest } = address();
  if (user !== state.user || !state.user) {
    await becomeKnown(user || lastUser());
    if (mine !== turn) return;
    if (user !== state.user) history.replaceState(null, "", `#/${[state.user, where, ...rest].filter(Boolean).join("/")}`);
  }
  let place = placeOf(where, rest);
  if (place?.tab === "messages" && !place.id) place.id = await directWith(botUser());
  if (!place) {
    if (where) toast(`There is no conversation ${where} that ${state.self.real_name ?? "this member"} can see.`);
    const first = firstPlace();
    place = first ? { kind: "channel", id: first.id } : { kind: "app", tab: "home" };
    history.replaceState(null, "", `#/${state.user}/${first?.id ?? "app/home"}`);
  }
  const before = JSON.stringify(state.place) + shownUser;
  state.place = place;
  shownUser = state.user;
  const thread = rest.indexOf("t");
  state.thread = thread >= 0 && rest[thread + 1] && place.id ? { channel: place.id, ts: rest[thread + 1] } : null;
  draw();
  const arrived = before !== JSON.stringify(place) + shownUser;
  if (arrived && place.tab === "home") await openHome();
  if (arrived && place.id) await main.open();
  await side.open();
  if (rest[0] === "m") await main.point(rest[1]);
  if (arrived && place.id && !state.thread && matchMedia("(hover: hover)").matches) main.focus();
}

let shownUser = null;

function draw() {
  document.body.classList.toggle("has-thread", Boolean(state.thread));
  const atHome = state.place.tab === "home";
  home.hidden = !atHome;
  main.node.hidden = atHome;
  drawRail(rail, go);
  drawTitle();
  drawHome();
  if (!atHome) main.drawHead();
}

function drawTitle() {
  const here = state.channels.get(state.place.id);
  const unread = [...state.channels.values()].filter(isUnread).length;
  const name = state.place.kind === "app" ? appName() : here ? `${here.is_im ? "" : "#"}${titleOf(here)}` : "";
  document.title = `${unread ? `(${unread}) ` : ""}${name ? `${name} · ` : ""}${state.team.name ?? "Embedded workspace"}`;
}

function drawHome() {
  if (state.place.tab !== "home") return;
  const view = state.homeView;
  const scroll = home.querySelector(".home-body")?.scrollTop ?? 0;
  fill(home,
    h("header", { class: "head" },
      iconButton("menu", "Open the list of channels", () => go.drawer(true), { class: "drawer-only" }),
      h("div", { class: "head-words" }, h("h1", {}, avatar(state.members.get(botUser()), "tiny"), h("span", {}, appName()))), appTabs()),
    h("div", { class: "home-body", tabindex: "0", data: { viewId: view?.id } }, view
      ? renderBlocks(view.blocks, surfaceFor("home", `home ${state.user}`, { view_id: view.id }))
      : h("div", { class: "beginning" }, avatar(state.members.get(botUser())), h("h2", {}, appName()), h("p", {}, "The app has not published a home for you yet."))));
  home.querySelector(".home-body").scrollTop = scroll;
}

async function start() {
  document.body.replaceChildren(h("a", { class: "skip", href: "#main", on: { click: (event) => { event.preventDefault(); main.focus(); } } }, "Skip to the conversation"), status, h("div", { class: "frame" }, rail, shade, h("main", { class: "main", id: "main" }, main.node, home), side.node));
  startModals();
  on("rail", () => { drawRail(rail, go); drawTitle(); });
  on("channel", () => state.place.id && main.drawHead());
  on("messages", () => state.place.id && main.drawList());
  on("thread", side.draw);
  on("home", drawHome);
  on("extras", () => state.place.id && main.drawExtras());
  on("resync", () => { if (state.place.id) main.open(); side.open(); });
  on("status", () => { status.hidden = state.connected; });
  addEventListener("hashchange", () => { guarded(follow); });
  addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
      event.preventDefault();
      jump(rail.querySelector("[data-testid=jump]"), go);
    }
    if (event.key === "Escape") go.drawer(false);
  });
  setInterval(() => { if (state.place.id) main.drawList(); side.draw(); }, 30_000); // "5 minutes ago" goes on
  await guarded(follow);
}

async function guarded(work) {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    if (state.user) return toast(error.message);
    fill(document.body, h("div", { class: "failed", role: "alert" }, h("h1", {}, "The workspace did not open"), h("p", {}, error.message), h("button", { type: "button", class: "button button-primary", on: { click: () => location.reload() } }, "Try again")));
  }
  return undefined;
}

start();
