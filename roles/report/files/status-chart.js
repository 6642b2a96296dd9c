// SPDX-License-Identifier: GPL-3.0-or-later
// Charts of nights as SVG: bars beside a limit, or a line. Colours and patterns are CSS, so that dark mode, forced
// colours and paper need no second drawing; what a colour says, a pattern or symbol says as well.

const PLOT = { left: 46, right: 10, top: 24, bottom: 40 };
const SCREEN_HEIGHT = 190;
const WITHOUT = { g: "gagal", t: "terputus", x: "tidak dijalankan" };

// Round steps of 1, 2 or 5 that give about four lines.
function ticks(low, high) {
  const rough = (high - low) / 4 || 1;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((each) => each * power).find((each) => each >= rough * 0.999);
  const first = Math.floor(low / step + 1e-9) * step;
  const all = [];
  for (let i = 0; ; i += 1) {
    all.push(first + i * step);
    if (all.at(-1) >= high - step * 1e-6) return { all, decimals: Math.max(0, -Math.floor(Math.log10(step) + 1e-9)) };
  }
}

// spec: {title, unit, kind: "bar"|"line", decimals, limit, limitName, points: [{night, value, ok, told}]}
class Chart {
  constructor(spec, first, days, onSelect) {
    Object.assign(this, { spec, first, days, onSelect, selected: null });
    this.svg = svg("svg", { class: "drawing", "aria-hidden": "true", focusable: "false" });
    this.readout = el("p", { class: "readout" }, "\u00a0");
    this.plot = el("div", {
      class: "plot",
      tabindex: "0",
      role: "group",
      "aria-roledescription": "grafik",
      "aria-label": `${spec.title}. Panah kiri dan kanan membacakan malam demi malam; angkanya ada pada tabel di bawah.`,
    }, this.svg);
    this.plot.addEventListener("keydown", (event) => this.onKey(event));
    this.plot.addEventListener("focus", () => this.readout.setAttribute("aria-live", "polite"));
    this.plot.addEventListener("blur", () => this.readout.removeAttribute("aria-live"));
    this.plot.addEventListener("pointermove", (event) => this.onPointer(event));
    this.plot.addEventListener("pointerdown", (event) => this.onPointer(event));
  }

  onKey(event) {
    const last = this.spec.points.length - 1;
    const now = this.selected === null ? last + 1 : this.selected;
    const to = { ArrowLeft: now - 1, ArrowRight: now + 1, Home: 0, End: last }[event.key];
    if (to === undefined || last < 0) return;
    event.preventDefault();
    this.onSelect(Math.min(last, Math.max(0, to)));
  }

  onPointer(event) {
    if (!this.spec.points.length) return;
    const x = event.clientX - this.svg.getBoundingClientRect().left;
    const away = this.spec.points.map((point) => Math.abs(this.x(point.night.day) - x));
    this.onSelect(away.indexOf(Math.min(...away)));
  }

  x(day) {
    return PLOT.left + (day - this.first + 0.5) * this.pitch;
  }

  y(value) {
    const inner = this.height - PLOT.top - PLOT.bottom;
    return PLOT.top + inner * (1 - (value - this.low) / (this.high - this.low));
  }

  draw(width, height = SCREEN_HEIGHT) {
    const { spec } = this;
    this.height = height;
    this.width = Math.max(260, Math.floor(width));
    this.pitch = (this.width - PLOT.left - PLOT.right) / this.days;
    const values = spec.points.map((point) => point.value).filter((value) => value !== null);
    const largest = Math.max(spec.limit || 0, ...values, 0);
    const smallest = Math.min(...values, largest);
    // Bars begin at nought; a line of sizes may begin higher, else a shrinking database would not be seen.
    const from = spec.kind === "line" && smallest > largest * 0.5 ? smallest - (largest - smallest) * 0.15 : 0;
    const scale = ticks(from, largest * (spec.limit ? 1.04 : 1.001) || 1);
    this.low = scale.all[0];
    this.high = scale.all.at(-1);
    const base = this.height - PLOT.bottom;
    this.cursor = svg("line", { class: "cursor", y1: PLOT.top, y2: base, visibility: "hidden" });
    this.svg.setAttribute("viewBox", `0 0 ${this.width} ${this.height}`);
    this.svg.setAttribute("height", this.height);
    this.svg.replaceChildren(
      svg("text", { class: "unit", x: 0, y: 10 }, this.low > 0 ? `${spec.unit}, sumbu tidak dari 0` : spec.unit),
      ...scale.all.map((tick) => this.gridLine(tick, scale.decimals)),
      ...this.dayTicks(base),
      ...this.gaps(base),
      this.cursor,
      ...(spec.kind === "bar" ? this.bars(base) : this.line()),
      ...this.limitLine(),
    );
    this.mark(this.selected);
  }

  gridLine(tick, decimals) {
    const y = this.y(tick);
    return svg("g", {},
      svg("line", { class: tick === this.low ? "axis" : "grid", x1: PLOT.left, x2: this.width - PLOT.right, y1: y, y2: y }),
      svg("text", { class: "tick", x: PLOT.left - 6, y: y + 4, "text-anchor": "end" }, number(tick, decimals)));
  }

  dayTicks(base) {
    const weeks = Math.max(1, Math.ceil(54 / (this.pitch * 7)));
    const monday = (8 - dateOf(this.first).getUTCDay()) % 7;
    const found = [];
    for (let day = this.first + monday; day < this.first + this.days; day += 7 * weeks) {
      const x = this.x(day);
      if (x > this.width - 26) break;
      found.push(svg("g", {}, svg("line", { class: "axis", x1: x, x2: x, y1: base, y2: base + 4 }),
        svg("text", { class: "tick", x, y: base + 34, "text-anchor": "middle" }, shortDate(day))));
    }
    return found;
  }

  // A night without a value is a hatched column with its symbol beneath the axis, so that it is no mere absence.
  gaps(base) {
    const width = Math.max(3, this.pitch);
    const side = Math.min(13, Math.max(8, this.pitch));
    return this.spec.points.filter((point) => point.value === null).flatMap(({ night }) => [
      svg("rect", { class: "gap", x: this.x(night.day) - width / 2, width, y: PLOT.top, height: base - PLOT.top }),
      symbol(night.state, { x: this.x(night.day) - side / 2, y: base + 6, width: side, height: side }),
    ]);
  }

  bars(base) {
    const width = Math.max(2, Math.min(18, this.pitch * 0.72));
    return this.spec.points.filter((point) => point.value !== null).map((point) => {
      const y = Math.min(this.y(point.value), base - 1.5);
      return svg("rect", {
        class: point.ok ? "bar" : "bar over", x: this.x(point.night.day) - width / 2, width, y, height: base - y,
      });
    });
  }

  line() {
    const parts = [[]];
    for (const point of this.spec.points) {
      if (point.value === null) parts.push([]);
      else parts.at(-1).push(`${this.x(point.night.day).toFixed(1)},${this.y(point.value).toFixed(1)}`);
    }
    const radius = Math.max(1.6, Math.min(3.2, this.pitch * 0.3));
    const shapes = this.spec.points.filter((point) => point.value !== null).map((point) => {
      const [x, y] = [this.x(point.night.day), this.y(point.value)];
      if (point.ok) return svg("circle", { class: "dot", cx: x, cy: y, r: radius });
      const r = radius + 1.8;
      return svg("path", { class: "dot over", d: `M${x} ${y - r}l${r} ${r * 1.8}h${-2 * r}z` });
    });
    return [...parts.filter((part) => part.length > 1).map((part) =>
      svg("polyline", { class: "curve", points: part.join(" ") })), ...shapes];
  }

  limitLine() {
    if (!this.spec.limit) return [];
    const y = this.y(this.spec.limit);
    const right = this.width - PLOT.right;
    // Its name stands above the plot with a piece of the line: on the line itself bars would run through it.
    return [svg("line", { class: "limit", x1: PLOT.left, x2: right, y1: y, y2: y }),
      svg("line", { class: "limit", x1: right - 26, x2: right, y1: 6, y2: 6 }),
      svg("text", { class: "limit-name", x: right - 32, y: 10, "text-anchor": "end" }, this.spec.limitName)];
  }

  mark(index) {
    this.selected = index;
    const point = index === null ? null : this.spec.points[index];
    if (!point || !this.cursor) return;
    const x = this.x(point.night.day);
    this.cursor.removeAttribute("visibility");
    this.cursor.setAttribute("x1", x);
    this.cursor.setAttribute("x2", x);
    this.readout.textContent = `${longDate(point.night.day)}: ${point.told}`;
  }
}
