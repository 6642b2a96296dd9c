// SPDX-License-Identifier: GPL-3.0-or-later
// The list of servers: search, filter by state, sort, pages. The rows are the page's own; they are moved, never made.

const PER_PAGE = 25;

const ORDERS = {
  rank: (a, b) => a.rank - b.rank || byName(a, b),
  name: byName,
  // Without a proven backup it is older than any.
  age: (a, b) => (b.age === null ? Infinity : b.age) - (a.age === null ? Infinity : a.age) || byName(a, b),
  size: (a, b) => b.size - a.size || byName(a, b),
  missed: (a, b) => b.missed - a.missed || byName(a, b),
};

function byName(a, b) {
  return a.name < b.name ? -1 : a.name > b.name ? 1 : 0;
}

class ServerList {
  constructor() {
    this.body = document.querySelector("#list tbody");
    this.rows = new Map([...this.body.rows].map((row, i) => [data.servers[i], row]));
    this.haystack = new Map(data.servers.map((server) => [server, `${server.name} ${server.office}`.toLowerCase()]));
    this.state = { text: "", filter: "", order: "rank", page: 0, perPage: PER_PAGE };
    this.found = document.getElementById("found");
    this.pager = document.getElementById("pager");
    this.makeTools();
    this.makeHeaders();
    this.makeTiles();
    this.update();
  }

  makeTools() {
    const tools = document.getElementById("tools");
    this.search = document.getElementById("q");
    this.order = document.getElementById("sort");
    this.clear = document.getElementById("clear");
    tools.hidden = data.servers.length < 2;
    tools.addEventListener("submit", (event) => event.preventDefault());
    this.search.addEventListener("input", () => this.change({ text: this.search.value.trim().toLowerCase() }));
    this.order.addEventListener("change", () => this.change({ order: this.order.value }));
    this.clear.addEventListener("click", () => {
      this.search.value = "";
      this.change({ text: "", filter: "" });
      this.search.focus();
    });
  }

  makeHeaders() {
    this.headers = [...document.querySelectorAll("#list th[data-sort]")];
    for (const header of this.headers) {
      const button = el("button", { type: "button", class: "sorter" }, ...header.childNodes, el("i", { "aria-hidden": "true" }));
      button.addEventListener("click", () => this.change({ order: header.dataset.sort }));
      header.append(button);
    }
  }

  makeTiles() {
    this.tiles = [...document.querySelectorAll("#tiles .tile:not(.none)")].map((tile) => {
      const button = el("button", { type: "button", class: "face", "aria-pressed": "false" }, ...tile.firstChild.childNodes);
      const code = tile.dataset.filter;
      button.addEventListener("click", () => this.change({ filter: this.state.filter === code ? "" : code }));
      tile.replaceChildren(button);
      return { code, button };
    });
  }

  change(what) {
    this.state = { ...this.state, page: 0, ...what };
    this.update();
  }

  matching() {
    const { text, filter, order } = this.state;
    return data.servers
      .filter((server) => (!filter || server.state === filter || (filter === "old" && server.stale))
        && text.split(/\s+/).every((word) => this.haystack.get(server).includes(word)))
      .sort(ORDERS[order]);
  }

  update() {
    const { text, filter, order, page, perPage } = this.state;
    const shown = this.matching();
    const from = page ? page * perPage : 0; // no page of infinitely many rows but the first
    for (const row of this.rows.values()) row.hidden = true;
    shown.forEach((server, i) => {
      const row = this.rows.get(server);
      row.hidden = false;
      // Paper has no pages to leaf through: there all that match are printed.
      row.classList.toggle("off", i < from || i >= from + perPage);
      this.body.append(row);
    });
    this.order.value = order;
    this.clear.hidden = !text && !filter;
    for (const header of this.headers) {
      const direction = order === "name" || order === "rank" ? "ascending" : "descending";
      if (header.dataset.sort === order) header.setAttribute("aria-sort", direction);
      else header.removeAttribute("aria-sort");
    }
    for (const { code, button } of this.tiles) button.setAttribute("aria-pressed", String(code === filter));
    this.tell(shown.length, from);
    this.makePager(shown.length);
  }

  tell(count, from) {
    const all = data.servers.length;
    if (all < 2) return;
    const some = count === all ? `${number(all)} server` : `${number(count)} dari ${number(all)} server`;
    const until = Math.min(from + this.state.perPage, count);
    const span = count > this.state.perPage ? `, tampil ${number(from + 1)} sampai ${number(until)}` : "";
    this.found.textContent = count ? `${some}${span}` : "Tidak ada server yang cocok. Ubah kata cari atau hapus saringan.";
  }

  makePager(count) {
    const { page, perPage } = this.state;
    const last = Math.ceil(count / perPage) - 1;
    this.pager.hidden = count <= PER_PAGE;
    const go = (name, to, usable) => {
      const button = el("button", { type: "button", class: "button", disabled: !usable, "data-go": name }, name);
      button.addEventListener("click", () => {
        this.change({ page: to });
        document.getElementById("h-servers").scrollIntoView();
        // The pager is made anew; whoever leafs by keyboard stays on the button, or on its neighbour at the end.
        (this.pager.querySelector(`[data-go="${name}"]:enabled`) || this.pager.querySelector("button:enabled")).focus();
      });
      return button;
    };
    const all = el("button", { type: "button", class: "button" }, perPage === PER_PAGE ? "Tampilkan semua" : `Tampilkan ${PER_PAGE} saja`);
    all.addEventListener("click", () => {
      this.change({ perPage: perPage === PER_PAGE ? Infinity : PER_PAGE });
      this.pager.lastElementChild.focus();
    });
    this.pager.replaceChildren(...(perPage === PER_PAGE
      ? [go("Sebelumnya", page - 1, page > 0),
        el("span", {}, `Halaman ${number(page + 1)} dari ${number(last + 1)}`),
        go("Berikutnya", page + 1, page < last)] : []), all);
  }
}
