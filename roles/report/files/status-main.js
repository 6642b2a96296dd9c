// SPDX-License-Identifier: GPL-3.0-or-later
// Which server is shown is in the address behind `#`, so that the browser's own Back works.

const PAPER = { width: 680, height: 134 };
const TITLE = document.title;
const overview = document.getElementById("overview");
const detail = document.getElementById("detail");
const list = data.servers.length ? new ServerList() : null;
let shown = null;
let leftAt = 0;

const PREFIX = "#server/";
const hashOf = (server) => PREFIX + encodeURIComponent(server.name);

function serverOf(hash) {
  if (!hash.startsWith(PREFIX)) return null;
  try {
    const name = decodeURIComponent(hash.slice(PREFIX.length));
    return data.servers.find((server) => server.name === name) || null;
  } catch {
    return null; // a hash that somebody typed
  }
}

function heading(server) {
  const order = list.matching().includes(server) ? list.matching() : data.servers;
  const at = order.indexOf(server);
  const step = (name, to) => (to ? el("a", { class: "button", href: hashOf(to) }, name) : null);
  return [
    el("nav", { class: "crumbs", "aria-label": "Server" }, el("a", { class: "button", href: "#semua" }, "Semua server"),
      el("span", { class: "grow" }), step("← Sebelumnya", order[at - 1]), step("Berikutnya →", order[at + 1])),
    el("h2", { tabindex: "-1", id: "h-detail" }, server.name,
      el("span", { class: "when" }, [server.office, server.zone].filter(Boolean).join(", "))),
    el("p", { class: "headline" }, symbol(server.state), el("span", {}, server.told)),
  ];
}

function route() {
  const server = data.servers.length > 1 ? serverOf(location.hash) : null;
  if (server && !overview.hidden) leftAt = window.scrollY;
  overview.hidden = Boolean(server);
  detail.hidden = !server;
  document.title = server ? `${server.name} · ${TITLE}` : TITLE;
  if (server) {
    shown = new Detail(server, detail, heading(server));
    window.scrollTo(0, 0);
    document.getElementById("h-detail").focus({ preventScroll: true });
  } else if (data.servers.length > 1 && shown) {
    const link = list.rows.get(shown.server).querySelector("a");
    shown = null;
    detail.replaceChildren();
    if (location.hash === "" || location.hash === "#semua") {
      window.scrollTo(0, leftAt);
      // Leafing from server to server may have led to one on another page of the list.
      (link.offsetParent ? link : document.getElementById("isi")).focus({ preventScroll: true });
    }
  }
}

// A page that lies about for days must not be read as this morning's.
function tellAge() {
  const hours = Math.floor((Date.now() / 1000 - data.made) / 3600);
  const banner = document.getElementById("page-age");
  banner.hidden = hours < 24;
  if (hours >= 24) {
    const days = Math.floor(hours / 24);
    banner.replaceChildren(symbol("p"), el("span", {}, el("strong", {}, `Halaman ini dibuat ${number(days)} hari yang lalu.`),
      " Keadaan sekarang dapat berbeda: mintalah halaman yang baru."));
  }
}

if (data.servers.length === 1) {
  document.getElementById("servers").hidden = true;
  shown = new Detail(data.servers[0], document.getElementById("only"), []);
}
// The skip link must not leave the server that is shown.
document.querySelector(".skip").addEventListener("click", (event) => {
  event.preventDefault();
  document.getElementById("isi").focus();
});
window.addEventListener("hashchange", route);
window.addEventListener("beforeprint", () => shown && shown.fit(PAPER));
window.addEventListener("afterprint", () => shown && shown.fit());
document.addEventListener("visibilitychange", tellAge);
tellAge();
route();
// The last act: where any of the above is not understood by an old browser, the sentence stays.
document.getElementById("no-js").remove();
