'use strict';
// Colours that differ in brightness too, for eyes and printers that see no hues.
const colours = ['#2f6fde', '#e07b00', '#2a9d5c', '#b5379b', '#8a6d3b', '#0aa2c0', '#d33f49', '#6b5bd2', '#7a8a00', '#5c6577'];
const colour = target => colours[view.Targets.indexOf(target) % colours.length];
const three = v => v >= 100 ? v.toFixed(0) : v >= 10 ? v.toFixed(1) : v.toFixed(2);
const trim = s => s.includes('.') ? s.replace(/\.?0+$/, '') : s;
const short = v => trim(three(v));
function time(ns) {
  if (ns < 1e3) return short(ns) + ' ns';
  if (ns < 1e6) return short(ns / 1e3) + ' µs';
  if (ns < 1e9) return short(ns / 1e6) + ' ms';
  return short(ns / 1e9) + ' s';
}
function bytes(b) {
  for (const [n, u] of [[2 ** 30, 'GB'], [2 ** 20, 'MB'], [2 ** 10, 'KB']]) if (b >= n) return short(b / n) + ' ' + u;
  return short(b) + ' B';
}
const count = v => v >= 1e6 ? short(v / 1e6) + ' M' : v >= 1e3 ? short(v / 1e3) + ' k' : short(v);
const units = { 'ns': time, 'B': bytes, 'B/s': v => bytes(v) + '/s', 'us': v => short(v) + ' µs', '%': v => short(v) + ' %', '/s': v => count(v) + '/s', '': count };
const css = name => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

let charts = [];

function base(title) {
  const ink = css('--ink'), soft = css('--soft');
  return {
    animation: false, textStyle: { color: ink, fontFamily: 'inherit' }, color: colours,
    title: { text: title, left: 12, top: 8, textStyle: { color: ink, fontSize: 13, fontWeight: 600 } },
    legend: { bottom: 6, itemWidth: 16, itemHeight: 8, itemGap: 14, textStyle: { color: soft, fontSize: 11 } },
    grid: { left: 12, right: 24, top: 46, bottom: 56, containLabel: true },
    tooltip: { trigger: 'axis', confine: true },
  };
}
function axis(name, format, extra) {
  const soft = css('--soft'), rule = css('--rule');
  return Object.assign({
    name, nameLocation: 'middle', nameGap: 26, nameTextStyle: { color: soft },
    axisLabel: { color: soft, formatter: format, hideOverlap: true }, axisLine: { lineStyle: { color: soft } },
    splitLine: { lineStyle: { color: rule } }, minorSplitLine: { lineStyle: { color: rule } },
  }, extra);
}
const yAxis = (format, extra) => axis('', format, extra);
// About how many rows the legend takes in the narrowest chart that page.css allows: the axis stands above all of them.
function legendRows(option) {
  const width = 440;
  let rows = 1, x = 0;
  for (const s of option.series) {
    const w = 16 + 5 + 6.5 * (s.name || '').length + 14;
    if (x > 0 && x + w > width - 20) [rows, x] = [rows + 1, 0];
    x += w;
  }
  return rows;
}
function draw(parent, option) {
  const div = document.createElement('div');
  div.className = 'chart';
  div.setAttribute('role', 'img');
  div.setAttribute('aria-label', option.title.text);
  parent.appendChild(div);
  if (option.legend) option.grid.bottom = 34 + 22 * legendRows(option);
  const chart = echarts.init(div, null, { renderer: 'svg' });
  chart.setOption(option);
  charts.push(chart);
}
const curve = (target, data, extra) => Object.assign({ name: target, type: 'line', data, showSymbol: data.length < 20, symbolSize: 6, lineStyle: { width: 2, color: colour(target) }, itemStyle: { color: colour(target) } }, extra);

// Percentiles lie where 1/(1-p) puts them, so that each nine takes as much room as the one before.
function percentiles(parent, run) {
  const o = base('Latency by percentile');
  o.xAxis = axis('percentile (%)', v => trim((100 * (1 - 1 / v)).toFixed(6)), { type: 'log', min: 1, nameGap: 28 });
  o.yAxis = yAxis(time, { type: 'log' });
  o.tooltip.formatter = all => trim((100 * (1 - 1 / all[0].data[0])).toFixed(5)) + ' %<br>' + all.map(p => p.marker + p.seriesName + ': <b>' + time(p.data[1]) + '</b>').join('<br>');
  o.series = run.Series.map(s => curve(s.Target, s.Percentiles.map(([p, ns]) => [1 / (1 - p / 100), ns])));
  draw(parent, o);
}
function throughput(parent, run) {
  const o = base('Requests a second over time');
  o.xAxis = axis('seconds, rounds one after another', v => short(v), { type: 'value' });
  o.yAxis = yAxis(v => count(v) + '/s', { type: 'value', min: 0 });
  o.tooltip.formatter = all => short(all[0].data[0]) + ' s<br>' + all.map(p => p.marker + p.seriesName + ': <b>' + count(p.data[1]) + '/s</b>').join('<br>');
  o.series = run.Series.map(s => {
    const points = s.Time.map((t, i) => [t, s.Rate[i]]);
    for (const i of s.Breaks.slice(1).reverse()) points.splice(i, 0, [s.Time[i], null]);
    return curve(s.Target, points, { showSymbol: false });
  });
  draw(parent, o);
}
// The heat maps of a run have one scale of latencies and one of colours, so that they can be compared.
function heatScale(all) {
  let low = Infinity, high = -Infinity, most = 0.1;
  for (const s of all) for (const [, step, n] of s.Heat) {
    low = Math.min(low, step);
    high = Math.max(high, step);
    most = Math.max(most, Math.log10(n));
  }
  return { low, high, most };
}
function heat(parent, s, { low, high, most }) {
  const o = base('Latency over time: ' + s.Target);
  const rows = [];
  for (let k = low; k <= high; k++) rows.push(time(2 ** (k / 4)));
  o.legend = undefined;
  o.grid.bottom = 44;
  o.grid.right = 90;
  o.xAxis = axis('seconds', v => v, { type: 'category', data: s.Time.map(t => t.toFixed(1)), splitLine: { show: false } });
  o.yAxis = yAxis(v => v, { type: 'category', data: rows, splitLine: { show: false } });
  o.yAxis.axisLabel.interval = Math.max(1, Math.ceil(rows.length / 12)) - 1;
  o.tooltip = { confine: true, formatter: p => s.Time[p.data[0]].toFixed(1) + ' s, from ' + rows[p.data[1]] + ': <b>' + count(10 ** p.data[2]) + '</b> requests' };
  const dark = matchMedia('(prefers-color-scheme: dark)').matches && !printing;
  o.visualMap = { min: 0, max: most, dimension: 2, orient: 'vertical', right: 4, top: 'middle', itemHeight: 150, itemWidth: 12, calculable: false,
    text: [count(10 ** most), '1'], textStyle: { color: css('--soft') }, inRange: { color: dark ? ['#232a36', '#2f6fde', '#4cc9a0', '#f4d35e', '#fff6d6'] : ['#e8eef9', '#7fa8ec', '#2f6fde', '#6b3fa0', '#3b0f4f'] } };
  o.series = [{ type: 'heatmap', data: s.Heat.map(([i, k, n]) => [i, k - low, Math.log10(n)]), progressive: 0, itemStyle: { borderWidth: 0 } }];
  draw(parent, o);
}
// Steps of an axis of bytes are powers of two, so that its labels are round.
function scale(format, most, log) {
  if (log) return yAxis(format, { type: 'log' });
  const extra = { type: 'value', min: 0 };
  if (format === bytes && most > 0) {
    extra.interval = 2 ** Math.ceil(Math.log2(most / 5));
    extra.max = Math.ceil(most / extra.interval) * extra.interval;
  }
  return yAxis(format, extra);
}
const better = sign => sign > 0 ? 'more is better' : 'less is better';
function compare(parent, s) {
  for (const f of s.Figures) {
    const format = units[f.Unit] || count;
    const ys = f.Lines.flatMap(l => l.Points.map(p => p[1]));
    const most = Math.max(...ys), log = f.Unit !== '%' && !s.Names && most / Math.min(...ys) > 30;
    const o = base(f.Name[0].toUpperCase() + f.Name.slice(1) + (log ? ', log scale' : '') + ' (' + better(f.Better) + ')');
    o.yAxis = scale(format, most, log);
    if (s.Names) sideBySide(o, s, f, format);
    else along(o, s, f, format);
    draw(parent, o);
  }
}
const spoken = (all, format) => all.map(p => p.marker + p.seriesName + ': <b>' + format(p.data[1]) + '</b>').join('<br>');
function along(o, s, f, format) {
  const xs = [...new Set(f.Lines.flatMap(l => l.Points.map(p => p[0])))].sort((a, b) => a - b);
  const x = s.Unit === 'B' ? bytes : count;
  o.xAxis = axis(s.X, x, { type: xs[xs.length - 1] / xs[0] > 20 ? 'log' : 'value', logBase: 2, min: 'dataMin', max: 'dataMax' });
  o.xAxis.axisLabel.customValues = xs;
  o.xAxis.axisTick = { customValues: xs };
  o.xAxis.splitLine.show = false;
  o.grid.right = 32;
  o.tooltip.formatter = all => x(all[0].data[0]) + '<br>' + spoken(all, format);
  o.series = f.Lines.map(l => curve(l.Target, l.Points, { showSymbol: true }));
}
function sideBySide(o, s, f, format) {
  o.tooltip = { trigger: 'item', confine: true, formatter: p => p.seriesName + ', ' + s.Names[p.data[0]] + ': <b>' + format(p.data[1]) + '</b>' };
  o.xAxis = axis('', v => v, { type: 'category', data: s.Names, splitLine: { show: false } });
  Object.assign(o.xAxis.axisLabel, { hideOverlap: false, interval: 0, width: 90, overflow: 'break', lineHeight: 13 });
  o.series = f.Lines.map(l => ({ name: l.Target, type: 'bar', data: l.Points, itemStyle: { color: colour(l.Target) } }));
}
function shares(parent, run) {
  if (!run.Shares) return;
  const o = base('Shares of the largest (▲ more, ▼ less is better)');
  o.xAxis = axis('', v => v, { type: 'category', data: run.Shares.map(s => (s.Better > 0 ? '▲ ' : '▼ ') + s.Name), splitLine: { show: false } });
  Object.assign(o.xAxis.axisLabel, { hideOverlap: false, interval: 0, width: 90, overflow: 'break', lineHeight: 13 });
  o.yAxis = yAxis(v => v + ' %', { type: 'value', max: 100 });
  o.tooltip = { trigger: 'item', confine: true, formatter: p => p.seriesName + ', ' + p.name + ': <b>' + run.Shares[p.dataIndex].Texts[p.seriesIndex] + '</b>' };
  o.series = run.Series.map((t, k) => ({ name: t.Target, type: 'bar', itemStyle: { color: colour(t.Target) }, data: run.Shares.map(s => s.Values[k]) }));
  draw(parent, o);
}

let printing = false;
function fill(div) {
  div.replaceChildren();
  div.dataset.drawn = '';
  if (div.dataset.section !== undefined) {
    compare(div, view.Sections[div.dataset.section]);
    return;
  }
  const run = view.Runs[div.dataset.run];
  if (!run.Series) return;
  percentiles(div, run);
  throughput(div, run);
  shares(div, run);
  const hot = run.Series.filter(s => s.Heat && s.Heat.length);
  hot.forEach(s => heat(div, s, heatScale(hot)));
}
// Pictures are drawn when they are about to be seen: a suite has hundreds.
function render(all) {
  charts.forEach(c => c.dispose());
  charts = [];
  for (const div of document.querySelectorAll('.charts')) if (all || div.dataset.drawn !== undefined) fill(div);
}
const near = new IntersectionObserver(seen => {
  for (const e of seen) if (e.isIntersecting && e.target.dataset.drawn === undefined) fill(e.target);
}, { rootMargin: '1500px 0px' });
document.querySelectorAll('.charts').forEach(div => near.observe(div));
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => render(false));
addEventListener('resize', () => charts.forEach(c => c.resize()));
function print(on) {
  printing = on;
  document.body.classList.toggle('printing', on);
  render(on);
}
addEventListener('beforeprint', () => print(true));
addEventListener('afterprint', () => print(false));
