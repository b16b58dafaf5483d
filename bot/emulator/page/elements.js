// Block Kit's interactive elements. Each keeps its value in the surface's form, in the shape Slack
// sends it, and acts at once unless it stands in an input block that did not ask for that.

import { fill, h, icon } from "./dom.js";
import { fromLocalInput, toLocalInput } from "./dates.js";
import { avatar } from "./people.js";
import { chooser, confirm, menu } from "./popover.js";
import { textObject, words } from "./mrkdwn.js";
import { nameOf, state } from "./store.js";

/** `surface`: {form: Map, act(payload, node), suggest(block, element, query), kind}. */
export function element(spec, block, surface) {
  const make = MAKERS[spec.type];
  return make ? make(spec, new Field(spec, block, surface)) : h("span", { class: "unsupported" }, `[${spec.type}]`);
}

/** One element's place in its surface: its value, its hooks, its act. */
class Field {
  constructor(spec, block, surface) {
    Object.assign(this, { spec, block, surface });
    this.key = `${block.block_id ?? ""} ${spec.action_id ?? ""}`;
    this.label = words(block.label) || words(spec.placeholder) || words(spec.text) || words(block.text).slice(0, 80) || spec.action_id || spec.type;
  }

  /** Hooks for tests, and what names the control to a screen reader. */
  props(extra = {}) {
    const { data, ...rest } = extra;
    return { "aria-label": this.label, "aria-invalid": this.surface.errors?.[this.block.block_id] ? "true" : null, ...rest, data: { actionId: this.spec.action_id, blockId: this.block.block_id, type: this.spec.type, ...data } };
  }

  get value() {
    return this.surface.form.get(this.key)?.state;
  }

  /** Start from the element's initial value, unless the person has already chosen. */
  begin(initial) {
    if (!this.surface.form.has(this.key)) this.keep(initial);
    return this.value;
  }

  keep(value) {
    this.surface.form.set(this.key, { block: this.block.block_id, action: this.spec.action_id, state: { type: this.spec.type, ...value } });
  }

  async set(value, node) {
    this.keep(value);
    if (this.block.type !== "input" || this.block.dispatch_action) await this.act(value, node);
  }

  async act(value, node) {
    if (this.spec.confirm && !(await confirm(this.spec.confirm))) return false;
    await this.surface.act({ action_id: this.spec.action_id, block_id: this.block.block_id, type: this.spec.type, ...value }, node);
    return true;
  }
}

// Buttons and menus

function button(spec, field) {
  const style = spec.style === "primary" ? "button-primary" : spec.style === "danger" ? "button-danger" : "";
  const node = h("button", field.props({ type: "button", class: `button ${style}`, "aria-label": spec.accessibility_label ?? null, data: { value: spec.value } }),
    textObject(spec.text), spec.url && h("span", { class: "visually-hidden" }, " (opens a page)"));
  node.addEventListener("click", () => {
    if (spec.url && /^https?:/i.test(spec.url)) window.open(spec.url, "_blank", "noopener,noreferrer");
    field.act({ value: spec.value }, node);
  });
  return node;
}

function overflow(spec, field) {
  const node = h("button", field.props({ type: "button", class: "button button-icon", "aria-label": "More choices", "aria-haspopup": "menu" }), icon("more"));
  node.addEventListener("click", () => menu(node, spec.options.map((option) => ({
    label: words(option.text), note: words(option.description), value: option.value,
    onClick: () => {
      if (option.url && /^https?:/i.test(option.url)) window.open(option.url, "_blank", "noopener,noreferrer");
      field.act({ selected_option: option }, node);
    },
  })), "More choices"));
  return node;
}

// Selects: one combobox, many sources

function optionRow(option) {
  return { value: option.value, label: words(option.text), note: words(option.description), option };
}

function groupsOf(spec, query) {
  const wanted = query.toLowerCase();
  const match = (row) => `${row.label} ${row.note}`.toLowerCase().includes(wanted);
  const groups = spec.option_groups ?? [{ options: spec.options ?? [] }];
  return groups.map((group) => ({ label: words(group.label), options: group.options.map(optionRow).filter(match) }));
}

function people(_, query) {
  const wanted = query.toLowerCase();
  const rows = [...state.members.values()].filter((one) => !one.deleted && !one.is_bot && `${nameOf(one.id)} ${one.name} ${one.real_name}`.toLowerCase().includes(wanted));
  return [{ options: rows.map((one) => ({ value: one.id, label: nameOf(one.id), note: one.profile?.title ?? one.title, lead: avatar(one, "tiny") })) }];
}

function channels(_, query) {
  const rows = [...state.channels.values()].filter((one) => !one.is_im && !one.is_archived && one.name.includes(query.toLowerCase()));
  return [{ options: rows.map((one) => ({ value: one.id, label: one.name, lead: icon(one.is_private ? "lock" : "hash") })) }];
}

function conversations(spec, query) {
  return [{ label: "Channels", options: channels(spec, query)[0].options }, { label: "People", options: people(spec, query)[0].options }];
}

/** What each select sends, and where its rows come from. */
const SELECTS = {
  static: { sends: "selected_option", initial: "initial_option", source: groupsOf },
  external: { sends: "selected_option", initial: "initial_option" },
  users: { sends: "selected_user", initial: "initial_user", source: people },
  channels: { sends: "selected_channel", initial: "initial_channel", source: channels },
  conversations: { sends: "selected_conversation", initial: "initial_conversation", source: conversations },
};

function labelOf(value) {
  if (typeof value === "object") return textObject(value.text);
  const channel = state.channels.get(value);
  if (channel) return [icon(channel.is_private ? "lock" : "hash"), channel.name];
  return [state.members.has(value) && avatar(state.members.get(value), "tiny"), nameOf(value)];
}

function select(family, multi) {
  const kind = SELECTS[family];
  const sends = multi ? `${kind.sends}s` : kind.sends;
  const initial = multi ? `${kind.initial}s` : kind.initial;

  return (spec, field) => {
    const started = spec[initial] ?? (multi ? [] : null);
    field.begin({ [sends]: started });
    const node = h("button", field.props({ type: "button", class: `select${multi ? " select-multi" : ""}`, "aria-haspopup": "listbox", "aria-expanded": "false" }));

    const current = () => field.value[sends];
    const plainValue = (value) => (typeof value === "object" ? value.value : value);
    const draw = () => {
      const values = [current()].flat().filter(Boolean);
      const shown = values.length ? values.map((value) => h("span", { class: multi ? "chip" : "select-value" }, labelOf(value))) : h("span", { class: "select-placeholder" }, words(spec.placeholder) || "Choose…");
      fill(node, h("span", { class: "select-shown" }, shown), icon("down"));
      node.dataset.value = values.map(plainValue).join(",");
      node.setAttribute("aria-label", `${field.label}${values.length ? `: ${node.textContent}` : ""}`);
    };
    const rows = kind.source
      ? (query) => kind.source(spec, query)
      : async (query) => (await field.surface.suggest(field.block, spec, query)).map((group) => ({ label: words(group.label), options: group.options.map(optionRow) }));
    const take = (row) => {
      const value = row.option ?? row.value;
      let next = value;
      if (multi) {
        const kept = current().filter((one) => plainValue(one) !== row.value);
        next = kept.length === current().length ? [...kept, value] : kept;
        if (spec.max_selected_items && next.length > spec.max_selected_items) return;
      }
      field.set({ [sends]: next }, node);
      draw();
    };
    node.addEventListener("click", () => {
      const live = { has: (value) => [current()].flat().some((one) => one && plainValue(one) === value) };
      chooser(node, { label: field.label, source: rows, multi, chosen: live, onPick: take, short: family === "static" && groupsOf(spec, "").flatMap((group) => group.options).length <= 8, minimum: kind.source ? 0 : Math.max(0, spec.min_query_length ?? 3) });
    });
    draw();
    return node;
  };
}

// Things to type and pick

function textInput(type) {
  return (spec, field) => {
    const { value } = field.begin({ value: spec.initial_value ?? null });
    const props = field.props({
      class: "input", placeholder: words(spec.placeholder) || null, maxlength: spec.max_length, minlength: spec.min_length,
      ...(spec.multiline ? { rows: 4 } : { type, inputmode: type === "number" ? "decimal" : null, step: spec.is_decimal_allowed ? "any" : null, min: spec.min_value, max: spec.max_value }),
      autocomplete: "off", "data-autofocus": spec.focus_on_load ? "" : null,
    });
    const node = h(spec.multiline ? "textarea" : "input", { ...props, value: value ?? "" });
    const counter = spec.max_length && spec.max_length <= 1000 ? h("span", { class: "counter", "aria-hidden": "true" }) : null;
    const count = () => {
      if (counter) counter.textContent = node.value.length > spec.max_length * 0.7 ? `${spec.max_length - node.value.length}` : "";
    };
    const triggers = spec.dispatch_action_config?.trigger_actions_on ?? ["on_enter_pressed"];
    node.addEventListener("input", () => {
      field.keep({ value: node.value === "" ? null : node.value });
      count();
      if (field.block.dispatch_action && triggers.includes("on_character_entered")) field.act({ value: node.value }, node);
    });
    node.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || spec.multiline || event.isComposing) return;
      if (!field.block.dispatch_action || !triggers.includes("on_enter_pressed")) return;
      event.preventDefault();
      field.act({ value: node.value }, node);
    });
    count();
    return counter ? h("div", { class: "counted" }, node, counter) : node;
  };
}

function picker(type, sends, initial, { read = (text) => text, write = (value) => value } = {}) {
  return (spec, field) => {
    const value = field.begin({ [sends]: spec[initial] ?? null })[sends];
    const node = h("input", { ...field.props({ class: "input input-picker", type }), value: value === null ? "" : write(value) });
    node.addEventListener("change", () => field.set({ [sends]: node.value ? read(node.value) : null }, node));
    return node;
  };
}

function choices(type) {
  const many = type === "checkbox";
  const sends = many ? "selected_options" : "selected_option";
  return (spec, field) => {
    const first = many ? (spec.initial_options ?? []) : (spec.initial_option ?? null);
    const chosen = new Set([field.begin({ [sends]: first })[sends]].flat().filter(Boolean).map((one) => one.value));
    const group = h("div", field.props({ class: "choices", role: many ? "group" : "radiogroup" }));
    const name = `choice-${field.key}-${Math.random().toString(36).slice(2)}`;
    for (const option of spec.options) {
      const input = h("input", { type, name, value: option.value, checked: chosen.has(option.value), on: { change: () => {
        if (!many) chosen.clear();
        if (input.checked) chosen.add(option.value);
        else chosen.delete(option.value);
        const now = spec.options.filter((one) => chosen.has(one.value));
        field.set({ [sends]: many ? now : (now[0] ?? null) }, group);
      } } });
      group.append(h("label", { class: "choice" }, input, h("span", {}, h("span", { class: "choice-label" }, textObject(option.text)), option.description && h("span", { class: "choice-note" }, textObject(option.description)))));
    }
    return group;
  };
}

function picture(spec) {
  return image(spec.image_url ?? spec.slack_file?.url, spec.alt_text, "image-small");
}

/** An image, or its words when it cannot be loaded. */
export function image(url, alt, extra = "") {
  if (!url || !/^(https?:|\/|data:image\/)/i.test(url)) return h("span", { class: `image-missing ${extra}` }, alt || "image");
  const node = h("img", { src: url, alt: alt ?? "", class: `image ${extra}`, loading: "lazy", referrerpolicy: "no-referrer" });
  node.addEventListener("error", () => node.replaceWith(h("span", { class: `image-missing ${extra}`, role: "img" }, icon("file"), alt || "image")));
  return node;
}

const MAKERS = {
  button,
  workflow_button: button,
  overflow,
  image: picture,
  datepicker: picker("date", "selected_date", "initial_date"),
  timepicker: picker("time", "selected_time", "initial_time"),
  datetimepicker: picker("datetime-local", "selected_date_time", "initial_date_time", {
    read: (text) => fromLocalInput(text, state.self.tz),
    write: (value) => toLocalInput(value, state.self.tz),
  }),
  radio_buttons: choices("radio"),
  checkboxes: choices("checkbox"),
  plain_text_input: textInput("text"),
  email_text_input: textInput("email"),
  url_text_input: textInput("url"),
  number_input: textInput("number"),
};
for (const family of Object.keys(SELECTS)) {
  MAKERS[`${family}_select`] = select(family, false);
  MAKERS[`multi_${family}_select`] = select(family, true);
}
