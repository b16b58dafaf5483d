// Data tables, which sort and turn pages, and charts.

import { h } from "./dom.js";
import { richText } from "./richtext.js";

const SVG = "http://www.w3.org/2000/svg";
const WIDTH = 640;
const HEIGHT = 240;
const EDGE = { left: 64, right: 14, top: 20, bottom: 46 };

function s(tag, props, ...children) {
  const node = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(props)) node.setAttribute(name, value);
  node.append(...children);
  return node;
}

export function dataTable(block) {
  const [head, ...rows] = block.rows;
  const size = block.page_size ?? 5;
  const named = block.row_header_column_index ?? 0;
  const turn = { page: 0, column: -1, down: false };
  const body = h("tbody", {});
  const where = h("span", { class: "table-where" });
  const back = h("button", { type: "button", class: "button", on: { click: () => draw(turn.page - 1) } }, "Previous");
  const next = h("button", { type: "button", class: "button", on: { click: () => draw(turn.page + 1) } }, "Next");
  const heads = head.map((cell, column) => h("th", { scope: "col" }, h("button", { type: "button", class: "table-sort", on: { click: () => sort(column) } }, cell.text)));

  function sort(column) {
    turn.down = turn.column === column && !turn.down;
    turn.column = column;
    heads.forEach((cell, at) => (at === column ? cell.setAttribute("aria-sort", turn.down ? "descending" : "ascending") : cell.removeAttribute("aria-sort")));
    draw(0);
  }

  function draw(page) {
    turn.page = page;
    const shown = turn.column < 0 ? rows : [...rows].sort((one, other) => (turn.down ? -1 : 1) * order(one[turn.column], other[turn.column]));
    body.replaceChildren(...shown.slice(page * size, (page + 1) * size).map((row) => h("tr", {}, row.map((cell, column) => (column === named ? h("th", { scope: "row" }, inside(cell)) : h("td", { class: cell.type === "raw_number" ? "align-right" : "" }, inside(cell)))))));
    where.textContent = `${page * size + 1}–${Math.min(rows.length, (page + 1) * size)} of ${rows.length}`;
    back.disabled = page === 0;
    next.disabled = (page + 1) * size >= rows.length;
  }

  draw(0);
  return h("div", { class: "data-table", data: { testid: "data-table" } },
    h("div", { class: "table-scroll", tabindex: "0", role: "region", "aria-label": block.caption },
      h("table", { class: "table" }, h("caption", { class: "visually-hidden" }, block.caption), h("thead", {}, h("tr", {}, heads)), body)),
    rows.length > size && h("div", { class: "table-pages" }, back, where, next));
}

function inside(cell) {
  return cell.type === "rich_text" ? richText(cell) : cell.text;
}

function order(one, other) {
  if (one.type === "raw_number" && other.type === "raw_number") return one.value - other.value;
  return said(one).localeCompare(said(other), undefined, { numeric: true });
}

function said(cell) {
  return cell.type === "rich_text" ? richText(cell).textContent : cell.text;
}

export function chart(block) {
  const drawn = block.chart.type === "pie" ? pie(block.chart) : plot(block.chart);
  return h("figure", { class: "chart", data: { testid: "chart" } },
    h("figcaption", { class: "chart-title" }, block.title), drawn.picture,
    h("ul", { class: "chart-legend" }, drawn.names.map((name, at) => h("li", {}, h("span", { class: `chart-key chart-${at}`, "aria-hidden": "true" }), name))),
    h("table", { class: "visually-hidden" }, h("caption", {}, block.title), drawn.table));
}

function plot({ type, series, axis_config: axes }) {
  const values = series.flatMap((line) => line.data.map((point) => point.value));
  const [low, high, step] = scale(Math.min(0, ...values), Math.max(0, ...values));
  const wide = WIDTH - EDGE.left - EDGE.right;
  const tall = HEIGHT - EDGE.top - EDGE.bottom;
  const many = axes.categories.length;
  const x = (at) => EDGE.left + (type === "bar" ? (at + 0.5) / many : many > 1 ? at / (many - 1) : 0.5) * wide;
  const y = (value) => EDGE.top + ((high - value) / (high - low)) * tall;
  const picture = s("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, class: "chart-plot", "aria-hidden": "true" });
  for (let value = low; value <= high + step / 2; value += step) {
    const at = y(value);
    picture.append(
      s("line", { x1: EDGE.left, x2: WIDTH - EDGE.right, y1: at, y2: at, class: Math.abs(value) < step / 1000 ? "chart-zero" : "chart-grid" }),
      s("text", { x: EDGE.left - 7, y: at + 4, class: "chart-label chart-label-y" }, String(Number(value.toFixed(6)))));
  }
  const every = Math.ceil(many / 3);
  axes.categories.forEach((label, at) => {
    if (at % every === 0) picture.append(s("text", { x: x(at), y: HEIGHT - EDGE.bottom + 24, class: `chart-label chart-label-x${at === 0 && type !== "bar" ? " chart-label-first" : ""}` }, label));
  });
  if (axes.x_label) picture.append(s("text", { x: EDGE.left + wide / 2, y: HEIGHT - 8, class: "chart-label chart-label-x" }, axes.x_label));
  series.forEach((line, at) => picture.append(...mark(type, line.data.map((point) => point.value), at, series.length, { x, y, wide, many })));
  const rows = [h("tr", {}, h("td", {}), axes.categories.map((label) => h("th", { scope: "col" }, label))),
    series.map((line) => h("tr", {}, h("th", { scope: "row" }, line.name), line.data.map((point) => h("td", {}, point.value))))];
  const inner = h("div", {}, axes.y_label && h("div", { class: "chart-axis" }, axes.y_label), picture);
  return { picture: inner, names: series.map((line) => line.name), table: rows };
}

function mark(type, values, at, among, { x, y, wide, many }) {
  if (type === "bar") {
    const width = (wide / many) * (0.7 / among);
    return values.map((value, place) => s("rect", { x: x(place) + (at - among / 2) * width, width, y: Math.min(y(0), y(value)), height: Math.abs(y(value) - y(0)), class: `chart-bar chart-${at}` }));
  }
  const points = values.map((value, place) => `${x(place)},${y(value)}`);
  const line = s("polyline", { points: points.join(" "), class: `chart-line chart-${at}` });
  if (values.length === 1) return [s("circle", { cx: x(0), cy: y(values[0]), r: 4, class: `chart-bar chart-${at}` })];
  if (type !== "area") return [line];
  const filled = [`${x(0)},${y(0)}`, ...points, `${x(values.length - 1)},${y(0)}`];
  return [s("polygon", { points: filled.join(" "), class: `chart-area chart-${at}` }), line];
}

/** Round numbers that enclose the values: low, high, and the distance between two lines. */
function scale(low, high) {
  const span = high - low || 1;
  const power = 10 ** Math.floor(Math.log10(span / 4));
  const step = [1, 2, 2.5, 5, 10].map((one) => one * power).find((one) => span / one <= 5) ?? span;
  return [Math.floor(low / step) * step, (Math.ceil(high / step) || 1) * step, step];
}

function pie({ segments }) {
  const whole = segments.reduce((sum, one) => sum + one.value, 0);
  const picture = s("svg", { viewBox: "-102 -102 204 204", class: "chart-pie", "aria-hidden": "true" });
  let from = 0;
  segments.forEach((one, at) => {
    const to = from + one.value / whole;
    const spot = (turn) => `${100 * Math.sin(2 * Math.PI * turn)},${-100 * Math.cos(2 * Math.PI * turn)}`;
    picture.append(segments.length === 1 ? s("circle", { r: 100, class: "chart-bar chart-0" })
      : s("path", { d: `M0,0 L${spot(from)} A100,100 0 ${to - from > 0.5 ? 1 : 0} 1 ${spot(to)} Z`, class: `chart-bar chart-${at}` }));
    from = to;
  });
  const share = (one) => `${one.label} ${Math.round((100 * one.value) / whole)} %`;
  return { picture, names: segments.map(share), table: segments.map((one) => h("tr", {}, h("th", { scope: "row" }, one.label), h("td", {}, one.value))) };
}
