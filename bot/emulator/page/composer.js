// Where a person types: messages, slash commands, mentions, and what was said before. Text goes out
// as typed; the workspace marks names and links and escapes the rest, as Slack's client does.

import { fill, h, icon, iconButton } from "./dom.js";
import { avatar } from "./people.js";
import { menu, toast } from "./popover.js";
import { bare } from "./mrkdwn.js";
import { appName, nameOf, state } from "./store.js";
import { command, send, shortcut } from "./verbs.js";
import { pickEmoji } from "./messages.js";

const said = []; // oldest first, shared by all composers of this page

/** A composer for `where()` -> {channel, threadTs?, title}. */
export function composer(where, testid) {
  const box = h("textarea", { class: "composer-text", rows: 1, data: { testid }, "aria-label": "Message", "aria-autocomplete": "list", autocomplete: "off", spellcheck: "true" });
  const hints = h("div", { class: "composer-hints", role: "listbox", "aria-label": "Suggestions", hidden: true });
  const usage = h("div", { class: "composer-usage", hidden: true });
  const button = h("button", { type: "button", class: "send", "aria-label": "Send", title: "Send", disabled: true, data: { testid: `${testid}-send` } }, icon("send"));
  let recall = said.length;
  let rows = [];
  let active = 0;

  function fit() {
    box.style.setProperty("height", "auto");
    box.style.setProperty("height", `${Math.min(box.scrollHeight, 200)}px`);
    button.disabled = !box.value.trim();
  }

  function put(text) {
    box.value = text;
    box.setSelectionRange(text.length, text.length);
    changed();
  }

  function changed() {
    fit();
    suggest();
    showUsage();
  }

  function suggest() {
    const before = box.value.slice(0, box.selectionStart);
    rows = suggestions(before, Boolean(where().threadTs));
    active = 0;
    drawHints();
  }

  function drawHints() {
    hints.hidden = rows.length === 0;
    fill(hints, rows.map((one, at) => h("div", { role: "option", class: `hint${at === active ? " is-active" : ""}`, "aria-selected": String(at === active), data: { value: one.insert }, on: { mousedown: (event) => { event.preventDefault(); accept(one); } } },
      one.lead, h("span", { class: "hint-label" }, one.label), h("span", { class: "hint-note" }, one.note))));
  }

  function accept(one) {
    const at = box.selectionStart;
    const start = box.value.slice(0, at).length - one.typed.length;
    const text = `${box.value.slice(0, start)}${one.insert} `;
    const rest = box.value.slice(at).replace(/^ /, "");
    box.value = text + rest;
    box.setSelectionRange(text.length, text.length);
    changed();
    rows = [];
    drawHints();
  }

  function showUsage() {
    const found = /^(\/\S+)\s/.exec(box.value);
    const known = found && state.commands.find((one) => one.command === found[1]);
    usage.hidden = !known?.usage_hint;
    if (known) fill(usage, h("strong", {}, known.command), ` ${known.usage_hint ?? ""}`);
  }

  async function submit() {
    const text = box.value.trim();
    if (!text) return;
    const { channel, threadTs } = where();
    const slash = /^(\/[^\s/]+)(?:\s+([\s\S]*))?$/.exec(text);
    if (slash && threadTs) return void toast(`${slash[1]} is not supported in threads. Sorry!`);
    if (slash && !state.commands.some((one) => one.command === slash[1])) return void toast(`${slash[1]} is not a valid command. To say it as a message, begin with a space.`);
    if (said.at(-1) !== text) said.push(text);
    recall = said.length;
    put("");
    const done = slash ? await command(channel, slash[1], slash[2] ?? "") : await send(channel, text, threadTs);
    if (!done && !box.value && where().channel === channel) put(text); // nothing typed is lost
  }

  function goBack(step) {
    if (box.value && said[recall] !== box.value) return false;
    const next = recall + step;
    if (next < 0 || next > said.length) return false;
    recall = next;
    put(said[recall] ?? "");
    rows = [];
    drawHints();
    return true;
  }

  function onKey(event) {
    if (event.isComposing) return;
    if (rows.length && HINT_KEYS[event.key]) {
      event.preventDefault();
      HINT_KEYS[event.key]();
    } else if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      submit();
    } else if ((event.key === "ArrowUp" && goBack(-1)) || (event.key === "ArrowDown" && said[recall] && goBack(1))) {
      event.preventDefault();
    }
  }

  const move = (step) => {
    active = (active + step + rows.length) % rows.length;
    drawHints();
  };
  const HINT_KEYS = {
    ArrowDown: () => move(1),
    ArrowUp: () => move(-1),
    Tab: () => accept(rows[active]),
    Enter: () => (rows[active].typed === rows[active].insert ? submit() : accept(rows[active])),
    Escape: () => {
      rows = [];
      drawHints();
    },
  };

  box.addEventListener("input", changed);
  box.addEventListener("keydown", onKey);
  box.addEventListener("blur", () => {
    hints.hidden = true;
  });
  button.addEventListener("click", submit);
  const tools = h("div", { class: "composer-tools" },
    iconButton("bolt", "Shortcuts and commands", (event) => shortcuts(event.currentTarget, where, (text) => { put(text); box.focus(); })),
    iconButton("smile", "Emoji", (event) => pickEmoji(event.currentTarget, (name) => { put(`${box.value}:${name}: `); box.focus(); })),
    h("button", { type: "button", class: "icon-button at", "aria-label": "Mention someone", title: "Mention someone", on: { click: () => { put(`${box.value}${box.value && !/\s$/.test(box.value) ? " " : ""}@`); box.focus(); } } }, "@"),
    h("span", { class: "composer-keys" }, h("kbd", {}, "Enter"), " sends, ", h("kbd", {}, "Shift Enter"), " starts a line"),
    button);
  const node = h("div", { class: "composer" }, hints, usage, box, tools);
  return {
    node,
    focus: () => box.focus(),
    /** Say where it writes now. */
    update() {
      box.placeholder = where().title;
      box.setAttribute("aria-label", where().title);
      fit();
    },
  };
}

/** What could complete the text before the cursor: [{typed, insert, label, note, lead}]. */
function suggestions(before, inThread) {
  const slash = /^\/\S*$/.exec(before);
  if (slash && !inThread) {
    return state.commands.filter((one) => one.command.startsWith(before)).map((one) => ({ typed: before, insert: one.command, label: one.command, note: [one.usage_hint, one.description].filter(Boolean).join("  ·  "), lead: icon("bolt") }));
  }
  const mention = /(?:^|[\s(,])(@[\p{L}\p{N}._-]*)$/u.exec(before);
  if (mention) return people(mention[1]);
  const channel = /(?:^|[\s(,])(#[a-z0-9_-]*)$/.exec(before);
  if (!channel) return [];
  return [...state.channels.values()].filter((one) => !one.is_im && one.name.startsWith(channel[1].slice(1))).slice(0, 7).map((one) => ({ typed: channel[1], insert: `#${one.name}`, label: one.name, note: bare(one.topic?.value), lead: icon(one.is_private ? "lock" : "hash") }));
}

function people(typed) {
  const wanted = typed.slice(1).toLowerCase();
  const hit = (...names) => names.some((name) => String(name ?? "").toLowerCase().split(" ").some((word) => word.startsWith(wanted)));
  const members = [...state.members.values()].filter((one) => !one.deleted && hit(one.name, one.real_name, nameOf(one.id))).map((one) => ({ typed, insert: `@${one.name}`, label: nameOf(one.id), note: `@${one.name}`, lead: avatar(one, "tiny") }));
  const groups = [...state.usergroups.values()].filter((one) => hit(one.handle, one.name)).map((one) => ({ typed, insert: `@${one.handle}`, label: `@${one.handle}`, note: one.name, lead: icon("people") }));
  return [...members, ...groups].slice(0, 8);
}

function shortcuts(anchor, where, begin) {
  const global = state.shortcuts.filter((one) => one.type === "global");
  menu(anchor, [
    { divider: appName() },
    ...global.map((one) => ({ icon: "bolt", label: one.name ?? one.callback_id, id: one.callback_id, onClick: () => shortcut(one.callback_id) })),
    ...(where().threadTs ? [] : state.commands.map((one) => ({ icon: "bolt", label: one.command, note: one.description, id: one.command, onClick: () => begin(`${one.command} `) }))),
  ], "Shortcuts and commands");
}
