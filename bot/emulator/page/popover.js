// Small surfaces that float above the rest: menus, lists to choose from, confirmations, toasts.

import { add, fill, h, icon, iconButton, isPhone } from "./dom.js";
import { plain, textObject, words } from "./mrkdwn.js";

let open = null;

/** Show `content` beside `anchor` until Escape, an outside click or `close()`. */
export function popover(anchor, content, { label, wide = false, onClose } = {}) {
  closePopover();
  const host = anchor.closest("dialog") ?? document.body; // an open dialog makes everything else inert
  const box = h("div", { class: `popover${wide ? " popover-wide" : ""}`, role: "dialog", "aria-label": label }, content);
  const shade = h("div", { class: "popover-shade", on: { click: closePopover } });
  host.append(shade, box);
  place(anchor, box);
  anchor.setAttribute("aria-expanded", "true");
  open = {
    box,
    close() {
      box.remove();
      shade.remove();
      anchor.setAttribute("aria-expanded", "false");
      if (!document.activeElement || document.activeElement === document.body) anchor.focus?.();
      onClose?.();
    },
  };
  box.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    event.preventDefault();
    event.stopPropagation();
    closePopover();
  });
  box.addEventListener("mousedown", (event) => {
    if (!event.target.closest("input, button, a")) event.preventDefault(); // choosing a row keeps the focus in the list
  });
  box.addEventListener("focusout", (event) => {
    if (event.relatedTarget && !box.contains(event.relatedTarget) && open?.box === box) closePopover();
  });
  (box.querySelector("[data-autofocus]") ?? box.querySelector("button,input,[tabindex='0']"))?.focus();
  return { box, close: closePopover, replace: () => place(anchor, box) };
}

export function closePopover() {
  const was = open;
  open = null;
  was?.close();
}

function place(anchor, box) {
  if (isPhone()) return; // the stylesheet makes it a sheet at the bottom
  const a = anchor.getBoundingClientRect();
  const width = box.offsetWidth;
  const height = box.offsetHeight;
  const below = innerHeight - a.bottom - 12;
  const top = height <= below || below > a.top ? Math.min(a.bottom + 4, innerHeight - height - 8) : a.top - height - 4;
  box.style.setProperty("left", `${Math.max(8, Math.min(a.left, innerWidth - width - 8))}px`);
  box.style.setProperty("top", `${Math.max(8, top)}px`);
}

/** A menu of [{label, icon?, danger?, id?, onClick}]; arrows move, Enter chooses. */
export function menu(anchor, items, label) {
  const rows = items.filter(Boolean).map((item) =>
    item.divider
      ? h("div", { class: "menu-divider", role: "separator" }, item.divider)
      : h("button", { type: "button", role: "menuitem", class: `menu-item${item.danger ? " menu-danger" : ""}`, data: { menu: item.id, value: item.value }, on: { click: () => { closePopover(); item.onClick(); } } },
          item.icon && icon(item.icon), h("span", { class: "menu-label" }, item.label), item.note && h("span", { class: "menu-note" }, item.note)));
  return popover(anchor, h("div", { role: "menu", class: "menu", on: { keydown: arrows } }, rows), { label });
}

function arrows(event) {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!step) return;
  event.preventDefault();
  const rows = [...event.currentTarget.querySelectorAll("button:not([disabled])")];
  rows[(rows.indexOf(document.activeElement) + step + rows.length) % rows.length]?.focus();
}

/**
 * A searchable list. `source(query)` gives (or promises) groups [{label?, options: [{value, label, note?, lead?}]}].
 * `short` lists need no visible search, but still filter by typing. `chosen` has(value); with `multi` the list stays open and rows toggle.
 */
export function chooser(anchor, { label, source, chosen, multi, onPick, minimum = 0, empty = "Nothing found", short = false }) {
  const list = h("div", { class: "chooser-list", role: "listbox", "aria-label": label, "aria-multiselectable": multi ? "true" : null });
  const input = h("input", { type: "search", class: `chooser-search${short ? " is-needless" : ""}`, inputmode: short ? "none" : null, placeholder: "Search", "aria-label": `Search ${label}`, autocomplete: "off", role: "combobox", "aria-expanded": "true", "aria-autocomplete": "list", data: { autofocus: "" } });
  let active = 0;
  let asked = 0;
  let timer = null;

  const rows = () => [...list.querySelectorAll("[role=option]")];
  const mark = () => rows().forEach((row, at) => {
    row.id = `option-${at}`;
    row.classList.toggle("is-active", at === active);
    if (at === active) input.setAttribute("aria-activedescendant", row.id);
    if (at === active) row.scrollIntoView({ block: "nearest" });
  });

  async function refresh() {
    const turn = (asked += 1);
    const query = input.value.trim();
    if (query.length < minimum) {
      fill(list, h("p", { class: "chooser-empty" }, `Type ${minimum === 1 ? "a letter" : `${minimum} letters`} to search`));
      return;
    }
    const answer = source(query);
    if (answer instanceof Promise) fill(list, h("p", { class: "chooser-empty" }, "Searching…"));
    try {
      const groups = await answer;
      if (turn === asked) show(groups);
    } catch (error) {
      if (turn === asked) fill(list, h("p", { class: "chooser-empty chooser-error", role: "alert" }, error.message));
    }
  }

  function show(groups) {
    fill(list, groups.filter((group) => group.options.length).map((group) => [group.label && h("div", { class: "chooser-group" }, group.label), group.options.map(row)]));
    if (!rows().length) fill(list, h("p", { class: "chooser-empty" }, empty));
    active = Math.max(0, rows().findIndex((one) => one.getAttribute("aria-selected") === "true"));
    mark();
    shown.replace();
  }

  function row(option) {
    const on = chosen.has(option.value);
    return h("div", { role: "option", class: "chooser-option", "aria-selected": String(on), data: { value: option.value }, on: { click: () => pick(option) } },
      option.lead, h("span", { class: "chooser-words" }, h("span", { class: "chooser-label" }, plain(option.label)), option.note && h("span", { class: "chooser-note" }, plain(option.note))), h("span", { class: "chooser-tick" }, on && icon("check")));
  }

  function pick(option) {
    onPick(option);
    if (!multi) closePopover();
    else refresh().then(() => input.focus());
  }

  input.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(refresh, 120);
  });
  input.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      active = (active + (event.key === "ArrowDown" ? 1 : -1) + rows().length) % Math.max(1, rows().length);
      mark();
    } else if (event.key === "Enter") {
      event.preventDefault();
      rows()[active]?.click();
    }
  });
  const shown = popover(anchor, h("div", { class: "chooser" }, input, list), { label });
  refresh();
  return shown;
}

/** Ask before acting, with Slack's confirm object or our own words. Resolves to true or false. */
export function confirm(object) {
  return new Promise((resolve) => {
    let answer = false;
    const dialog = h("dialog", { class: "confirm", "aria-label": words(object.title), data: { testid: "confirm" } });
    const end = (value) => () => {
      answer = value;
      dialog.close();
    };
    add(dialog, [
      h("h2", {}, textObject(object.title)),
      h("div", { class: "confirm-text" }, textObject(object.text)),
      h("div", { class: "confirm-buttons" },
        h("button", { type: "button", class: "button", data: { testid: "confirm-deny" }, on: { click: end(false) } }, words(object.deny) || "Cancel"),
        h("button", { type: "button", class: `button ${object.style === "danger" ? "button-danger" : "button-primary"}`, data: { testid: "confirm-ok" }, on: { click: end(true) } }, words(object.confirm) || "Yes")),
    ]);
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(answer);
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}

let toasts = null;

/** Say something for a few seconds, above everything else. */
export function toast(text, kind = "error") {
  toasts ??= document.body.appendChild(h("div", { class: "toasts", popover: "manual", role: "status", "aria-live": "assertive", data: { testid: "toasts" } }));
  const line = h("div", { class: `toast toast-${kind}`, data: { testid: "toast" } }, icon(kind === "error" ? "warn" : "check"), h("span", {}, text),
    iconButton("close", "Dismiss", () => line.remove()));
  toasts.append(line);
  if (toasts.matches(":popover-open")) toasts.hidePopover();
  toasts.showPopover(); // again, to stay above a dialog opened since
  setTimeout(() => line.remove(), 9000);
}
