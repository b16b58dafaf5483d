// Faces: initials on a colour that always belongs to the same person.

import { h } from "./dom.js";
import { nameOf, state } from "./store.js";

const HUES = 12;

/** By place among the members, so that neighbours differ; by name for a stranger. */
function hueOf(id) {
  const place = [...state.members.keys()].sort().indexOf(id);
  if (place >= 0) return (place * 5) % HUES;
  let sum = 7;
  for (const char of String(id)) sum = (sum * 31 + char.codePointAt(0)) % 9973;
  return sum % HUES;
}

export function initials(name) {
  const [first = "?", ...rest] = String(name).split(/[\s._-]+/).filter(Boolean);
  return (first[0] + (rest.length ? rest.at(-1)[0] : (first[1] ?? ""))).toUpperCase();
}

/** `size`: "tiny", "small" or "" for a message's. Decorative: the name always stands beside it. */
export function avatar(member, size = "") {
  const name = member ? nameOf(member.id) : "?";
  const kind = member?.is_bot ? "avatar-app" : `hue-${hueOf(member?.id)}`;
  return h("span", { class: `avatar ${size && `avatar-${size}`} ${kind}`, "aria-hidden": "true" }, member?.is_bot ? name[0].toUpperCase() : initials(name));
}

/** Who wrote a message: a member, or the app with the name it chose. */
export function authorOf(message) {
  const member = state.members.get(message.user) ?? [...state.members.values()].find((one) => one.is_bot && message.bot_id && (one.profile?.bot_id ?? message.bot_id) === message.bot_id);
  const isApp = Boolean(message.bot_id || member?.is_bot);
  const name = message.username || (member ? nameOf(member.id) : (message.bot_profile?.name ?? message.user ?? "unknown"));
  return { id: message.user ?? message.bot_id ?? name, name, member: member ?? { id: message.user ?? message.bot_id, is_bot: isApp }, isApp };
}
