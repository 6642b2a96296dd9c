// SPDX-License-Identifier: GPL-3.0-or-later
// One server: its sentence, figures, charts with their tables, media, and every night.

const SHORT_SPAN = 30;
const SHORT_HISTORY = 14;
const NARROW = 600;

const minutes = (seconds, decimals) => number(seconds / 60, decimals);

function sizeSpec(nights) {
  const proven = nights.map((night) => (night.proven && night.size ? night.size : null));
  const unit = sizeUnit(Math.max(...proven, 0));
  const points = nights.map((night, i) => {
    const value = proven[i] === null ? null : proven[i] / unit.scale;
    const size = value === null ? "tidak ada backup terbukti" : `${number(value, 2)} ${unit.name}`;
    return { night, value, ok: night.state === "b", told: `${size}, ${data.states[night.state].toLowerCase()}` };
  });
  return { key: "size", title: "Ukuran backup", unit: unit.name, kind: "line", decimals: 2, points, result: (point) => data.states[point.night.state] };
}

function stepSpec(nights, step, i) {
  const longest = Math.max(...nights.map((night) => night.took[i] || 0), 0);
  const decimals = longest < 60 && !step.menit ? 2 : 1;
  const points = nights.map((night) => {
    const took = night.took[i];
    const verdict = VERDICTS[night.verdicts[i]];
    return {
      night,
      value: took === null ? null : took / 60,
      ok: night.verdicts[i] === "s",
      told: took === null ? verdict : `${minutes(took, decimals)} menit, ${verdict}`,
    };
  });
  return {
    key: `step-${step.n}`,
    title: `Langkah ${step.n}: ${step.kegiatan}`,
    unit: "menit",
    kind: "bar",
    decimals,
    limit: step.menit,
    limitName: step.menit ? `batas ${number(step.menit)} menit` : "",
    points,
    result: (point) => VERDICTS[point.night.verdicts[i]],
    summary: stepSummary(points, step, i),
  };
}

function stepSummary(points, step, i) {
  const done = points.filter((point) => point.night.verdicts[i] !== "-");
  const bad = done.filter((point) => !point.ok).length;
  const told = bad ? `${number(bad)} dari ${number(done.length)} malam tidak sesuai` : `Sesuai pada ${number(done.length)} malam`;
  return `Mutu baku: ${step.waktu}. ${done.length ? `${told}.` : "Belum ada realisasi."}`;
}

function numbersTable(spec) {
  const rows = [...spec.points].reverse().map((point) =>
    el("tr", {},
      el("th", { scope: "row" }, longDate(point.night.day)),
      el("td", { class: "num" }, point.value === null ? "-" : number(point.value, spec.decimals)),
      spec.limit ? el("td", { class: "num" }, number(spec.limit)) : null,
      el("td", {}, spec.result(point))));
  return el("details", { class: "numbers" },
    el("summary", {}, "Tabel angka", el("span", { class: "vh" }, ` ${spec.title}`)),
    scrollable(`Tabel angka ${spec.title}`, el("table", { class: "plain" },
      el("thead", {}, el("tr", {}, el("th", { scope: "col" }, "Hari, tanggal"),
        el("th", { scope: "col", class: "num" }, spec.unit === "menit" ? "Realisasi (menit)" : `Ukuran (${spec.unit})`),
        spec.limit ? el("th", { scope: "col", class: "num" }, "Batas (menit)") : null,
        el("th", { scope: "col" }, spec.unit === "menit" ? "Penilaian" : "Hasil"))),
      el("tbody", {}, ...rows))));
}

const scrollable = (name, table) => el("div", { class: "scroll", role: "region", "aria-label": name, tabindex: "0" }, table);

class Detail {
  constructor(server, place, heading) {
    this.server = server;
    this.place = place;
    this.nights = nightsOf(server);
    this.span = window.innerWidth < NARROW ? SHORT_SPAN : data.days;
    this.charts = [];
    this.grid = el("div", { class: "charts" });
    place.replaceChildren(...heading, this.figures(), this.chartHead(), this.grid, this.media(), this.history());
    this.drawAll();
    new ResizeObserver(() => this.fit()).observe(this.grid);
  }

  figures() {
    return el("dl", { class: "facts" }, ...this.server.facts.map(([name, value, note, alarming]) =>
      el("div", { class: alarming ? "alarming" : "" }, el("dt", {}, name),
        el("dd", {}, alarming ? symbol("p") : null, el("b", {}, value), note ? el("span", { class: "sub" }, note) : null))));
  }

  chartHead() {
    const choose = (days) => {
      const input = el("input", { type: "radio", name: "span", value: days });
      input.checked = this.span === days;
      input.addEventListener("change", () => {
        this.span = days;
        this.drawAll();
      });
      return el("label", {}, input, `${number(days)} hari`);
    };
    const choice = data.days > SHORT_SPAN
      ? el("fieldset", { class: "span" }, el("legend", { class: "vh" }, "Rentang grafik"), choose(SHORT_SPAN), choose(data.days))
      : null;
    return el("div", { class: "row-head" }, el("h3", {}, "Ukuran dan realisasi setiap langkah"), choice);
  }

  drawAll() {
    const first = data.days - this.span;
    const nights = this.nights.filter((night) => night.day >= first);
    const specs = [sizeSpec(nights), ...data.steps.map((step, i) => stepSpec(nights, step, i))];
    const select = (index) => this.charts.forEach((chart) => chart.mark(index));
    this.charts = specs.map((spec) => new Chart(spec, first, this.span, select));
    this.grid.replaceChildren(...this.charts.map((chart, i) => {
      const { spec } = chart;
      return el("figure", { class: i === 0 ? "chart wide" : "chart", id: `chart-${spec.key}` },
        el("figcaption", {}, el("h4", {}, spec.title), el("p", { class: "sub" }, spec.summary || this.sizeSummary())),
        chart.plot, chart.readout, numbersTable(spec));
    }));
    this.fit();
  }

  sizeSummary() {
    const [, value, note] = this.server.facts[1];
    return note ? `Terakhir ${value}; ${note}.` : `Terakhir ${value}.`;
  }

  // Drawn for the width there is, so that letters keep their size; for paper as wide and high as paper wants.
  fit(paper) {
    for (const chart of this.charts) {
      const width = paper ? paper.width : chart.plot.clientWidth;
      if (!width || (width === chart.drawnFor && !paper)) continue;
      chart.draw(width, paper && paper.height);
      chart.drawnFor = paper ? null : width;
    }
  }

  media() {
    const rows = this.server.media.map(([label, serial, group, copies, last]) =>
      el("tr", {}, el("th", { scope: "row" }, label || "-"), el("td", {}, last),
        el("td", { class: "num" }, number(copies)), el("td", {}, serial || "-"), el("td", {}, group || "-")));
    const head = ["Media", "Terakhir dipakai", "Kopian", "Nomor seri", "Kelompok"].map((name) =>
      el("th", { scope: "col", class: name === "Kopian" ? "num" : null }, name));
    return el("section", { class: "media" }, el("h3", {}, "Media"), rows.length
      ? scrollable("Tabel media", el("table", { class: "plain" }, el("thead", {}, el("tr", {}, ...head)), el("tbody", {}, ...rows)))
      : el("p", {}, "Belum ada kopian ke media yang terbukti."));
  }

  history() {
    const rows = [...this.nights].reverse().map((night, i) => this.nightRow(night, i));
    const head = ["Hari, tanggal", "Mulai", "Hasil", "Ukuran"].map((name) =>
      el("th", { scope: "col", class: name === "Ukuran" ? "num" : null }, name));
    const steps = data.steps.map((step) =>
      el("th", { scope: "col", class: "num", title: step.kegiatan }, el("abbr", { title: step.kegiatan }, `L${step.n}`), el("span", { class: "sub" }, step.menit ? `≤ ${step.menit}` : "menit")));
    const rest = ["Media", "Paraf", "Kendala dan tindak lanjut"].map((name) => el("th", { scope: "col" }, name));
    const table = el("table", { class: "plain nights" }, el("caption", { class: "vh" }, "Setiap malam, yang terbaru di atas; L1 sampai L6 adalah realisasi langkah dalam menit"),
      el("thead", {}, el("tr", {}, ...head, ...steps, ...rest)), el("tbody", {}, ...rows));
    const more = el("button", { type: "button", class: "button" }, `Tampilkan semua ${number(rows.length)} malam`);
    more.addEventListener("click", () => {
      table.classList.add("all");
      more.remove();
      table.closest(".scroll").focus();
    });
    return el("section", { class: "history" }, el("h3", {}, "Riwayat malam"),
      el("p", { class: "sub" }, "L1 sampai L6: realisasi langkah dalam menit; tanda ▲ berarti tidak sesuai mutu baku."),
      rows.length ? scrollable("Tabel riwayat malam", table) : el("p", {}, "Belum ada malam yang tercatat."),
      rows.length > SHORT_HISTORY ? more : null);
  }

  nightRow(night, i) {
    const unit = sizeUnit(this.server.size);
    const cells = night.took.map((took, step) => {
      const bad = night.verdicts[step] !== "s" && night.verdicts[step] !== "-";
      const told = took === null ? "-" : minutes(took, 1);
      return el("td", { class: bad ? "num bad" : "num" }, bad ? "▲ " : null, bad ? el("span", { class: "vh" }, "tidak sesuai ") : null, told);
    });
    const words = [...night.reasons.split("\n"), ...night.notes.split("\n")].filter(Boolean);
    return el("tr", { class: i < SHORT_HISTORY ? "" : "older" },
      el("th", { scope: "row" }, `${DAYS[dateOf(night.day).getUTCDay()]}, ${shortDate(night.day)} ${dateOf(night.day).getUTCFullYear()}`),
      el("td", {}, night.at < 0 ? "-" : clock(night.at)),
      el("td", {}, stateTag(night.state), night.rehearsal ? el("span", { class: "sub" }, "GLADI") : null),
      el("td", { class: "num" }, night.size ? `${number(night.size / unit.scale, 2)} ${unit.name}` : "-"),
      ...cells,
      el("td", { class: "loose" }, night.media || "-"),
      el("td", { class: "loose" }, ...(night.parafs.length ? night.parafs.map((office) => el("span", {}, office)) : ["-"])),
      el("td", { class: "words" }, ...(words.length ? words.map((word) => el("p", {}, word)) : ["-"])));
  }
}
