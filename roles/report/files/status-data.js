// SPDX-License-Identifier: GPL-3.0-or-later
// What the page's JSON says (module_utils/siak_backup/status/packed.py), numbers and dates as the office writes them.

const data = JSON.parse(document.getElementById("data").textContent);
const FLAG = { proven: 1, rehearsal: 2, paraf: 4 };
const VERDICTS = { s: "sesuai", x: "tidak sesuai", t: "terputus", "-": "tidak dijalankan", j: "berjalan" };
const DAYS = ["Minggu", "Senin", "Selasa", "Rabu", "Kamis", "Jumat", "Sabtu"];
const MONTHS = ["Januari", "Februari", "Maret", "April", "Mei", "Juni", "Juli", "Agustus", "September", "Oktober",
  "November", "Desember"];
const FIRST_DAY = Date.parse(`${data.since}T00:00:00Z`);

const dateOf = (day) => new Date(FIRST_DAY + day * 86400000);
const shortDate = (day) => `${dateOf(day).getUTCDate()} ${MONTHS[dateOf(day).getUTCMonth()].slice(0, 3)}`;
const longDate = (day) => {
  const date = dateOf(day);
  return `${DAYS[date.getUTCDay()]}, ${date.getUTCDate()} ${MONTHS[date.getUTCMonth()]} ${date.getUTCFullYear()}`;
};

// 1.234,5, on every machine: a browser's locale data may be cut down.
function number(value, decimals = 0) {
  const [whole, rest] = Math.abs(value).toFixed(decimals).split(".");
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ".");
  return (value < 0 ? "\u2212" : "") + grouped + (rest ? `,${rest}` : "");
}

// Decimal units, as disks are labelled.
function sizeUnit(largest) {
  const power = largest >= 1e12 ? 4 : largest >= 1e9 ? 3 : largest >= 1e6 ? 2 : 1;
  return { name: ["", "KB", "MB", "GB", "TB"][power], scale: 1000 ** power };
}

const clock = (minute) => `${String(Math.floor(minute / 60)).padStart(2, "0")}.${String(minute % 60).padStart(2, "0")}`;

// One server's nights as rows, made when somebody looks at them.
function nightsOf(server) {
  const steps = data.steps.length;
  return server.day.map((day, i) => ({
    day,
    state: server.st[i],
    at: server.at[i],
    size: server.z[i],
    took: data.steps.map((_, step) => (server.t[step] === undefined || server.t[step][i] < 0 ? null : server.t[step][i])),
    verdicts: data.steps.map((_, step) => server.v[i * steps + step] || "-"),
    media: data.texts[server.m[i]],
    reasons: data.texts[server.r[i]],
    notes: data.texts[server.c[i]],
    proven: Boolean(server.f[i] & FLAG.proven),
    rehearsal: Boolean(server.f[i] & FLAG.rehearsal),
    parafs: data.parafs.filter((_, office) => server.f[i] & (FLAG.paraf << office)),
  }));
}

// Texts become text nodes only: nothing that came through the journal is ever parsed as markup.
function build(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes || {})) {
    if (value !== null && value !== undefined && value !== false) {
      node.setAttribute(name, value === true ? "" : value);
    }
  }
  node.append(...children.filter((child) => child !== null && child !== undefined && child !== ""));
  return node;
}
const el = (tag, attributes, ...children) => build(document.createElement(tag), attributes, children);
const svg = (tag, attributes, ...children) =>
  build(document.createElementNS("http://www.w3.org/2000/svg", tag), attributes, children);
const symbol = (code, attributes) =>
  svg("svg", { class: `sym s-${code}`, "aria-hidden": "true", ...attributes }, svg("use", { href: `#y-${code}` }));
const stateTag = (code) => el("span", { class: `state s-${code}` }, symbol(code), data.states[code]);
