// The `markdown` block: standard Markdown (headings, lists, tables, code, quotes) to elements.

import { h } from "./dom.js";
import { emoji } from "./emoji.js";
import { emojiNode, link } from "./mrkdwn.js";

export function markdown(text) {
  return blocks(String(text ?? "").replace(/\r\n/g, "\n").split("\n"));
}

function blocks(lines) {
  const out = [];
  for (let at = 0; at < lines.length; ) {
    const step = RULES.map((rule) => rule(lines, at)).find(Boolean);
    if (step.node) out.push(step.node);
    at = step.next;
  }
  return out;
}

const RULES = [blank, fence, heading, rule, quote, table, list, paragraph];

function blank(lines, at) {
  return lines[at].trim() === "" ? { next: at + 1 } : null;
}

function fence(lines, at) {
  if (!lines[at].startsWith("```")) return null;
  let end = at + 1;
  while (end < lines.length && !lines[end].startsWith("```")) end += 1;
  return { node: h("pre", { class: "pre" }, lines.slice(at + 1, end).join("\n")), next: end + 1 };
}

function heading(lines, at) {
  const found = /^(#{1,6})\s+(.*?)\s*#*$/.exec(lines[at]);
  return found && { node: h(`h${Math.min(6, found[1].length + 2)}`, { class: `md-h${found[1].length}` }, spans(found[2])), next: at + 1 };
}

function rule(lines, at) {
  return /^(\*\s*){3,}$|^(-\s*){3,}$|^(_\s*){3,}$/.test(lines[at]) ? { node: h("hr"), next: at + 1 } : null;
}

function quote(lines, at) {
  let end = at;
  while (end < lines.length && lines[end].startsWith(">")) end += 1;
  return end > at ? { node: h("blockquote", {}, blocks(lines.slice(at, end).map((line) => line.replace(/^> ?/, "")))), next: end } : null;
}

function cells(line) {
  return line.trim().replace(/^\||\|$/g, "").split(/(?<!\\)\|/).map((cell) => cell.trim().replaceAll("\\|", "|"));
}

function table(lines, at) {
  if (!lines[at].includes("|") || !/^\s*\|?\s*:?-+:?\s*(\|\s*:?-+:?\s*)*\|?\s*$/.test(lines[at + 1] ?? "")) return null;
  const sides = cells(lines[at + 1]).map((mark) => (/^:-+:$/.test(mark) ? "center" : mark.endsWith(":") ? "right" : "left"));
  let end = at + 2;
  while (end < lines.length && lines[end].includes("|")) end += 1;
  const row = (line, tag) => h("tr", {}, cells(line).map((cell, column) => h(tag, { class: `align-${sides[column] ?? "left"}` }, spans(cell))));
  const node = h("div", { class: "table-scroll", tabindex: "0" }, h("table", { class: "table" }, h("thead", {}, row(lines[at], "th")), h("tbody", {}, lines.slice(at + 2, end).map((line) => row(line, "td")))));
  return { node, next: end };
}

const ITEM = /^(\s*)([-*+]|\d+[.)])\s+(.*)$/;

function list(lines, at) {
  const first = ITEM.exec(lines[at]);
  if (!first) return null;
  const indent = first[1].length;
  const node = h(/\d/.test(first[2]) ? "ol" : "ul", /\d/.test(first[2]) ? { start: Number.parseInt(first[2], 10) } : {});
  let end = at;
  while (end < lines.length) {
    const found = ITEM.exec(lines[end]);
    if (!found || found[1].length !== indent) break;
    let until = end + 1;
    while (until < lines.length && /^\s+\S/.test(lines[until]) && lines[until].search(/\S/) > indent) until += 1;
    node.append(h("li", { class: /^\[[ xX]\]\s/.test(found[3]) ? "task" : null }, task(found[3]), blocks(lines.slice(end + 1, until).map((line) => line.slice(indent + 2)))));
    end = until;
  }
  return { node, next: end };
}

function task(text) {
  const found = /^\[([ xX])\]\s+(.*)$/.exec(text);
  return found ? [found[1] === " " ? "☐ " : "☑ ", spans(found[2])] : spans(text);
}

function paragraph(lines, at) {
  let end = at + 1;
  while (end < lines.length && !RULES.slice(0, -1).some((other) => other(lines, end))) end += 1;
  return { node: h("p", {}, lines.slice(at, end).flatMap((line, i) => (i ? [h("br"), ...spans(line)] : spans(line)))), next: end };
}

const SPANS = [
  [/^\\([\\`*_{}[\]()#+\-.!|<>~])/, (m) => m[1]],
  [/^(`+)(.+?)\1(?!`)/, (m) => h("code", {}, m[2].trim())],
  [/^\*\*(?=\S)(.+?)(?<=\S)\*\*/, (m) => h("strong", {}, spans(m[1]))],
  [/^__(?=\S)(.+?)(?<=\S)__/, (m) => h("strong", {}, spans(m[1]))],
  [/^~~(?=\S)(.+?)(?<=\S)~~/, (m) => h("s", {}, spans(m[1]))],
  [/^\*(?=\S)(.+?)(?<=\S)\*/, (m) => h("em", {}, spans(m[1]))],
  [/^_(?=\S)(.+?)(?<=\S)_(?!\w)/, (m) => h("em", {}, spans(m[1]))],
  [/^!?\[([^\]]*)\]\(([^()\s]+(?:\([^()\s]*\))?)(?:\s+"[^"]*")?\)/, (m) => link(m[2], m[1] || m[2])],
  [/^<(https?:[^>\s]+)>/, (m) => link(m[1], m[1])],
  [/^https?:\/\/[^\s<>"'`]+[^\s<>"'`.,;:!?)\]}*_~]/, (m) => link(m[0], m[0])],
  [/^:([a-z0-9_+'-]+):/, (m) => (emoji(m[1]) ? emojiNode(m[1]) : null)],
];

function spans(text) {
  const out = [];
  let plain = "";
  for (let at = 0; at < text.length; ) {
    const rest = text.slice(at);
    const hit = spanAt(rest, text[at - 1]);
    if (hit) {
      if (plain) out.push(plain);
      plain = "";
      out.push(hit.node);
      at += hit.length;
    } else {
      plain += text[at];
      at += 1;
    }
  }
  if (plain) out.push(plain);
  return out;
}

function spanAt(rest, before) {
  if (rest[0] === "_" && /\w/.test(before ?? "")) return null;
  for (const [pattern, make] of SPANS) {
    const found = pattern.exec(rest);
    const node = found && make(found);
    if (node) return { node, length: found[0].length };
  }
  return null;
}
