// Open modals: the top of the stack in one dialog. Entered values outlive updates of the view.

import { act, Failure, whyNot } from "./api.js";
import { fill, h, iconButton } from "./dom.js";
import { renderBlocks } from "./blocks.js";
import { closePopover, toast } from "./popover.js";
import { words } from "./mrkdwn.js";
import { closeViews, formOf, on, state } from "./store.js";
import { surfaceFor, valuesOf } from "./verbs.js";

const dialog = h("dialog", { class: "modal", data: { testid: "modal" } });
let shown = null; // {id, hash, node} of the view on screen
let wrong = {};
let trouble = "";
let busy = false;

export function startModals() {
  document.body.append(dialog);
  dialog.addEventListener("cancel", (event) => {
    event.preventDefault();
    if (!busy) close(true);
  });
  on("views", draw);
}

function draw() {
  const view = state.views.at(-1);
  if (!view) {
    shown = null;
    wrong = {};
    if (dialog.open) dialog.close();
    fill(dialog);
    return;
  }
  if (shown?.id !== view.id) {
    wrong = {};
    trouble = "";
    busy = false;
  }
  closePopover();
  const focus = document.activeElement?.closest?.("[data-action-id]")?.dataset.actionId;
  const scroll = dialog.querySelector(".modal-body")?.scrollTop ?? 0;
  const same = shown?.id === view.id;
  shown = { id: view.id };
  dialog.dataset.viewId = view.id;
  dialog.dataset.callbackId = view.callback_id ?? "";
  dialog.setAttribute("aria-label", words(view.title));
  fill(dialog, form(view));
  if (!dialog.open) dialog.showModal();
  dialog.querySelector(".modal-body").scrollTop = same ? scroll : 0;
  const again = same && focus && dialog.querySelector(`[data-action-id="${CSS.escape(focus)}"]`);
  const first = dialog.querySelector(".field-wrong input, .field-wrong textarea, .field-wrong button") || again || (same ? null : dialog.querySelector("[data-autofocus], .field input:not([type=radio]):not([type=checkbox]), .field textarea"));
  first?.focus();
}

function form(view) {
  prune(view);
  const surface = surfaceFor("modal", view.id, { view_id: view.id }, { errors: wrong });
  const submit = words(view.submit);
  return h("form", { class: "modal-form", novalidate: true, on: { submit: (event) => { event.preventDefault(); send(view); } } },
    h("header", { class: "modal-head" },
      state.views.length > 1 && iconButton("back", "Back", () => close(false), { data: { testid: "modal-back" } }),
      h("h2", { data: { testid: "modal-title" } }, words(view.title)),
      iconButton("close", "Close", () => close(true), { data: { testid: "modal-x" } })),
    trouble && h("div", { class: "modal-trouble", role: "alert", data: { testid: "modal-trouble" } }, trouble),
    h("div", { class: "modal-body", tabindex: "-1", inert: busy }, renderBlocks(view.blocks, surface)),
    h("footer", { class: "modal-foot" },
      h("button", { type: "button", class: "button", disabled: busy, data: { testid: "modal-close" }, on: { click: () => close(false) } }, words(view.close) || (submit ? "Cancel" : "Close")),
      submit && h("button", { type: "submit", class: `button button-primary${busy ? " is-busy" : ""}`, disabled: busy || view.submit_disabled, "aria-busy": String(busy), data: { testid: "modal-submit" } }, submit)));
}

/** Forget what was entered into elements that the view no longer has. */
function prune(view) {
  const kept = new Set();
  (view.blocks ?? []).forEach((block, at) => {
    const id = block.block_id ?? `block-${at}`;
    for (const one of [block.element, block.accessory, ...(block.elements ?? [])]) if (one?.action_id) kept.add(`${id} ${one.action_id}`);
  });
  const entered = formOf(view.id);
  for (const key of entered.keys()) if (!kept.has(key)) entered.delete(key);
}

/** Slack's own checks, made before the app sees anything. */
function missing(view, values) {
  const found = {};
  for (const block of view.blocks ?? []) {
    if (block.type !== "input") continue;
    const value = values[block.block_id]?.[block.element.action_id] ?? {};
    const given = Object.entries(value).some(([name, one]) => name !== "type" && one !== null && one !== undefined && one !== "" && !(Array.isArray(one) && one.length === 0));
    if (!given && !block.optional) found[block.block_id] = "Please complete this required field.";
    else if (given) Object.assign(found, unlike(block, value.value));
  }
  return found;
}

function unlike(block, value) {
  const { type, min_length: least = 0, min_value: low, max_value: high } = block.element;
  const say = (words) => ({ [block.block_id]: words });
  if (type === "email_text_input" && !/^\S+@\S+\.\S+$/.test(value)) return say("Please enter an email address.");
  if (type === "url_text_input" && !/^https?:\/\/\S+$/i.test(value)) return say("Please enter a full web address, beginning with https://.");
  if (type === "plain_text_input" && value.length < least) return say(`Please enter at least ${least} characters.`);
  if (type === "number_input") {
    const number = Number(value);
    if (Number.isNaN(number)) return say("Please enter a number.");
    if (low !== undefined && number < Number(low)) return say(`Please enter ${low} or more.`);
    if (high !== undefined && number > Number(high)) return say(`Please enter ${high} or less.`);
  }
  return {};
}

async function send(view) {
  if (busy) return;
  const values = valuesOf(formOf(view.id));
  wrong = missing(view, values);
  trouble = "";
  if (Object.keys(wrong).length) return void draw();
  busy = true;
  draw();
  try {
    finish(view, await act("view", { user: state.user, view_id: view.id, values, kind: "submit" }));
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    trouble = error.message;
  }
  busy = false;
  draw();
}

/** Apply what the app answered; update, push and clear also arrive as live events, which is harmless. */
function finish(view, result) {
  const answer = result.response || {};
  const complaints = result.errors ?? answer.errors ?? {};
  if (Object.keys(complaints).length) wrong = complaints;
  else if (!result.ok) trouble = `We had some trouble with that. ${whyNot(result)}`;
  else if (answer.response_action === "clear") closeViews(state.views.map((one) => one.id));
  else if (!answer.response_action && state.views.at(-1)?.id === view.id) closeViews([view.id]);
}

async function close(all) {
  const view = state.views.at(-1);
  if (!view) return;
  closeViews(all ? state.views.map((one) => one.id) : [view.id]);
  try {
    const result = await act("view", { user: state.user, view_id: view.id, kind: "close", is_cleared: all });
    if (!result.ok && result.error && !/view_not_found|not_found/.test(result.error)) toast(whyNot(result));
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    toast(error.message);
  }
}
