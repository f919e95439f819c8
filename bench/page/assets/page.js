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
let animate = false;

function base(title) {
  const ink = css('--ink'), soft = css('--soft');
  return {
    animation: animate, textStyle: { color: ink, fontFamily: 'inherit' }, color: colours,
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
function draw(parent, option) {
  const div = document.createElement('div');
  div.className = 'chart';
  div.setAttribute('role', 'img');
  div.setAttribute('aria-label', option.title.text);
  parent.appendChild(div);
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
  o.series = run.Series.map(s => curve(s.Target, s.Time.map((t, i) => [t, s.Rate[i]]), { showSymbol: false }));
  draw(parent, o);
}
function heat(parent, s) {
  const o = base('Latency over time: ' + s.Target);
  const steps = s.Heat.map(h => h[1]);
  const low = Math.min(...steps), high = Math.max(...steps);
  const rows = [];
  for (let k = low; k <= high; k++) rows.push(time(2 ** (k / 4)));
  o.legend = undefined;
  o.grid.bottom = 44;
  o.grid.right = 90;
  o.xAxis = axis('seconds', v => v, { type: 'category', data: s.Time.map(t => t.toFixed(1)), splitLine: { show: false } });
  o.yAxis = yAxis(v => v, { type: 'category', data: rows, splitLine: { show: false } });
  o.yAxis.axisLabel.interval = Math.max(1, Math.ceil(rows.length / 12)) - 1;
  o.tooltip = { confine: true, formatter: p => s.Time[p.data[0]].toFixed(1) + ' s, from ' + rows[p.data[1]] + ': <b>' + count(10 ** p.data[2]) + '</b> requests' };
  const most = Math.max(...s.Heat.map(h => Math.log10(h[2])), 0.1);
  const dark = matchMedia('(prefers-color-scheme: dark)').matches && !printing;
  o.visualMap = { min: 0, max: most, dimension: 2, orient: 'vertical', right: 4, top: 'middle', itemHeight: 150, itemWidth: 12, calculable: false,
    text: [count(10 ** most), '1'], textStyle: { color: css('--soft') }, inRange: { color: dark ? ['#232a36', '#2f6fde', '#4cc9a0', '#f4d35e', '#fff6d6'] : ['#e8eef9', '#7fa8ec', '#2f6fde', '#6b3fa0', '#3b0f4f'] } };
  o.series = [{ type: 'heatmap', data: s.Heat.map(([i, k, n]) => [i, k - low, Math.log10(n)]), progressive: 0, itemStyle: { borderWidth: 0 } }];
  draw(parent, o);
}
function sweep(parent, s) {
  for (const f of s.Figures) {
    const format = units[f.Unit] || count;
    const o = base(f.Name[0].toUpperCase() + f.Name.slice(1));
    const xs = [...new Set(f.Lines.flatMap(l => l.Points.map(p => p[0])))].sort((a, b) => a - b);
    const wide = xs.length > 1 && xs[xs.length - 1] / xs[0] > 20;
    const x = /value/i.test(s.Name) ? bytes : count;
    o.xAxis = axis(/value/i.test(s.Name) ? 'bytes of a value' : /depth/i.test(s.Name) ? 'requests under way on a connection' : '', x, { type: wide ? 'log' : 'value', logBase: 2, min: 'dataMin', max: 'dataMax' });
    const ys = f.Lines.flatMap(l => l.Points.map(p => p[1]));
    const log = f.Unit !== '%' && Math.max(...ys) / Math.min(...ys) > 30;
    o.yAxis = yAxis(format, log ? { type: 'log' } : { type: 'value', min: 0 });
    o.tooltip.formatter = all => x(all[0].data[0]) + '<br>' + all.map(p => p.marker + p.seriesName + ': <b>' + format(p.data[1]) + '</b>').join('<br>');
    o.series = f.Lines.map(l => curve(l.Target, l.Points, { showSymbol: true }));
    draw(parent, o);
  }
}
function bars(parent, run) {
  if (run.Series.length < 2) return;
  const picked = ['throughput', 'p99', 'server CPU', 'memory'].filter(n => run.Head.includes(n));
  const number = s => parseFloat(s) * ({ k: 1e3, M: 1e6, us: 1, ms: 1e3, s: 1e6, ns: 1e-3, KB: 2 ** 10, MB: 2 ** 20, GB: 2 ** 30 }[s.split(' ')[1]] || 1);
  const o = base('Side by side, as a share of the largest');
  o.grid.bottom = 56;
  o.xAxis = { type: 'category', data: picked, axisLabel: { color: css('--soft') }, axisLine: { lineStyle: { color: css('--soft') } } };
  o.yAxis = yAxis(v => v + ' %', { type: 'value', max: 100 });
  o.tooltip = { trigger: 'item', confine: true, formatter: p => p.seriesName + ', ' + p.name + ': <b>' + p.data.text + '</b>' };
  o.series = run.Rows.map(row => ({
    name: row[0], type: 'bar', itemStyle: { color: colour(row[0]) },
    data: picked.map(n => {
      const k = run.Head.indexOf(n), most = Math.max(...run.Rows.map(r => number(r[k])).filter(v => v > 0));
      const v = number(row[k]);
      return { value: v > 0 ? +(100 * v / most).toFixed(1) : 0, text: row[k] };
    }),
  }));
  draw(parent, o);
}

let printing = false;
function render() {
  charts.forEach(c => c.dispose());
  charts = [];
  for (const div of document.querySelectorAll('.charts')) {
    div.replaceChildren();
    if (div.dataset.sweep !== undefined) {
      sweep(div, view.Sweeps[div.dataset.sweep]);
      continue;
    }
    const run = view.Runs[div.dataset.run];
    if (!run.Series) continue;
    percentiles(div, run);
    throughput(div, run);
    bars(div, run);
    run.Series.filter(s => s.Heat && s.Heat.length).forEach(s => heat(div, s));
  }
}
render();
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', render);
addEventListener('resize', () => charts.forEach(c => c.resize()));
addEventListener('beforeprint', () => { printing = true; render(); });
addEventListener('afterprint', () => { printing = false; render(); });
