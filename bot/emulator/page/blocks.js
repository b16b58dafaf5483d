// Block Kit's layout: one function per kind of block.

import { chart, dataTable } from "./data.js";
import { h, icon } from "./dom.js";
import { element, image } from "./elements.js";
import { link, textObject, words } from "./mrkdwn.js";
import { markdown } from "./markdown.js";
import { richText } from "./richtext.js";

/** All blocks of a surface. `surface` as in elements.js, plus `errors` {block_id: words}. */
export function renderBlocks(blocks, surface) {
  return h("div", { class: `blocks blocks-${surface.kind}` }, (blocks ?? []).map((block, at) => {
    const node = (BLOCKS[block.type] ?? unknown)(block.block_id ? block : { ...block, block_id: `block-${at}` }, surface);
    node.classList.add("block");
    if (block.block_id) node.dataset.blockId = block.block_id;
    return node;
  }));
}

function unknown(block) {
  return h("div", { class: "unsupported" }, `This kind of block cannot be shown here: ${block.type}`);
}

function section(block, surface) {
  const wide = block.accessory && !["button", "overflow", "image", "datepicker", "timepicker"].includes(block.accessory.type);
  return h("div", { class: `section${block.accessory ? " section-split" : ""}${wide ? " section-wide" : ""}` },
    h("div", { class: "section-body" },
      block.text && h("div", { class: "text" }, textObject(block.text)),
      block.fields && h("div", { class: "fields" }, block.fields.map((field) => h("div", { class: "text field-text" }, textObject(field))))),
    block.accessory && h("div", { class: "accessory" }, element(block.accessory, block, surface)));
}

function context(block, surface) {
  return h("div", { class: "context" }, block.elements.map((one) => (one.type === "image" ? element(one, block, surface) : h("span", { class: "text" }, textObject(one)))));
}

function actions(block, surface) {
  return h("div", { class: "actions" }, block.elements.map((one) => element(one, block, surface)));
}

let labels = 0;

function input(block, surface) {
  const id = `field-${(labels += 1)}`;
  const error = surface.errors?.[block.block_id];
  const control = element(block.element, block, surface);
  const target = control.matches("input,textarea,button,[role]") ? control : control.querySelector("input,textarea");
  target.setAttribute("aria-labelledby", id);
  target.removeAttribute("aria-label");
  const notes = [error && `${id}-error`, block.hint && `${id}-hint`].filter(Boolean).join(" ");
  if (notes) target.setAttribute("aria-describedby", notes);
  return h("div", { class: `field${error ? " field-wrong" : ""}` },
    h("div", { class: "field-label", id, on: { click: () => target.focus() } }, textObject(block.label), block.optional && h("span", { class: "field-optional" }, " (optional)")),
    control,
    error && h("div", { class: "field-error", id: `${id}-error`, role: "alert", data: { testid: "field-error", errorFor: block.block_id } }, icon("warn"), error),
    block.hint && h("div", { class: "field-hint", id: `${id}-hint` }, textObject(block.hint)));
}

function picture(block) {
  return h("figure", { class: "figure" }, block.title && h("figcaption", {}, textObject(block.title)), image(block.image_url ?? block.slack_file?.url, block.alt_text));
}

function table(block) {
  const side = (column) => `align-${block.column_settings?.[column]?.align ?? "left"}`;
  const cell = (tag) => (spec, column) => h(tag, { class: side(column), scope: tag === "th" ? "col" : null }, spec?.type === "rich_text" ? richText(spec) : (spec?.text ?? ""));
  const [head = [], ...rows] = block.rows ?? [];
  return h("div", { class: "table-scroll", tabindex: "0", role: "region", "aria-label": "Table" },
    h("table", { class: "table" }, h("thead", {}, h("tr", {}, head.map(cell("th")))), h("tbody", {}, rows.map((row) => h("tr", {}, row.map(cell("td")))))));
}

function asLink(url, title, kind) {
  return h("div", { class: "file-card" }, icon("file"), h("div", {}, url ? link(url, title) : title, h("div", { class: "file-kind" }, kind)));
}

const BLOCKS = {
  header: (block) => h("h3", { class: "header" }, textObject(block.text)),
  section,
  context,
  actions,
  context_actions: actions,
  input,
  table,
  data_table: dataTable,
  data_visualization: chart,
  image: picture,
  divider: () => h("hr", { class: "divider" }),
  rich_text: richText,
  markdown: (block) => h("div", { class: "markdown" }, markdown(block.text)),
  alert: (block) => h("div", { class: `alert alert-${block.level ?? "info"}`, role: "note" }, textObject(block.text)),
  video: (block) => asLink(block.title_url ?? block.video_url, words(block.title), "Video"),
  file: (block) => asLink(null, block.external_id ?? "File", "File"),
};
