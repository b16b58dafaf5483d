// Times as the viewer's wall shows them. Every function takes the IANA zone of the person looking.

const formats = new Map();

function parts(date, zone) {
  if (!formats.has(zone)) formats.set(zone, makeFormat(zone));
  const found = {};
  for (const part of formats.get(zone).formatToParts(date)) found[part.type] = part.value;
  return found;
}

function makeFormat(zone) {
  const wanted = { year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" };
  try {
    return new Intl.DateTimeFormat("en-GB", { ...wanted, timeZone: zone || undefined });
  } catch {
    return new Intl.DateTimeFormat("en-GB", { ...wanted, timeZone: "UTC" }); // a zone this browser does not know
  }
}

const MONTHS = ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"];
const DAYS = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
let skewMs = 0;

/** The workspace may live in another time than this browser (a replayed demo): trust its clock. */
export function setNow(epochSeconds) {
  skewMs = epochSeconds ? epochSeconds * 1000 - Date.now() : 0;
}

export function now() {
  return new Date(Date.now() + skewMs);
}

export function tsDate(ts) {
  return new Date(Math.floor(Number(ts) * 1000));
}

/** "2026-11-21", comparable and unique per local day. */
export function dayKey(date, zone) {
  const p = parts(date, zone);
  return `${p.year}-${p.month}-${p.day}`;
}

export function clock(date, zone) {
  const p = parts(date, zone);
  return `${p.hour}:${p.minute}`;
}

/** Full UTC with the microseconds of a ts: what goes into the record. */
export function utcOf(ts) {
  const [, micros = "0"] = String(ts).split(".");
  return `${new Date(Math.floor(Number(ts)) * 1000).toISOString().slice(0, 19).replace("T", " ")}.${micros.padEnd(6, "0")} UTC`;
}

function nth(day) {
  const tail = day % 100 >= 11 && day % 100 <= 13 ? "th" : (["th", "st", "nd", "rd"][day % 10] ?? "th");
  return `${day}${tail}`;
}

function pretty(date, zone) {
  const DAY = 86_400_000;
  const key = dayKey(date, zone);
  if (key === dayKey(now(), zone)) return "today";
  if (key === dayKey(new Date(now().getTime() - DAY), zone)) return "yesterday";
  if (key === dayKey(new Date(now().getTime() + DAY), zone)) return "tomorrow";
  return null;
}

/** How long ago or ahead, in the largest unit that fits. */
export function ago(date) {
  const seconds = Math.round((date.getTime() - now().getTime()) / 1000);
  const [unit, size] = [["year", 31_536_000], ["month", 2_592_000], ["day", 86_400], ["hour", 3600], ["minute", 60]].find(([, s]) => Math.abs(seconds) >= s) ?? ["second", 1];
  if (unit === "second") return seconds > 0 ? "in a moment" : "just now";
  const count = Math.round(Math.abs(seconds) / size);
  const words = `${count} ${unit}${count === 1 ? "" : "s"}`;
  return seconds > 0 ? `in ${words}` : `${words} ago`;
}

function tokens(date, zone) {
  const p = parts(date, zone);
  const month = MONTHS[Number(p.month) - 1];
  const weekday = DAYS[new Date(Date.UTC(Number(p.year), Number(p.month) - 1, Number(p.day))).getUTCDay()];
  const long = `${month} ${nth(Number(p.day))}, ${p.year}`;
  const short = `${month.slice(0, 3)} ${Number(p.day)}, ${p.year}`;
  return {
    date_num: `${p.year}-${p.month}-${p.day}`,
    date_slash: `${p.month}/${p.day}/${p.year}`,
    date: long,
    date_short: short,
    date_long: `${weekday}, ${long}`,
    date_pretty: pretty(date, zone) ?? long,
    date_short_pretty: pretty(date, zone) ?? short,
    date_long_pretty: pretty(date, zone) ?? `${weekday}, ${long}`,
    time: `${p.hour}:${p.minute}`,
    time_secs: `${p.hour}:${p.minute}:${p.second}`,
    ago: ago(date),
  };
}

/** Fill `{date_short} {time}`-style tokens; null when a token is unknown, so that the fallback shows. */
export function fillDate(epochSeconds, format, zone) {
  const date = new Date(epochSeconds * 1000);
  if (Number.isNaN(date.getTime())) return null;
  const known = tokens(date, zone);
  let missing = false;
  const text = format.replace(/\{([a-z_]+)\}/g, (whole, name) => {
    missing ||= !(name in known);
    return known[name] ?? whole;
  });
  return missing ? null : text;
}

/** The divider between two days: "Today", "Yesterday", "Friday, November 20th". */
export function dayTitle(date, zone) {
  const near = pretty(date, zone);
  if (near) return near[0].toUpperCase() + near.slice(1);
  const long = tokens(date, zone).date_long;
  return long.endsWith(parts(now(), zone).year) ? long.slice(0, -6) : long;
}

/** "2026-11-21T14:05" for an <input type=datetime-local>, and back. */
export function toLocalInput(epochSeconds, zone) {
  const p = parts(new Date(epochSeconds * 1000), zone);
  return `${p.year}-${p.month}-${p.day}T${p.hour}:${p.minute}`;
}

export function fromLocalInput(text, zone) {
  const wanted = Date.parse(`${text}:00Z`);
  let guess = wanted;
  // Two rounds settle the offset, also beside a clock change.
  for (let round = 0; round < 2; round += 1) {
    const p = parts(new Date(guess), zone);
    const shown = Date.UTC(Number(p.year), Number(p.month) - 1, Number(p.day), Number(p.hour), Number(p.minute));
    guess += wanted - shown;
  }
  return Math.floor(guess / 1000);
}

/** "14:05 Berlin": the wall clock where a person is. */
export function zoneNote(zone) {
  return zone ? `${clock(now(), zone)} ${zone.split("/").pop().replaceAll("_", " ")}` : "";
}
