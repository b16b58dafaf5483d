// The rich_text block: sections, lists, quotes and preformatted text.

import { h } from "./dom.js";
import { EMOJI } from "./emoji.js";
import { fillDate } from "./dates.js";
import { channelMention, emojiNode, groupMention, link, userMention } from "./mrkdwn.js";
import { state } from "./store.js";

export function richText(block) {
  return h("div", { class: "rich" }, (block.elements ?? []).map(part));
}

function part(spec) {
  const inner = (spec.elements ?? []).map(leaf);
  if (spec.type === "rich_text_preformatted") return h("pre", { class: "pre" }, inner);
  if (spec.type === "rich_text_quote") return h("blockquote", {}, inner);
  if (spec.type !== "rich_text_list") return h("div", { class: "rich-section" }, inner);
  const tag = spec.style === "ordered" ? "ol" : "ul";
  const start = tag === "ol" && spec.offset ? spec.offset + 1 : null;
  return h(tag, { start, class: `indent-${Math.min(8, spec.indent ?? 0)} level-${(spec.indent ?? 0) % 3}` }, (spec.elements ?? []).map((item) => h("li", {}, (item.elements ?? []).map(leaf))));
}

const TAGS = [["bold", "strong"], ["italic", "em"], ["strike", "s"], ["underline", "u"], ["code", "code"]];

function styled(node, style) {
  return TAGS.reduce((inner, [name, tag]) => (style?.[name] ? h(tag, {}, inner) : inner), node);
}

function leaf(spec) {
  return styled(LEAVES[spec.type]?.(spec) ?? document.createTextNode(spec.text ?? ""), spec.style);
}

function lines(text) {
  return h("span", {}, String(text).split("\n").flatMap((line, at) => (at ? [h("br"), line] : [line])));
}

const LEAVES = {
  text: (spec) => (spec.text.includes("\n") ? lines(spec.text) : document.createTextNode(spec.text)),
  link: (spec) => link(spec.url, spec.text || spec.url),
  user: (spec) => userMention(spec.user_id),
  usergroup: (spec) => groupMention(spec.usergroup_id),
  channel: (spec) => channelMention(spec.channel_id),
  broadcast: (spec) => h("span", { class: "mention mention-all" }, `@${spec.range}`),
  emoji: (spec) => (EMOJI.has(spec.name) ? emojiNode(spec.name) : document.createTextNode(`:${spec.name}:`)),
  date: (spec) => h("time", { class: "date" }, fillDate(spec.timestamp, spec.format ?? "{date_short} {time}", state.self.tz) ?? spec.fallback ?? ""),
  color: (spec) => h("code", {}, spec.value),
};
