// The only place that makes elements. Strings always become text nodes, so nothing typed turns into HTML.

const SVG = "http://www.w3.org/2000/svg";

/** An element. `props`: attributes, plus `class`, `on` {event: fn}, `data` {camelCase: value}. */
export function h(tag, props, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name === "class") node.className = value;
    else if (name === "on") for (const [event, fn] of Object.entries(value)) node.addEventListener(event, fn);
    else if (name === "data") Object.assign(node.dataset, definedOnly(value));
    else if (name === "value" || name === "checked") node[name] = value;
    else node.setAttribute(name, value === true ? "" : String(value));
  }
  add(node, children);
  return node;
}

function definedOnly(record) {
  return Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined && value !== null));
}

/** Append children of any nesting; null and false leave no trace. */
export function add(node, children) {
  for (const child of [children].flat(Infinity)) {
    if (child === null || child === undefined || child === false) continue;
    node.append(child instanceof Node ? child : document.createTextNode(String(child)));
  }
  return node;
}

export function fill(node, ...children) {
  node.replaceChildren();
  return add(node, children);
}

const PATHS = {
  hash: "M7.5 3 6 17M14 3l-1.5 14M3.5 7.2h13.3M3.2 12.8h13.3",
  lock: "M5.5 9h9v7.5h-9zM7.2 9V6.6a2.8 2.8 0 0 1 5.6 0V9",
  thread: "M3 4.5h14v9H9.5L6 16.8v-3.3H3z",
  smile: "M10 2.8a7.2 7.2 0 1 1 0 14.4 7.2 7.2 0 0 1 0-14.4M7.5 8v.6M12.5 8v.6M6.8 11.6c1.6 2.3 4.8 2.3 6.4 0",
  pin: "M8 3h5l-.6 4.8 2.6 2.6v1.4H5.6v-1.4l2.8-2.6zM10.2 11.8V17",
  more: "M4.5 10h.1M10 10h.1M15.4 10h.1",
  close: "M5 5l10 10M15 5 5 15",
  send: "M3.2 3.6 17 10 3.2 16.4l1.7-6.4zM4.9 10H11",
  menu: "M3.5 5.5h13M3.5 10h13M3.5 14.5h13",
  search: "M8.8 3.3a5.5 5.5 0 1 1 0 11 5.5 5.5 0 0 1 0-11M12.9 12.9l3.8 3.8",
  people: "M7.4 4a2.9 2.9 0 1 1 0 5.8 2.9 2.9 0 0 1 0-5.8M2.4 16c.4-3 2.4-4.4 5-4.4s4.600 1.400 5 4.400M13 4.600a2.600 2.600 0 0 1 0 5M14.600 12c1.700.6 2.700 2 3 4",
  bookmark: "M5.500 3h9v14L10 13.500 5.500 17z",
  bolt: "M11.500 2.500 4.500 11.500h4.800l-.9 6 7.100-9.300h-4.900z",
  down: "M5 7.500l5 5 5-5",
  back: "M12.500 4 6.500 10l6 6",
  home: "M3 9.500 10 3.500l7 6M5 8.500v8h10v-8",
  plus: "M10 4v12M4 10h12",
  edit: "M4 16l.8-3.500L13.500 3.800l2.700 2.700-8.700 8.700z",
  bin: "M4 5.500h12M8 5.500v-2h4v2M5.500 5.500l.8 11h7.400l.8-11",
  link: "M8.500 11.500l3-3M9 6.500l2-2a3.200 3.200 0 0 1 4.500 4.500l-2 2M11 13.500l-2 2A3.200 3.200 0 0 1 4.500 11l2-2",
  check: "M4 10.500l4 4L16.200 6",
  warn: "M10 3.200 17.600 16.500H2.400zM10 8v4M10 14.200v.1",
  eye: "M2.500 10C5 5.800 7.400 4.500 10 4.500s5 1.300 7.500 5.500c-2.500 4.200-4.900 5.500-7.500 5.500S5 14.200 2.500 10M10 7.700a2.300 2.300 0 1 1 0 4.600 2.300 2.300 0 0 1 0-4.600",
  file: "M5 2.800h6.500L15 6.300v10.900H5zM11.500 2.800v3.500H15",
};

/** A line icon, decorative: the control around it carries the accessible name. */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  const path = document.createElementNS(SVG, "path");
  svg.setAttribute("viewBox", "0 0 20 20");
  svg.setAttribute("class", `icon icon-${name}`);
  svg.setAttribute("aria-hidden", "true");
  path.setAttribute("d", PATHS[name]);
  svg.append(path);
  return svg;
}

/** A square button that shows only an icon. */
export function iconButton(name, label, onClick, props = {}) {
  const { class: extra = "", ...rest } = props;
  return h("button", { type: "button", class: `icon-button ${extra}`, "aria-label": label, title: label, on: { click: onClick }, ...rest }, icon(name));
}

/**
 * Make `parent` show `items` [{key, sig, render}] in order, reusing what has not changed, so that
 * focus, selection and open menus outlive an update elsewhere in the list.
 */
export function reconcile(parent, items) {
  const old = parent.keyed ?? new Map();
  const next = new Map();
  let cursor = parent.firstChild;
  for (const item of items) {
    const known = old.get(item.key);
    const entry = known && known.sig === item.sig ? known : { sig: item.sig, node: item.render() };
    if (known && entry !== known) {
      if (cursor === known.node) cursor = known.node.nextSibling;
      known.node.remove();
    }
    if (cursor === entry.node) cursor = cursor.nextSibling;
    else parent.insertBefore(entry.node, cursor);
    next.set(item.key, entry);
  }
  for (const [key, entry] of old) if (!next.has(key)) entry.node.remove();
  parent.keyed = next;
}

export function isPhone() {
  return matchMedia("(max-width: 760px)").matches;
}
