// Slack's mrkdwn to elements. The wire form has three entities and <...> for everything special;
// whatever is not understood stays the text it is.

import { h } from "./dom.js";
import { emoji } from "./emoji.js";
import { fillDate, utcOf } from "./dates.js";
import { nameOf, state } from "./store.js";

const ENTITIES = { "&amp;": "&", "&lt;": "<", "&gt;": ">" };
const SAFE_LINK = /^(https?|mailto|tel|slack):/i;
const WORD = /[\p{L}\p{N}]/u;
const STYLES = { "*": "strong", _: "em", "~": "s" };

export function unescape(text) {
  return text.replace(/&(amp|lt|gt);/g, (entity) => ENTITIES[entity]);
}

/** Wire form as the person typed it: `@handle`, `#channel`, plain addresses. */
export function asTyped(text) {
  return unescape(String(text ?? "").replace(/<([^<>\n]*)>/g, (_, body) => {
    const head = body.split("|")[0];
    if (head.startsWith("@")) return `@${state.members.get(head.slice(1))?.name ?? head.slice(1)}`;
    if (head.startsWith("#")) return `#${state.channels.get(head.slice(1))?.name ?? head.slice(1)}`;
    if (head.startsWith("!subteam^")) return `@${state.usergroups.get(head.slice(9))?.handle ?? head.slice(9)}`;
    return head.startsWith("!") ? `@${head.slice(1)}` : head;
  }));
}

/** mrkdwn as an array of nodes. */
export function mrkdwn(text) {
  const out = [];
  const fences = String(text ?? "").split("```");
  // An odd number of pieces means that every fence is closed; a stray one is just text.
  if (fences.length % 2 === 0) fences.push(`${fences.splice(-2, 1)[0]}\`\`\`${fences.pop()}`);
  fences.forEach((piece, at) => {
    if (at % 2 === 1) out.push(h("pre", { class: "pre" }, plainLinks(piece.replace(/^\n|\n$/g, ""))));
    else if (piece) out.push(...quotesAndLines(at > 0 ? piece.replace(/^\n/, "") : piece));
  });
  return out;
}

function quotesAndLines(text) {
  const out = [];
  let quote = [];
  const endQuote = () => {
    if (quote.length) out.push(h("blockquote", {}, joined(quote)));
    quote = [];
  };
  const lines = text.split("\n");
  let plain = [];
  const endPlain = () => {
    if (plain.length) out.push(...joined(plain));
    plain = [];
  };
  for (const line of lines) {
    const quoted = /^(?:&gt;|>(?!\S*>)) ?(.*)$/.exec(line);
    if (quoted) {
      endPlain();
      quote.push(quoted[1]);
    } else {
      endQuote();
      plain.push(line);
    }
  }
  endQuote();
  endPlain();
  return out;
}

function joined(lines) {
  return lines.flatMap((line, at) => (at ? [h("br"), ...inline(line)] : inline(line)));
}

/** One line: styles, code, links, mentions, emoji. */
export function inline(text) {
  const out = [];
  let plain = "";
  const flush = () => {
    if (plain) out.push(document.createTextNode(unescape(plain)));
    plain = "";
  };
  for (let at = 0; at < text.length; ) {
    const found = special(text, at);
    if (found) {
      flush();
      out.push(found.node);
      at = found.end;
    } else {
      plain += text[at];
      at += 1;
    }
  }
  flush();
  return out;
}

function special(text, at) {
  const char = text[at];
  if (char === "<") return control(text, at);
  if (char === "h") return bareLink(text, at);
  if (char === "`") return code(text, at);
  if (char === ":") return emojiAt(text, at);
  if (char in STYLES) return styled(text, at);
  return null;
}

function code(text, at) {
  const end = text.indexOf("`", at + 1);
  if (end <= at + 1) return null;
  return { node: h("code", {}, plainLinks(text.slice(at + 1, end))), end: end + 1 };
}

/** Inside code nothing is styled, but a link the platform made still reads as its label. */
function plainLinks(text) {
  return unescape(text.replace(/<(https?:[^|>]+)(?:\|([^>]*))?>/g, (_, url, label) => label ?? url));
}

/** An address typed as it is; the punctuation that ends a sentence is not part of it. */
function bareLink(text, at) {
  if (at > 0 && WORD.test(text[at - 1])) return null;
  const found = /^https?:\/\/[^\s<>"'`|]*[^\s<>"'`|.,;:!?)\]}*~]/.exec(text.slice(at));
  return found && { node: link(unescape(found[0]), unescape(found[0])), end: at + found[0].length };
}

function emojiAt(text, at) {
  const found = /^:([a-z0-9_+'-]+)(?:::skin-tone-[2-6])?:/.exec(text.slice(at, at + 80));
  const picture = found && emoji(found[1]);
  return picture ? { node: emojiNode(found[1], picture), end: at + found[0].length } : null;
}

export function emojiNode(name, picture = emoji(name)) {
  return picture ? h("span", { class: "emoji", role: "img", "aria-label": name.replaceAll("_", " "), title: `:${name}:` }, picture) : `:${name}:`;
}

function styled(text, at) {
  const char = text[at];
  if (at > 0 && (WORD.test(text[at - 1]) || text[at - 1] === char)) return null;
  if (!text[at + 1] || /\s/.test(text[at + 1]) || text[at + 1] === char) return null;
  for (let end = text.indexOf(char, at + 2); end > 0; end = text.indexOf(char, end + 1)) {
    if (/\s/.test(text[end - 1]) || (text[end + 1] && WORD.test(text[end + 1])) || within(text, at, end)) continue;
    return { node: h(STYLES[char], {}, inline(text.slice(at + 1, end))), end: end + 1 };
  }
  return null;
}

/** Is the delimiter at `end` inside a link or code that began after `at`? */
function within(text, at, end) {
  const inner = text.slice(at, end);
  return inner.lastIndexOf("<") > inner.lastIndexOf(">") || inner.split("`").length % 2 === 0;
}

function control(text, at) {
  const close = text.indexOf(">", at);
  if (close < 0) return null;
  const node = controlNode(text.slice(at + 1, close));
  return node && { node, end: close + 1 };
}

function controlNode(body) {
  const bar = body.indexOf("|");
  const [head, label] = bar < 0 ? [body, null] : [body.slice(0, bar), unescape(body.slice(bar + 1))];
  if (head.startsWith("@")) return userMention(head.slice(1), label);
  if (head.startsWith("#")) return channelMention(head.slice(1), label);
  if (head.startsWith("!date^")) return dateNode(body);
  if (head.startsWith("!subteam^")) return groupMention(head.slice(9), label);
  if (/^!(here|channel|everyone)$/.test(head)) return h("span", { class: "mention mention-all" }, `@${head.slice(1)}`);
  if (head.startsWith("!")) return document.createTextNode(label ?? head);
  return SAFE_LINK.test(head) ? link(unescape(head), label) : null;
}

export function userMention(id, label) {
  const known = state.members.has(id);
  const mine = id === state.user ? " mention-me" : "";
  return h("span", { class: `mention${mine}`, data: { user: id } }, `@${known ? nameOf(id) : (label ?? id)}`);
}

export function channelMention(id, label) {
  const channel = state.channels.get(id);
  if (!channel) return h("span", { class: "mention" }, label ? `#${label}` : "#private channel");
  return h("a", { class: "mention", href: `#/${state.user}/${id}` }, `#${channel.name}`);
}

export function groupMention(id, label) {
  const group = state.usergroups.get(id);
  return h("span", { class: "mention" }, label ?? `@${group?.handle ?? id}`);
}

/** `!date^1700000000^{date_short} {time}^url|fallback` in the viewer's zone. */
function dateNode(body) {
  const [spec, fallback = ""] = split(body, "|");
  const [, epoch, format = "", url] = spec.split("^");
  const text = fillDate(Number(epoch), unescape(format), state.self.tz) ?? unescape(fallback);
  const time = h("time", { class: "date", title: Number.isFinite(Number(epoch)) ? utcOf(epoch).replace(/\.0+ /, " ") : null }, text);
  return url && SAFE_LINK.test(url) ? link(unescape(url), time) : time;
}

function split(text, mark) {
  const at = text.indexOf(mark);
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + 1)];
}

/** A link; one that leads to a conversation of this workspace stays in this page. */
export function link(url, label) {
  const inside = insideHash(url);
  if (inside) return h("a", { href: inside }, label ?? url);
  if (!SAFE_LINK.test(url)) return document.createTextNode(label ?? url);
  return h("a", { href: url, target: "_blank", rel: "noopener noreferrer" }, label ?? url);
}

export function insideHash(url) {
  const found = /\/archives\/([CDG][A-Z0-9]+)(?:\/p(\d{10})(\d{6}))?/.exec(url) ?? /[?&](?:channel|id)=([CDG][A-Z0-9]+)/.exec(/^slack:|app_redirect/.test(url) ? url : "");
  if (!found || !state.channels.has(found[1])) return null;
  const thread = /[?&]thread_ts=(\d+\.\d+)/.exec(url);
  const tail = thread ? `/t/${thread[1]}` : found[2] ? `/m/${found[2]}.${found[3]}` : "";
  return `#/${state.user}/${found[1]}${tail}`;
}

/** plain_text: no styles, but emoji unless switched off. */
export function plain(text, withEmoji = true) {
  if (!withEmoji) return [document.createTextNode(text)];
  return text.split(/(:[a-z0-9_+'-]+:)/).filter(Boolean).map((piece) => {
    const name = /^:([a-z0-9_+'-]+):$/.exec(piece)?.[1];
    return name && emoji(name) ? emojiNode(name) : document.createTextNode(piece);
  });
}

/** A Block Kit text object. */
export function textObject(object) {
  if (!object) return [];
  if (typeof object === "string") return plain(object);
  return object.type === "mrkdwn" ? mrkdwn(object.text) : plain(object.text ?? "", object.emoji !== false);
}

/** mrkdwn as bare words, for a line that cannot hold links. */
export function bare(text) {
  return h("span", {}, inline(String(text ?? "").replaceAll("\n", " "))).textContent;
}

/** The words of a text object, for attributes, options and titles. */
export function words(object) {
  const text = typeof object === "string" ? object : (object?.text ?? "");
  return text.replace(/:([a-z0-9_+'-]+):/g, (whole, name) => emoji(name) ?? whole).replace(/&(amp|lt|gt);/g, (entity) => (object?.type === "mrkdwn" ? ENTITIES[entity] : entity));
}
