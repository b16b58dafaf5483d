// What a person can do. Every verb shows that it is working, and says in words when it failed.

import { act, Failure, web, whyNot } from "./api.js";
import { toast } from "./popover.js";
import { formOf, state } from "./store.js";

/** Run `work`; a failure becomes a toast and null. */
export async function attempt(work) {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    toast(error.message);
    return null;
  }
}

function busy(node, on) {
  if (!node) return;
  node.classList.toggle("is-busy", on);
  node.setAttribute("aria-busy", String(on));
}

/** The entered values of a surface as Slack sends them: {block: {action: {type, value…}}}. */
export function valuesOf(form) {
  const values = {};
  for (const { block, action, state: value } of form.values()) (values[block] ??= {})[action] = value;
  return values;
}

/** A surface for elements.js: where it is (`place`), what has been entered, what acting means. */
export function surfaceFor(kind, key, place, extra = {}) {
  const form = formOf(key);
  return {
    kind,
    form,
    async act(payload, node) {
      if (node?.classList.contains("is-busy")) return;
      busy(node, true);
      const result = await attempt(() => act("action", { user: state.user, ...place, ...payload, state: { values: valuesOf(form) } }));
      busy(node, false);
      if (result && !result.ok) toast(whyNot(result));
    },
    async suggest(block, element, query) {
      const result = await act("action", { user: state.user, ...place, kind: "suggestion", type: "block_suggestion", action_id: element.action_id, block_id: block.block_id, value: query });
      if (!result.ok) throw new Failure("options", "The choices could not be loaded.");
      const found = result.response || {};
      return found.option_groups ?? [{ options: found.options ?? [] }];
    },
    ...extra,
  };
}

export async function send(channel, text, threadTs) {
  const result = await attempt(() => act("message", { user: state.user, channel, text, thread_ts: threadTs }));
  if (result && !result.ok) toast(whyNot(result));
  return Boolean(result?.ok);
}

export async function command(channel, name, text) {
  const result = await attempt(() => act("command", { user: state.user, channel, command: name, text }));
  if (result && !result.ok) {
    toast(result.message || `${name} failed with the error "${result.error || "dispatch_failed"}". ${whyNot(result)}`);
  }
  return Boolean(result?.ok);
}

export async function react(channel, ts, name, remove) {
  const result = await attempt(() => act("reaction", { user: state.user, channel, ts, name, remove }));
  if (result && !result.ok) toast(whyNot(result));
}

export async function shortcut(callbackId, channel, messageTs) {
  const result = await attempt(() => act("shortcut", { user: state.user, channel, message_ts: messageTs, callback_id: callbackId }));
  if (result && !result.ok) toast(whyNot(result));
}

export async function changeMessage(channel, ts, change) {
  const result = await attempt(() => act("message", { user: state.user, channel, ts, ...change }));
  if (result && !result.ok) toast(whyNot(result));
}

export async function join(channel, leave = false) {
  const result = await attempt(() => act(leave ? "leave" : "join", { user: state.user, channel }));
  if (result && !result.ok) toast(whyNot(result));
  return Boolean(result?.ok);
}

export async function openHome() {
  const result = await attempt(() => act("home", { user: state.user }));
  if (result && !result.ok) toast(whyNot(result));
}

export async function pin(channel, timestamp, remove) {
  await attempt(() => web(state.user, remove ? "pins.remove" : "pins.add", { channel, timestamp }));
}

/** Open (or find) the direct conversation with `member`; its id. */
export async function directWith(member) {
  const known = [...state.channels.values()].find((one) => one.is_im && one.user === member);
  if (known) return known.id;
  const body = await attempt(() => web(state.user, "conversations.open", { users: member }));
  if (!body) return null;
  state.channels.set(body.channel.id, { is_im: true, user: member, ...body.channel });
  return body.channel.id;
}
