// The page of a campaign. Data comes from the JSON block #data and from nowhere else:
//   campaign   report.json
//   timelines  one for each run, printed by reports/timeline.cpp: phases [[t, name]], processes [{name, events [[t, id,
//              detail, unasked]]}], faults [{name, kind, on, hits, intervals [[from, to or null, on]]}], effects [{by,
//              bins}] of `bin` seconds, latency [[t, p50, p99, max in µs]], notes [[t, by, text]]
//   logs       one list for each run: [{process, file, size, lines [[text, 1 hit | 2 lines left out before]]}]
//   stories    the lines of one text for each run, none for most; only on pages of `stormproof explore`
// Text is only ever set through textContent, so nothing in it can become markup.
'use strict';
(() => {
const data = JSON.parse(document.getElementById('data').textContent);
const runs = data.campaign.runs;
const app = document.getElementById('app');
const peek = document.getElementById('peek');
const SYMBOL = {pass: '✓', fail: '✗', unknown: '?'};
const COUNTED = ['lost', 'duplicate', 'phantom', 'corrupt', 'aborted_read', 'reordered', 'gap'];

window.addEventListener('error', event => {
  app.prepend(h('p', {class: 'callout tone-fail', id: 'script-error'}, h('b', {}, 'This page has a fault: '), event.message));
});

// ---------------------------------------------------------------- small helpers
function make(ns, tag, props, kids) {
  const el = ns ? document.createElementNS('http://www.w3.org/2000/svg', tag) : document.createElement(tag);
  for (const [key, value] of Object.entries(props || {})) {
    if (value === undefined || value === null || value === false) continue;
    if (key.startsWith('on')) el.addEventListener(key.slice(2), value);
    else el.setAttribute(key, value === true ? '' : value);
  }
  for (const kid of kids.flat(3)) {
    if (kid !== null && kid !== undefined && kid !== false) el.append(kid);
  }
  return el;
}
const h = (tag, props, ...kids) => make(false, tag, props, kids);
const s = (tag, props, ...kids) => make(true, tag, props, kids);
const fix = n => Math.round(n * 10) / 10;
const count = n => Number(n).toLocaleString('en-US');
const plural = (n, one, many) => `${count(n)} ${n === 1 ? one : many || one + 's'}`;
function span(t) {  // seconds in words
  if (t === null || t === undefined) return '–';
  const a = Math.abs(t);
  if (a === 0) return '0 s';
  if (a < 1e-3) return `${+(t * 1e6).toPrecision(3)} µs`;
  if (a < 1) return `${+(t * 1e3).toPrecision(3)} ms`;
  if (a < 120) return `${+t.toFixed(a < 10 ? 3 : 2)} s`;
  return `${Math.floor(t / 60)} min ${Math.round(t % 60)} s`;
}
function bytes(n) {
  if (n < 1024) return `${n} B`;
  const power = Math.min(3, Math.floor(Math.log2(n) / 10));
  return `${(n / 1024 ** power).toFixed(1)} ${['', 'KiB', 'MiB', 'GiB'][power]}`;
}
function short(n) {
  return n >= 1e6 ? `${+(n / 1e6).toPrecision(3)}M` : n >= 1e3 ? `${+(n / 1e3).toPrecision(3)}k` : `${+n.toPrecision(3)}`;
}
function rich(text) {  // `code` in a description
  return text.split('`').map((part, i, all) => i % 2 && i < all.length - 1 ? h('code', {}, part) : i % 2 ? '`' + part : part);
}
function scroll(label, ...kids) {  // wide content scrolls in a box of its own, by keyboard too
  return h('div', {class: 'scroll', tabindex: 0, role: 'region', 'aria-label': label}, kids);
}
function say(text) { document.getElementById('said').textContent = text; }
async function copy(text, button) {
  let done = false;
  try { await navigator.clipboard.writeText(text); done = true; } catch (refused) {
    const area = h('textarea', {style: 'position:fixed;opacity:0'});
    area.value = text;
    document.body.append(area);
    area.select();
    done = document.execCommand('copy');
    area.remove();
  }
  const before = button.textContent;
  button.textContent = done ? 'Copied' : 'Select and copy it by hand';
  say(button.textContent);
  setTimeout(() => { button.textContent = before; }, 1600);
}

// ---------------------------------------------------------------- a run in words
const cellName = run => Object.entries(run.cell).map(([k, v]) => `${k}=${v}`).join(',');
const mark = run => run.outcome === 'completed' ? run.verdict : 'unknown';
const trouble = run => run.effective !== 'pass';
const tone = run => trouble(run) && mark(run) === 'pass' ? 'fail' : mark(run);  // a pass that was not meant to be is no good news
const keyOf = run => run.scenario + (cellName(run) ? '/' + cellName(run) : '') + (run.repeat > 1 ? '~' + run.repeat : '');
function status(run) {
  if (run.outcome === 'interrupted') return 'interrupted';
  if (run.outcome === 'environment') return 'could not run';
  if (!run.expected) return run.verdict;
  if (run.as_expected) return run.verdict === 'pass' ? 'pass, as expected' : `${run.verdict}, as expected`;
  if (run.verdict !== run.expected) return `${run.verdict}, but ${run.expected} was expected`;
  return `${run.verdict}, but with other anomalies than expected`;
}
function kinds(run) {  // [[kind, number]], most frequent first
  const total = new Map();
  for (const invariant of run.invariants) {
    const kept = new Map();
    for (const a of invariant.anomalies) kept.set(a.kind, (kept.get(a.kind) || 0) + 1);
    if (kept.size === 1) kept.set([...kept.keys()][0], Math.max(invariant.anomalies.length, invariant.anomalies_total));
    for (const [kind, n] of kept) total.set(kind, Math.max(total.get(kind) || 0, n));
  }
  for (const kind of COUNTED) if (total.has(kind) && run.counts[kind] > 0) total.set(kind, run.counts[kind]);
  return [...total].sort((a, b) => b[1] - a[1]);
}
const kindWords = run => kinds(run).map(([kind, n]) => `${kind} ${count(n)}`).join(', ');
function causes(run) {
  const all = [...run.unknown_because];
  for (const i of run.invariants) if (i.verdict === 'unknown' && i.unknown_because) all.push(`${i.name}: ${i.unknown_because}`);
  return [...new Set(all)];
}
function anomalies(run) {  // of all invariants; the same violation named by two of them is one
  const seen = new Map();
  for (const invariant of run.invariants) {
    for (const a of invariant.anomalies) {
      const key = [a.kind, a.id, a.key, a.seq, a.t].join('\u0000');
      if (seen.has(key)) seen.get(key).by.push(invariant.name); else seen.set(key, {...a, by: [invariant.name]});
    }
  }
  return [...seen.values()].sort((a, b) => a.t - b.t).map((a, index) => ({...a, index}));
}
const who = a => a.id || (a.key ? a.key + (a.seq !== null ? ' #' + a.seq : '') : a.process);

// ---------------------------------------------------------------- top of the page
function folder() {  // "stream: " when all scenario files lie in one folder
  const all = new Set(runs.map(r => r.scenario_file.split('/').slice(-2, -1)[0] || ''));
  const name = all.size === 1 ? [...all][0] : '';
  return name && name !== '.' ? name + ': ' : '';
}
function top() {
  const scenarios = new Set(runs.map(r => r.scenario));
  const single = scenarios.size === 1 ? runs[0] : null;
  const bad = runs.filter(r => r.effective === 'fail').length;
  const open = runs.filter(r => r.effective === 'unknown').length;
  const judged = runs.some(r => r.expected);
  const meant = runs.filter(r => !trouble(r) && r.verdict !== 'pass').length;
  const overall = bad ? 'fail' : open || !runs.length ? 'unknown' : 'pass';
  const fine = runs.length - bad - open;
  let title, more;
  if (!runs.length) {
    title = 'Nothing was run'; more = '';
  } else if (overall === 'pass') {
    title = runs.length === 1 ? 'The run ended as it should' : judged ? `All ${runs.length} runs ended as expected` : `All ${runs.length} runs pass`;
    more = meant ? `${plural(meant, 'run')} ${meant === 1 ? 'fails' : 'fail'} on purpose and ${meant === 1 ? 'was' : 'were'} caught; ${fine - meant} pass.` : 'Every message took effect exactly as promised.';
  } else {
    const parts = [];
    if (bad) parts.push(judged ? `${bad} not as expected` : `${bad} failed`);
    if (open) parts.push(`${open} unknown`);
    title = runs.length === 1 ? (bad ? judged ? 'The run did not end as expected' : 'The run fails' : 'The verdict is unknown') : `${parts.join(', ')}, of ${runs.length} runs`;
    more = bad ? 'Choose a marked cell for the evidence and the command that replays it.' : 'A run without proof does not count as a pass. Each unknown run says why.';
  }
  const sum = get => runs.reduce((n, r) => n + get(r), 0);
  const fact = (name, value) => h('div', {}, h('dt', {}, name), h('dd', {}, value));
  const started = new Date(data.campaign.started_at * 1000);
  const when = data.campaign.started_at > 0 ? started.toISOString().replace('T', ' ').slice(0, 16) + ' UTC' : '';
  const bolt = s('svg', {viewBox: '0 0 16 16', 'aria-hidden': 'true'}, s('path', {d: 'M9.5 0 3 9h4l-1.5 7L13 6.5H8.5z'}));
  return h('header', {},
    h('div', {class: 'brand'}, bolt, 'stormproof', h('span', {class: 'when'}, when)),
    h('h1', {}, single ? single.scenario : `${folder()}${plural(scenarios.size, 'scenario')}`),
    single && single.description && h('p', {class: 'lede'}, rich(single.description)),
    h('div', {class: `banner tone-${overall}`}, h('span', {class: 'sym', 'aria-hidden': 'true'}, SYMBOL[overall]), h('div', {}, h('b', {}, title), h('span', {class: 'muted'}, more))),
    h('dl', {class: 'facts'},
      fact(runs.length === 1 ? 'run' : 'runs', count(runs.length)),
      fact('messages', count(sum(r => r.counts.attempted))),
      fact('effects observed', count(sum(r => r.counts.effects))),
      fact('faults fired', count(sum(r => r.faults.filter(f => f.fired).length))),
      fact('violations', count(sum(r => kinds(r).reduce((n, k) => n + k[1], 0)))),
      fact('took', span(data.campaign.duration))));
}

// ---------------------------------------------------------------- matrix
function tables() {
  const found = [];
  for (const run of runs) {
    const axes = Object.keys(run.cell).join(', ');
    let table = found.find(t => t.axes === axes);
    if (!table) found.push(table = {axes, columns: [], rows: new Map()});
    const values = Object.values(run.cell);
    const column = values.length === 0 ? 'result' : values.length === 1 ? values[0] : cellName(run);
    if (!table.columns.includes(column)) table.columns.push(column);
    if (!table.rows.has(run.scenario)) table.rows.set(run.scenario, {run, cells: new Map()});
    const cells = table.rows.get(run.scenario).cells;
    if (!cells.has(column)) cells.set(column, []);
    cells.get(column).push(run);
  }
  return found;
}
const RANK = {pass: 0, unknown: 1, fail: 2};
function worst(list) {
  return list.reduce((a, b) => (trouble(b) - trouble(a) || RANK[mark(b)] - RANK[mark(a)]) > 0 ? b : a);
}
function cellButton(list) {
  const run = worst(list);
  const m = mark(run);
  const alike = list.filter(r => mark(r) === m).length;
  const found = kinds(run);
  let what = found.length ? found[0][0] + (found.length > 1 ? ` +${found.length - 1}` : ` ${short(found[0][1])}`) : m;
  if (run.outcome !== 'completed') what = 'not run';
  const flag = trouble(run) && run.expected ? 'unexpected' : '';
  const label = `${run.scenario} ${cellName(run)}: ${status(run)}${found.length ? ', ' + kindWords(run) : ''}`;
  return h('button', {class: `cell tone-${tone(run)}${trouble(run) ? ' trouble' : ''}`, type: 'button', 'data-key': keyOf(run), 'data-keys': list.map(keyOf).join('\n'), 'aria-pressed': 'false', 'aria-label': label,
    onclick: () => choose(run, true), onmouseenter: e => showPeek(e.currentTarget, run, list), onmouseleave: hidePeek, onfocus: e => showPeek(e.currentTarget, run, list), onblur: hidePeek},
    h('span', {class: 'sym', 'aria-hidden': 'true'}, SYMBOL[m] + (list.length > 1 ? ` ${alike}/${list.length}` : '')),
    h('span', {class: 'what'}, what), flag && h('span', {class: 'flag'}, flag));
}
function matrix() {
  const section = h('section', {id: 'matrix', 'aria-labelledby': 'matrix-title'},
    h('div', {class: 'head'}, h('h2', {id: 'matrix-title'}, 'Matrix'), h('span', {class: 'muted small'}, 'Each cell is judged from its own recorded history. Choose one to see what happened.')));
  for (const table of tables()) {
    const rows = [...table.rows.values()];
    const many = table.axes !== '';
    const head = h('tr', {}, h('th', {scope: 'col'}, 'scenario'), table.columns.map(c => h('th', {scope: 'col'}, table.axes.includes(',') ? c.split(',').map(part => h('span', {class: 'line'}, part)) : c)));
    const body = rows.map(row => h('tr', {},
      h('th', {scope: 'row'}, row.run.scenario, row.run.description && rows.length > 1 && h('small', {title: row.run.description}, rich(row.run.description))),
      table.columns.map(c => h('td', {}, row.cells.has(c) ? cellButton(row.cells.get(c)) : h('span', {class: 'none', 'aria-label': 'no such cell'}, '·')))));
    const foot = many && rows.length > 1 && h('tfoot', {}, h('tr', {}, h('th', {scope: 'row'}, 'survives'),
      table.columns.map(c => {
        const present = rows.filter(r => r.cells.has(c));
        return h('td', {}, `${present.filter(r => r.cells.get(c).every(x => mark(x) === 'pass')).length} of ${present.length}`);
      })));
    section.append(h('div', {class: 'card'}, scroll('Matrix of scenarios and cells',
      h('table', {class: `matrix${table.columns.length < 2 ? ' one' : ''}`}, h('caption', {class: 'unseen'}, many ? `Scenarios by ${table.axes}` : 'Scenarios'), h('thead', {}, head), h('tbody', {}, body), foot))));
  }
  const key = (of, text, words, solid) => h('span', {class: `tone-${of}`}, h('span', {class: `key${solid ? ' solid' : ''}`, 'aria-hidden': 'true'}, text), words);
  section.append(h('div', {class: 'legend'}, key('pass', '✓', 'pass'), key('fail', '✗', 'fail'), key('unknown', '?', 'unknown: no proof either way'),
    runs.some(r => r.expected) && h('span', {}, 'pale: as expected'), runs.some(trouble) && key('fail', '✗', runs.some(r => r.expected) ? 'filled: not as expected' : 'filled: needs attention', true)));
  return section;
}
// ---------------------------------------------------------------- score
const STATE = {pass: ['✓', 'pass'], fail: ['✗', 'fail'], unknown: ['?', 'unknown'], 'not exercised': ['·', 'none']};
const PHASE = {
  'before-send': 'not sent yet, or its stream had not begun', 'sent-unacked': 'sent, and nobody knew more',
  'received-unstored': 'acknowledged or under way, not stored', 'stored-unacked': 'stored before its sender heard of it',
  settled: 'stored and acknowledged', idle: 'no message was in flight', recovery: 'something was still down or recovering',
  handover: 'a process was shutting down', overlap: 'another fault was in force'};
function score() {
  const value = data.campaign.score;
  if (!value) return null;
  const cells = value.cells;
  const invariants = [...new Set(cells.map(c => c.invariant))];
  const section = h('section', {id: 'score', 'aria-labelledby': 'score-title'},
    h('div', {class: 'head'}, h('h2', {id: 'score-title'}, 'What is proven'),
      h('span', {class: 'muted small'}, 'For each kind of fault and each phase of operation in which it struck. Runs that were meant to fail are left out.')),
    h('dl', {class: 'facts'}, [['score of 100', value.points], ['cells pass', value.totals.pass], ['fail', value.totals.fail], ['unknown', value.totals.unknown], ['not exercised', value.totals['not exercised']]]
      .map(([name, n]) => h('div', {}, h('dt', {}, name), h('dd', {}, String(n))))));
  for (const invariant of invariants) {
    const mine = cells.filter(c => c.invariant === invariant);
    const phases = [...new Set(mine.map(c => c.phase))];
    const rows = [...new Set(mine.map(c => c.fault))].map(fault => h('tr', {}, h('th', {scope: 'row'}, fault), phases.map(phase => {
      const cell = mine.find(c => c.fault === fault && c.phase === phase);
      const [sign, of] = STATE[cell.state];
      const words = `${invariant}, ${fault} in ${phase} (${PHASE[phase] || phase}): ${cell.state}${cell.runs ? ', ' + plural(cell.runs, 'run') : ''}`;
      return h('td', {}, h('span', {class: `mark tone-${of}`, role: 'img', 'aria-label': words, title: words}, sign));
    })));
    section.append(h('div', {class: 'card'}, scroll(`Score of ${invariant}`, h('table', {class: 'score'},
      h('caption', {class: 'unseen'}, `${invariant} by kind of fault and phase of operation`),
      h('thead', {}, h('tr', {}, h('th', {scope: 'col'}, invariant), phases.map(p => h('th', {scope: 'col', title: PHASE[p]}, p.split('-').map(word => h('span', {class: 'line'}, word)))))),
      h('tbody', {}, rows)))));
  }
  section.append(h('div', {class: 'legend'}, Object.entries(STATE).map(([state, [sign, of]]) => h('span', {class: `tone-${of}`}, h('span', {class: 'key', 'aria-hidden': 'true'}, sign), state))));
  return section;
}
function showPeek(target, run, list) {
  const parts = [h('b', {}, `${SYMBOL[mark(run)]} ${status(run)}`)];
  if (list.length > 1) parts.push(h('div', {class: 'muted'}, `the worst of ${list.length} repetitions`));
  if (run.expected) parts.push(h('div', {class: 'muted'}, `expected: ${run.expected}${run.expected_anomalies.length ? ' with ' + run.expected_anomalies.join(', ') : ''}`));
  if (kinds(run).length) parts.push(h('div', {}, kindWords(run)));
  if (causes(run).length && mark(run) === 'unknown') parts.push(h('div', {}, causes(run)[0]));
  if (run.trouble) parts.push(h('div', {}, run.trouble));
  parts.push(h('div', {class: 'muted'}, `${count(run.counts.attempted)} attempted, ${count(run.counts.effects)} effects, ${span(run.duration)}`));
  if (run.reproduce) parts.push(h('code', {}, run.reproduce));
  peek.replaceChildren(...parts);
  peek.hidden = false;
  const at = target.getBoundingClientRect();
  const size = peek.getBoundingClientRect();
  const left = Math.min(Math.max(12, at.left + at.width / 2 - size.width / 2), innerWidth - size.width - 12);
  const below = at.bottom + 10 + size.height < innerHeight;
  peek.style.left = `${left}px`;
  peek.style.top = `${below ? at.bottom + 10 : Math.max(8, at.top - size.height - 10)}px`;
}
function hidePeek() { peek.hidden = true; }

// ---------------------------------------------------------------- timeline
const STATES = {started: 'starting', ready: 'ready', resumed: 'ready', paused: 'paused', stopping: 'stopping', backoff: 'backoff', exited: 'down'};
function segments(events, end) {  // [[from, to, state]]
  const list = [];
  let from = 0, state = 'down', before = 'ready';
  for (const [t, id] of events) {
    let next = STATES[id];
    if (!next) continue;
    if (id === 'paused') before = state;
    if (id === 'resumed') next = before === 'paused' ? 'ready' : before;
    if (next !== state && t > from) list.push([from, t, state]);
    if (next !== state) from = t;
    state = next;
  }
  list.push([from, end, state]);
  return list;
}
const strikes = (on, lane) => on === lane || lane.startsWith(on + '/') || on === 'link ' + lane;
function niceTicks(from, to, most) {
  const raw = (to - from) / Math.max(1, most);
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].map(m => m * power).find(x => x >= raw);
  const ticks = [];
  for (let t = Math.ceil(from / step - 1e-9) * step; t <= to + step * 1e-6; t += step) ticks.push(+t.toPrecision(12));
  return {ticks, step};
}
function clock(t, step) {
  if (step >= 1) return `${Math.round(t)} s`;
  return step >= 0.1 ? `${t.toFixed(1)} s` : step >= 0.01 ? `${t.toFixed(2)} s` : `${+(t * 1000).toFixed(step >= .001 ? 0 : 2)} ms`;
}

class Timeline {
  constructor(run, line, list, pick) {
    Object.assign(this, {run, line, list, pick});
    this.end = Math.max(line.end, run.duration, 1e-3);
    this.view = [0, this.end];
    this.processes = line.processes.map(p => ({name: p.name, events: p.events, segments: segments(p.events, this.end)}));
    this.links = run.links.map(l => l.name);
    for (const f of line.faults) {
      const name = f.on.startsWith('link ') ? f.on.slice(5) : null;
      if (name && !this.links.includes(name)) this.links.push(name);
    }
    const names = new Set(this.processes.map(p => p.name));
    this.witnesses = line.effects.filter(e => !names.has(e.by));
    this.total = [];
    for (const e of line.effects) e.bins.forEach((n, i) => { this.total[i] = (this.total[i] || 0) + n; });
    for (let i = 0; i < this.total.length; ++i) this.total[i] = this.total[i] || 0;
    this.holder = h('div', {class: 'chart'});
    this.readout = h('div', {class: 'readout', 'aria-live': 'polite'});
    this.zoomButtons = h('div', {class: 'btns'});
    this.node = h('div', {class: 'card', id: 'timeline'}, h('div', {class: 'inner'},
      h('div', {class: 'charthead'}, h('h3', {}, 'Timeline'), this.zoomButtons), this.holder, this.readout, this.legend()));
    new ResizeObserver(() => { if (this.holder.clientWidth && this.holder.clientWidth !== this.width) this.draw(); }).observe(this.holder);
  }
  legend() {
    const item = (cls, words) => h('span', {}, h('span', {class: `swatch ${cls}`}), words);
    const states = new Set(this.processes.flatMap(p => p.segments.map(x => x[2])));
    return h('div', {class: 'legend'}, item('sw-effect', 'effects'), this.line.faults.length > 0 && item('sw-fault', 'fault in force'),
      states.has('ready') && item('sw-ready', 'up'), states.has('starting') && item('sw-starting', 'starting'), states.has('paused') && item('sw-paused', 'paused'), states.has('backoff') && item('sw-backoff', 'back-off'),
      this.list.length > 0 && h('span', {class: 'tone-fail'}, h('span', {style: 'color:var(--tone)', 'aria-hidden': 'true'}, '◆'), 'violation'),
      this.line.latency.length > 0 && [item('sw-p50', 'latency, median'), item('sw-p99', '99th percentile')]);
  }
  zoomTo(from, to) {
    const least = Math.max(this.end / 2000, 1e-4);
    from = Math.max(0, from); to = Math.min(this.end, to);
    if (to - from < least) { const mid = (from + to) / 2; from = Math.max(0, mid - least / 2); to = Math.min(this.end, from + least); }
    this.view = [from, to];
    this.draw();
  }
  zooms() {
    const whole = this.view[0] === 0 && this.view[1] === this.end;
    const button = (text, from, to, on) => h('button', {class: 'btn', type: 'button', 'aria-pressed': on ? 'true' : 'false', onclick: () => this.zoomTo(from, to)}, text);
    const list = [button('Whole run', 0, this.end, whole)];
    const around = (t0, t1) => { const pad = Math.max((t1 - t0) * .35, this.end * .04); return [Math.max(0, t0 - pad), Math.min(this.end, t1 + pad)]; };
    const same = range => Math.abs(range[0] - this.view[0]) + Math.abs(range[1] - this.view[1]) < this.end * 1e-6;
    const bands = this.line.faults.flatMap(f => f.intervals);
    if (bands.length) {
      const range = around(Math.min(...bands.map(b => b[0])), Math.max(...bands.map(b => b[1] ?? this.end)));
      if (range[0] > 0 || range[1] < this.end) list.push(button('Around the faults', ...range, same(range)));
    }
    if (this.list.length) {
      const range = around(this.list[0].t, this.list[0].t);
      list.push(button('First violation', ...range, same(range)));
    }
    this.zoomButtons.replaceChildren(...list);
  }
  x(t) { return this.left + (t - this.view[0]) / (this.view[1] - this.view[0]) * (this.width - this.left - this.right); }
  time(px) { return this.view[0] + (px - this.left) / (this.width - this.left - this.right) * (this.view[1] - this.view[0]); }
  clip(a, b) { return [Math.max(a, this.view[0]), Math.min(b, this.view[1])]; }

  draw() {
    this.width = Math.max(260, this.holder.clientWidth || 900);
    this.narrow = this.width < 640;
    const names = [...this.processes.map(p => p.name), ...this.links, ...this.witnesses.map(w => 'effects: ' + w.by), 'effects a second'];
    this.left = this.narrow ? 0 : Math.min(190, Math.max(96, ...names.map(n => n.length * 7.3 + 22)));
    this.right = this.narrow ? 2 : 10;
    this.y = 0;
    this.under = s('g', {}); this.body = s('g', {}); this.over = s('g', {});
    this.lanes = [];
    this.drawFaultRows();
    for (const p of this.processes) this.drawProcess(p);
    for (const name of this.links) this.drawLink(name);
    for (const w of this.witnesses) this.drawWitness(w);
    this.drawBands();
    this.drawViolations();
    this.drawRate();
    this.drawLatency();
    this.drawAxis();
    this.drawPhases();
    this.cursor = s('line', {class: 'cursor', y1: 0, y2: this.y, visibility: 'hidden'});
    this.selection = s('rect', {class: 'select', y: 0, height: this.y, visibility: 'hidden'});
    const defs = s('defs', {},
      s('pattern', {id: 'hatch', width: 6, height: 6, patternUnits: 'userSpaceOnUse', patternTransform: 'rotate(45)'}, s('line', {x1: 0, y1: 0, x2: 0, y2: 6, stroke: 'var(--up-line)', 'stroke-width': 2})),
      s('pattern', {id: 'stripes', width: 6, height: 6, patternUnits: 'userSpaceOnUse'}, s('line', {x1: 1, y1: 0, x2: 1, y2: 6, stroke: 'var(--unknown)', 'stroke-width': 2})),
      s('clipPath', {id: 'inside'}, s('rect', {x: this.left, y: 0, width: this.width - this.left - this.right + 1, height: this.y + 40})));
    const svg = s('svg', {width: this.width, height: this.y, viewBox: `0 0 ${this.width} ${this.y}`, tabindex: 0, role: 'group', 'aria-label': `Timeline of ${this.run.scenario} ${cellName(this.run)}. Arrow keys move through time, plus and minus zoom.`},
      defs, this.under, this.body, this.over, this.selection, this.cursor);
    this.svg = svg;
    this.listen(svg);
    this.holder.replaceChildren(svg);
    this.zooms();
    this.describe(null);
  }
  label(text, y, cls) {  // beside the lane, or above it on a narrow screen
    this.body.append(s('text', this.narrow ? {class: cls || 'lane', x: 0, y: y - 5} : {class: cls || 'lane', x: 0, y: y + 17}, text));
  }
  lane(name, height, gap) {
    if (this.narrow) this.y += 18;
    const y = this.y;
    this.label(name, y);
    this.y += height + (gap ?? 8);
    return y;
  }
  drawFaultRows() {
    this.y = 22;  // room for the names of the phases
    const faults = this.line.faults.slice(0, 12);
    for (const fault of faults) {
      const words = `${this.narrow ? fault.name : fault.kind} on ${fault.on}` + (fault.hits > 1 ? ` · ${count(fault.hits)} hits` : '');
      if (this.narrow) {
        this.y += 16;
        this.body.append(s('text', {class: 'flag', x: 0, y: this.y - 3}, words));
      }
      const y = this.y;
      if (!this.narrow) this.body.append(s('text', {class: 'lane', x: 0, y: y + 14}, fault.name.length > 24 ? fault.name.slice(0, 23) + '…' : fault.name));
      const bars = [];
      for (const [from, to] of fault.intervals) {
        const [a, b] = this.clip(from, to ?? this.end);
        if (a > b) continue;
        const x0 = this.x(a), w = Math.max(3, this.x(b) - x0);
        bars.push([x0, w]);
        this.body.append(s('rect', {class: 'bar', x: fix(x0), y: y + 2, width: fix(w), height: 15, rx: 3}, s('title', {}, `${fault.name} on ${fault.on}: ${span(from)} to ${to === null ? 'the end' : span(to)}`)));
      }
      if (!this.narrow && bars.length) this.flag(words, bars, y + 14);
      this.y += 22;
    }
    if (faults.length) this.y += 8;
  }
  flag(words, bars, y) {  // the words of a fault: inside a bar, behind the last one, before the first, or nowhere
    const length = words.length * 6.6 + 8;
    const roomy = bars.find(([, w]) => w > length);
    const [first] = bars[0], [last, wide] = bars[bars.length - 1];
    const at = roomy ? [roomy[0] + 6, 'start'] : last + wide + length < this.width - this.right ? [last + wide + 6, 'start'] : first - length > this.left ? [first - 6, 'end'] : null;
    if (at) this.body.append(s('text', {class: 'flag', x: fix(at[0]), y, 'text-anchor': at[1]}, words));
  }
  histogram(bins, y, height, cls) {
    const top = Math.max(1, ...bins);
    const bin = this.line.bin;
    let d = '';
    // At least 2 px a bar: neighbours share one when the view is wide.
    const each = Math.max(1, Math.ceil(2 / ((this.width - this.left) * bin / (this.view[1] - this.view[0]))));
    let peak = top;
    if (each > 1) { peak = 1; for (let i = 0; i < bins.length; i += each) peak = Math.max(peak, bins.slice(i, i + each).reduce((p, c) => p + c, 0)); }
    for (let i = 0; i < bins.length; i += each) {
      let n = 0;
      for (let j = i; j < i + each && j < bins.length; ++j) n += bins[j];
      if (!n) continue;
      const [a, b] = this.clip(i * bin, (i + each) * bin);
      if (a >= b) continue;
      const tall = Math.max(2, height * Math.sqrt(n / peak));
      d += `M${fix(this.x(a))} ${fix(y + height)}v${-fix(tall)}h${fix(Math.max(1, this.x(b) - this.x(a) - .3))}v${fix(tall)}z`;
    }
    if (d) this.body.append(s('path', {class: cls, d}));
  }
  drawProcess(p) {
    const y = this.lane(p.name, 26);
    this.lanes.push({name: p.name, y, height: 26});
    this.under.append(s('line', {class: 'rule', x1: this.left, x2: this.width - this.right, y1: y + 25.5, y2: y + 25.5}));
    for (const [from, to, state] of p.segments) {
      const [a, b] = this.clip(from, to);
      if (a >= b || state === 'down') continue;
      this.under.append(s('rect', {class: `st-${state}`, x: fix(this.x(a)), y: y + 3, width: fix(Math.max(1, this.x(b) - this.x(a))), height: 22, rx: 3}, s('title', {}, `${p.name} ${state}: ${span(from)} to ${span(to)}`)));
    }
    const effects = this.line.effects.find(e => e.by === p.name);
    if (effects) this.histogram(effects.bins, y + 7, 18, 'density');
    for (const [t, id, detail, unasked] of p.events) {
      if (id !== 'exited' || t < this.view[0] || t > this.view[1]) continue;
      const x = fix(this.x(t));
      this.over.append(s('path', {class: `exit${unasked ? '' : ' asked'}`, d: `M${x - 4} ${y + 10}l8 8m0 -8l-8 8`}, s('title', {}, `${p.name} exited at ${span(t)}: ${detail}${unasked ? ' (nobody asked for it)' : ''}`)));
    }
  }
  drawLink(name) {
    const y = this.lane('link ' + name, 20);
    this.lanes.push({name, link: true, y, height: 20});
    this.under.append(s('rect', {class: 'track', x: this.left, y: y + 8, width: this.width - this.left - this.right, height: 6, rx: 3}));
  }
  drawWitness(w) {
    const y = this.lane('effects: ' + w.by, 30);
    this.lanes.push({name: null, y, height: 30});
    this.under.append(s('line', {class: 'rule', x1: this.left, x2: this.width - this.right, y1: y + 29.5, y2: y + 29.5}));
    this.histogram(w.bins, y + 3, 26, 'density');
  }
  drawBands() {
    for (const fault of this.line.faults) {
      for (const [from, to, on] of fault.intervals) {
        const [a, b] = this.clip(from, to ?? this.end);
        if (a > b) continue;
        for (const lane of this.lanes.filter(l => l.name && strikes(on || fault.on, l.name))) {
          const x0 = fix(this.x(a)), x1 = fix(this.x(b));
          this.body.prepend(s('rect', {class: 'band', x: x0, y: lane.y, width: fix(Math.max(2, x1 - x0)), height: lane.height}, s('title', {}, `${fault.name} on ${on || fault.on}`)));
          for (const [t, x] of [[from, x0], [to, x1]]) {
            if (t !== null && t >= this.view[0] && t <= this.view[1]) this.body.append(s('line', {class: 'band-edge', x1: x, x2: x, y1: lane.y - 1, y2: lane.y + lane.height + 1}));
          }
        }
      }
    }
  }
  drawViolations() {  // a lane for each kind, as long as there are few of them
    const names = [...new Set(this.list.map(a => a.kind))];
    if (names.length > 5) this.violationLane('violations', this.list);
    else for (const kind of names) this.violationLane(kind.replace('_', ' '), this.list.filter(a => a.kind === kind));
    if (names.length) this.y += 8;
  }
  violationLane(name, list) {
    const y = this.lane(name, 30, 0) - (this.narrow ? 4 : 2);
    this.under.append(s('line', {class: 'rule', x1: this.left, x2: this.width - this.right, y1: y + 15, y2: y + 15}));
    const groups = [];
    for (const a of list) {
      if (a.t < this.view[0] || a.t > this.view[1]) continue;
      const x = this.x(a.t), last = groups[groups.length - 1];
      if (last && x - last.x < 16) last.list.push(a); else groups.push({x, list: [a]});
    }
    for (const group of groups) {
      const a = group.list[0], n = group.list.length;
      const sum = new Map();
      for (const one of group.list) sum.set(one.kind, (sum.get(one.kind) || 0) + 1);
      const words = n === 1 ? `${a.kind} ${who(a)} at ${span(a.t)}` : [...sum].map(([k, m]) => `${m} ${k}`).join(', ') + `, from ${span(a.t)}`;
      const r = n > 1 ? 8 : 6.5;
      const at = Math.min(Math.max(group.x, this.left + 8), this.width - this.right - 8);
      const pickIt = () => this.pick(a.index, true);
      const show = () => this.describe(a.t, group.list);
      const node = s('g', {class: 'violation', tabindex: 0, role: 'button', 'data-kind': a.kind, 'data-index': a.index, 'aria-label': `Violation: ${words}${a.detail ? ': ' + a.detail : ''}`, onclick: pickIt, onmouseenter: show, onfocus: show, onkeydown: e => { if (e.key === 'Enter' || e.key === ' ') { e.preventDefault(); pickIt(); } }},
        s('path', {d: `M${fix(at)} ${y + 15 - r}l${r} ${r}l${-r} ${r}l${-r} ${-r}z`}), s('title', {}, words));
      if (n > 1) node.append(s('text', {x: fix(at + 11), y: y + 8}, String(n)));
      node.members = new Set(group.list.map(one => one.index));
      this.over.append(node);
    }
  }
  chartBox(name, unit, height) {
    this.y += this.narrow ? 4 : 8;
    const y = this.lane(name, height, 14);
    if (unit) this.body.append(s('text', this.narrow ? {class: 'sub', x: this.width - this.right, y: y - 5, 'text-anchor': 'end'} : {class: 'sub', x: 0, y: y + 33}, unit));
    this.under.append(s('line', {class: 'rule', x1: this.left, x2: this.width - this.right, y1: y + height, y2: y + height}));
    return y;
  }
  drawRate() {
    const height = 76, bin = this.line.bin;
    const y = this.chartBox('effects a second', '', height);
    if (!this.total.length) {
      this.body.append(s('text', {x: this.left + 8, y: y + height / 2}, 'no effects were observed'));
      return;
    }
    // A sliding mean over about 2 % of the view keeps the curve readable without hiding a stall.
    const reach = Math.max(0, Math.round((this.view[1] - this.view[0]) / 60 / bin / 2));
    const rate = this.total.map((_, i) => {
      let n = 0, m = 0;
      for (let j = Math.max(0, i - reach); j <= i + reach && j < this.total.length; ++j) { n += this.total[j]; ++m; }
      return n / m / bin;
    });
    const top = Math.max(...rate, 1);
    const at = v => fix(y + height - (height - 6) * v / top);
    let d = '', first = null, last = null;
    const put = (t, v) => { if (t < this.view[0] || t > this.view[1]) return; const x = fix(this.x(t)); d += `${d ? 'L' : 'M'}${x} ${at(v)}`; if (first === null) first = x; last = x; };
    put(this.view[0], rate[Math.floor(this.view[0] / bin)] || 0);
    rate.forEach((v, i) => put((i + .5) * bin, v));
    put(Math.min(this.end, rate.length * bin + bin / 2), 0);
    put(this.view[1], rate[Math.floor(this.view[1] / bin)] || 0);
    if (first !== null) this.body.append(s('path', {class: 'area', d: `${d}L${last} ${y + height}L${first} ${y + height}z`}), s('path', {class: 'curve', d}));
    this.scale(y, height, [[top, short(top)]], v => at(v));
    this.rate = rate;
  }
  scale(y, height, marks, at) {
    for (const [v, text] of marks) {
      const py = at(v);
      this.under.append(s('line', {class: 'rule', x1: this.left, x2: this.width - this.right, y1: py, y2: py, 'stroke-dasharray': '1 4'}));
      this.over.append(s('text', {class: 'sub', x: this.left + 4, y: py + (py < y + 10 ? 11 : -4)}, text));
    }
  }
  drawLatency() {
    const points = this.line.latency;
    if (!points.length) return;
    const height = 84;
    const y = this.chartBox('latency', 'sent to effect', height);
    const floor = Math.max(1, Math.min(...points.map(p => p[1]))), ceiling = Math.max(...points.map(p => p[3]), floor * 10);
    const low = Math.floor(Math.log10(floor)), high = Math.max(low + 1, Math.log10(ceiling) + .05);
    const at = v => fix(y + height - (height - 4) * (Math.log10(Math.max(v, 1)) - low) / (high - low));
    const path = column => {
      let d = '', before = null;
      for (const p of points) {
        if (p[0] < this.view[0] || p[0] > this.view[1]) continue;
        d += `${before === null ? 'M' : 'L'}${fix(this.x(p[0]))} ${at(p[column])}`;
        before = p[0];
      }
      return d;
    };
    const decades = [];
    for (let k = low; k <= high; ++k) decades.push([10 ** k, span(10 ** (k - 6))]);
    this.scale(y, height, decades.slice(1), at);
    this.body.append(s('path', {class: 'curve p99', d: path(2)}), s('path', {class: 'curve', d: path(1)}));
    for (const p of points) {
      if (p[3] > p[2] * 1.5 && p[0] >= this.view[0] && p[0] <= this.view[1]) this.body.append(s('circle', {class: 'peak', cx: fix(this.x(p[0])), cy: at(p[3]), r: 2.2}, s('title', {}, `slowest ${span(p[3] / 1e6)}`)));
    }
  }
  drawAxis() {
    const {ticks, step} = niceTicks(this.view[0], this.view[1], (this.width - this.left) / 90);
    this.axis = this.y;
    for (const t of ticks) {
      const x = this.x(t);
      const edge = x > this.width - 34 ? 'end' : x < this.left + 12 ? 'start' : 'middle';
      this.body.append(s('line', {class: 'rule', x1: fix(x), x2: fix(x), y1: this.y - 8, y2: this.y - 3}), s('text', {x: fix(edge === 'end' ? this.width - this.right : x), y: this.y + 11, 'text-anchor': edge}, clock(t, step)));
    }
    this.y += 18;
  }
  drawPhases() {
    let room = -1e9;
    this.line.phases.forEach(([t, name], i) => {
      const until = this.line.phases[i + 1] ? this.line.phases[i + 1][0] : this.end;
      if (until < this.view[0] || t > this.view[1]) return;
      const x = this.x(Math.max(t, this.view[0])), wide = this.x(Math.min(until, this.view[1])) - x;
      if (t > this.view[0]) this.under.prepend(s('line', {class: 'phase', x1: fix(x), x2: fix(x), y1: 2, y2: this.axis - 8}, s('title', {}, `${name} from ${span(t)}`)));
      if (wide < name.length * 6.5 + 10 || x < room) return;
      this.body.append(s('text', {x: fix(x + 5), y: 13}, name));
      room = x + name.length * 6.5 + 14;
    });
  }

  listen(svg) {
    let drag = null;
    const px = e => (e.clientX - svg.getBoundingClientRect().left) * this.width / svg.getBoundingClientRect().width;
    svg.addEventListener('pointermove', e => {
      const at = px(e);
      if (drag !== null) {
        this.selection.setAttribute('x', Math.min(drag, at));
        this.selection.setAttribute('width', Math.abs(at - drag));
        this.selection.setAttribute('visibility', Math.abs(at - drag) > 4 ? 'visible' : 'hidden');
      }
      if (at >= this.left && !e.target.closest('.violation')) this.describe(this.time(at));
    });
    svg.addEventListener('pointerleave', () => { if (drag === null) this.describe(null); });
    svg.addEventListener('pointerdown', e => { if (e.pointerType === 'mouse' && e.button === 0 && px(e) >= this.left && !e.target.closest('.violation')) { drag = px(e); svg.setPointerCapture(e.pointerId); } });
    svg.addEventListener('pointerup', e => {
      if (drag === null) return;
      const [a, b] = [drag, px(e)].sort((p, q) => p - q);
      drag = null;
      this.selection.setAttribute('visibility', 'hidden');
      if (b - a > 8) this.zoomTo(this.time(a), this.time(b));
    });
    svg.addEventListener('dblclick', () => this.zoomTo(0, this.end));
    svg.addEventListener('keydown', e => {
      if (e.target !== svg) return;
      const [a, b] = this.view, wide = b - a;
      const now = this.now ?? a;
      if (e.key === 'ArrowRight' || e.key === 'ArrowLeft') {
        e.preventDefault();
        this.describe(Math.min(b, Math.max(a, now + wide / (e.shiftKey ? 10 : 100) * (e.key === 'ArrowRight' ? 1 : -1))));
      } else if (e.key === '+' || e.key === '=') {
        const keep = this.now ?? (a + b) / 2; this.zoomTo(keep - wide / 4, keep + wide / 4); this.svg.focus();
      } else if (e.key === '-') {
        const keep = this.now ?? (a + b) / 2; this.zoomTo(keep - wide, keep + wide); this.svg.focus();
      }
    });
  }
  describe(t, marks) {  // the line below the chart: what was going on at t
    this.now = t;
    if (t === null) {
      this.cursor.setAttribute('visibility', 'hidden');
      this.readout.replaceChildren('Point at the chart, or focus it and use the arrow keys, to read what was going on. Drag to zoom, double-click to see the whole run.');
      return;
    }
    const x = fix(this.x(t));
    for (const side of ['x1', 'x2']) this.cursor.setAttribute(side, x);
    this.cursor.setAttribute('visibility', 'visible');
    const phase = this.line.phases.filter(p => p[0] <= t).pop();
    const force = this.line.faults.filter(f => f.intervals.some(i => i[0] <= t && t <= (i[1] ?? this.end))).map(f => f.name);
    const states = this.processes.map(p => { const seg = p.segments.find(g => g[0] <= t && t < g[1]); return seg && seg[2] !== 'ready' ? `${p.name} ${seg[2]}` : null; }).filter(Boolean);
    const rate = this.rate ? this.rate[Math.floor(t / this.line.bin)] || 0 : 0;
    const parts = [h('b', {}, span(t)), phase ? ` · ${phase[1]}` : '', ` · ${short(rate)} effects/s`];
    if (force.length) parts.push(' · in force: ', h('b', {}, force.join(', ')));
    if (states.length) parts.push(' · ' + states.join(', '));
    const near = marks || this.list.filter(a => Math.abs(this.x(a.t) - this.x(t)) < 5);
    for (const a of near.slice(0, 3)) parts.push(h('div', {class: 'bad'}, `${a.kind} ${who(a)}${a.process ? ' by ' + a.process : ''}${a.fault ? ', fault ' + a.fault : ''}${a.detail ? ': ' + a.detail : ''}`));
    if (near.length > 3) parts.push(h('div', {class: 'bad'}, `and ${near.length - 3} more here`));
    this.readout.replaceChildren(...parts);
  }
  light(index) {
    for (const node of this.over.querySelectorAll('.violation')) node.classList.toggle('lit', node.members.has(index));
  }
}

// ---------------------------------------------------------------- tables of a run
function card(title, note, ...kids) {
  return h('div', {class: 'card'}, h('div', {class: 'inner'}, h('h3', {}, title, note && h('span', {class: 'muted'}, note)), kids));
}
function whole(node) { if (node) node.classList.add('whole'); return node; }
function list(label, heads, rows) {
  return scroll(label, h('table', {class: 'list'}, h('thead', {}, h('tr', {}, heads.map(x => h('th', {scope: 'col', class: x.endsWith(' #') ? 'num' : null}, x.replace(' #', ''))))), h('tbody', {}, rows)));
}
function violations(run, found, onPick) {
  if (!found.length) return null;
  const total = kinds(run).reduce((n, k) => n + k[1], 0);
  const state = {kind: null, text: '', all: false};
  const STEP = 12;
  const several = new Set(found.flatMap(a => a.by)).size > 1;
  const body = h('tbody', {});
  const info = h('span', {class: 'muted small', role: 'status'});
  const more = h('button', {class: 'btn', type: 'button', style: 'margin-top:12px', onclick: () => { state.all = true; fill(); }}, '');
  function fill() {
    const wanted = state.text.toLowerCase();
    const hits = found.filter(a => (!state.kind || a.kind === state.kind) && (!wanted || [a.kind, a.id, a.key, a.process, a.fault, a.detail].join(' ').toLowerCase().includes(wanted)));
    const shown = state.all ? hits : hits.slice(0, STEP);
    body.replaceChildren(...shown.map(a => h('tr', {tabindex: 0, 'data-index': a.index, onclick: () => onPick(a.index), onkeydown: e => { if (e.key === 'Enter') onPick(a.index); }},
      h('td', {}, h('span', {class: 'tag tone-fail'}, a.kind)), h('td', {class: 'mono'}, a.id || '–'), h('td', {class: 'mono'}, a.key ? a.key + (a.seq !== null ? ` #${a.seq}` : '') : a.seq !== null ? `#${a.seq}` : '–'),
      h('td', {}, span(a.t)), h('td', {}, a.process || '–'), h('td', {}, a.fault || '–'), h('td', {class: 'wide'}, a.detail, several && h('span', {class: 'muted'}, (a.detail ? ' ' : '') + `(${a.by.join(', ')})`)))));
    more.hidden = shown.length === hits.length;
    more.textContent = `Show all ${hits.length}`;
    info.textContent = hits.length === found.length ? '' : `${hits.length} of ${found.length}`;
  }
  const tools = h('div', {class: 'tools'});
  if (found.length > 5) {
    tools.append(h('input', {type: 'search', placeholder: 'Filter by id, key, process…', 'aria-label': 'Filter the violations', oninput: e => { state.text = e.target.value; fill(); }}));
    const names = [...new Set(found.map(a => a.kind))];
    if (names.length > 1) {
      for (const kind of names) {
        tools.append(h('button', {class: 'btn', type: 'button', 'aria-pressed': 'false', onclick: e => {
          state.kind = state.kind === kind ? null : kind;
          for (const b of tools.querySelectorAll('button')) b.setAttribute('aria-pressed', String(b === e.currentTarget && state.kind === kind));
          fill();
        }}, kind));
      }
    }
    tools.append(info);
  }
  fill();
  const note = total > found.length ? `the first ${count(found.length)} of ${count(total)} are kept as evidence` : plural(total, 'violation');
  const node = card('Violations', note, found.length > 5 && tools,
    scroll('Violations', h('table', {class: 'list'}, h('thead', {}, h('tr', {}, ['kind', 'message', 'key', 'at', 'process', 'fault in force', 'what happened'].map(x => h('th', {scope: 'col'}, x)))), body)), more);
  node.id = 'violations';
  node.reveal = index => {
    if (!body.querySelector(`[data-index="${index}"]`)) { state.all = true; state.kind = null; state.text = ''; fill(); }
    for (const row of body.children) row.classList.toggle('lit', Number(row.dataset.index) === index);
    return body.querySelector(`[data-index="${index}"]`);
  };
  return node;
}
function faultTable(run) {
  if (!run.faults.length) return null;
  return card('Faults', 'a fault that never bit proves nothing', list('Faults', ['fault', 'on', 'when', 'fired', 'hits #', 'injected', 'healed', 'recovery'], run.faults.map(f => h('tr', {},
    h('td', {}, h('b', {}, f.name), f.kind !== f.name && h('span', {class: 'muted'}, ` ${f.kind}`)), h('td', {}, f.on || '–'), h('td', {}, f.when || '–'),
    h('td', {}, f.armed ? f.fired ? h('span', {class: `tag tone-${f.hits ? 'pass' : 'unknown'}`}, f.hits ? '✓ fired' : '? fired in vain') : h('span', {class: 'tag tone-unknown'}, '? never') : h('span', {class: 'muted'}, 'not armed')),
    h('td', {class: 'num'}, count(f.hits)), h('td', {}, span(f.injected_at)), h('td', {}, span(f.healed_at)), h('td', {}, span(f.recovery))))));
}
function processTable(run) {
  if (!run.processes.length) return null;
  return card('Processes', '', list('Processes', ['process', 'restarts #', 'last state', 'limits by'], run.processes.map(p => h('tr', {},
    h('td', {}, h('b', {}, p.name)), h('td', {class: 'num'}, count(p.restarts)), h('td', {}, p.last_state || '–', p.unasked_exit && h('span', {class: 'tag tone-fail', style: 'margin-left:8px'}, 'nobody asked for it')), h('td', {}, p.limits_by || '–')))));
}
function linkTable(run) {
  if (!run.links.length) return null;
  return card('Links', '', list('Links', ['link', 'connections #', 'client to server #', 'server to client #'], run.links.map(l => h('tr', {},
    h('td', {}, h('b', {}, l.name)), h('td', {class: 'num'}, count(l.connections)), h('td', {class: 'num'}, bytes(l.upstream_bytes)), h('td', {class: 'num'}, bytes(l.downstream_bytes))))));
}
function logs(files) {
  if (!files.length) return null;
  const hits = files.reduce((n, f) => n + f.lines.filter(l => l[1] & 1).length, 0);
  const first = files.find(f => f.lines.some(l => l[1] & 1)) || files[0];
  return card('Logs of the targets', hits ? `${plural(hits, 'line')} ${hits === 1 ? 'names' : 'name'} a violated message` : 'the last lines; none names a violated message', files.map(f => h('details', {open: f === first},
    h('summary', {}, h('b', {}, f.process), h('span', {class: 'muted'}, `${f.file.split('/').pop()} · ${bytes(f.size)}`)),
    h('pre', {class: 'log', tabindex: 0}, f.lines.map(([text, flags]) => [flags & 2 ? h('span', {class: 'gap'}, '⋯') : null, h('span', {class: flags & 1 ? 'hit' : null}, text || ' ')])))));
}

// ---------------------------------------------------------------- the selected run
function story(lines) {  // the little Markdown that `stormproof explore` writes: headings, tables, lists, fenced lines
  if (!lines.length) return null;
  const words = t => t.split(/(\*\*.*?\*\*|`.*?`)/).map(p => p.startsWith('**') ? h('b', {}, p.slice(2, -2)) : p.startsWith('`') ? h('code', {}, p.slice(1, -1)) : p);
  const cells = line => line.slice(1, -1).replaceAll('\\|', '\u0000').split('|').map(c => c.trim().replaceAll('\u0000', '|'));
  const out = [];
  for (let i = 0; i < lines.length; ++i) {
    const until = test => { const from = i; while (i + 1 < lines.length && test(lines[i + 1])) ++i; return lines.slice(from, i + 1); };
    const line = lines[i];
    if (line.startsWith('## ')) out.push(h('h4', {}, words(line.slice(3))));
    else if (line.startsWith('```')) { const rows = until(l => !l.startsWith('```')).slice(1); ++i; out.push(h('pre', {}, rows.join('\n'))); }
    else if (line.startsWith('|')) { const [heads, , ...rows] = until(l => l.startsWith('|')).map(cells); out.push(list('story', heads, rows.map(r => h('tr', {}, r.map(c => h('td', {}, words(c))))))); }
    else if (line.startsWith('- ')) out.push(h('ul', {}, until(l => l.startsWith('- ')).map(l => h('li', {}, words(l.slice(2))))));
    else if (line && !line.startsWith('# ')) out.push(h('p', {}, words(line)));
  }
  return card('How it fails', 'found by stormproof explore', ...out);
}
function numbers(run) {
  const c = run.counts;
  const bad = COUNTED.filter(k => c[k] > 0);
  const all = [['attempted', c.attempted], ['acknowledged', c.acked], ['effects', c.effects]];
  if (c.failed) all.push(['rejected', c.failed]);
  if (c.info) all.push(['outcome unknown', c.info], ['of these recovered', c.recovered]);
  return h('dl', {class: 'stats'}, all.map(([name, n]) => h('div', {}, h('dt', {}, name), h('dd', {}, count(n)))),
    bad.map(k => h('div', {class: 'bad'}, h('dt', {}, k.replace('_', ' ')), h('dd', {}, count(c[k])))),
    h('div', {}, h('dt', {}, 'took'), h('dd', {}, span(run.duration))));
}
function detail(run) {
  const index = runs.indexOf(run), m = mark(run), found = anomalies(run), line = data.timelines[index];
  const step = by => { const next = runs[index + by]; return h('button', {class: 'btn', type: 'button', disabled: !next, onclick: () => choose(next, false)}, by < 0 ? '← Previous' : 'Next →'); };
  const alike = runs.filter(r => r.scenario === run.scenario && cellName(r) === cellName(run));
  const note = run.outcome !== 'completed' ? run.trouble : run.expected && !run.as_expected && m !== 'unknown' ? run.expect_detail : '';
  const why = causes(run);
  const copyButton = run.reproduce && h('button', {class: 'btn', type: 'button', onclick: e => copy(run.reproduce, e.currentTarget)}, 'Copy');
  let table = null;
  const pick = (at, jump) => {
    timeline.light(at);
    const row = table && table.reveal(at);
    if (row && jump) { row.focus({preventScroll: true}); row.scrollIntoView({block: 'center'}); }
  };
  const timeline = new Timeline(run, line, found, pick);
  table = violations(run, found, at => pick(at, false));
  const checks = run.invariants.length > 0 && h('div', {class: 'inner'}, h('div', {class: 'checks'}, run.invariants.map(i => h('span', {class: `check tone-${i.verdict}`}, h('span', {class: 'sym', 'aria-label': i.verdict}, SYMBOL[i.verdict]), i.name, i.anomalies_total > 0 && h('small', {}, count(i.anomalies_total))))));
  const parts = [
    h('div', {class: 'runhead'}, h('h2', {id: 'detail-title'}, run.scenario, cellName(run) && h('span', {class: 'muted'}, ' · ' + Object.values(run.cell).join(' · '))),
      h('span', {class: `pill tone-${tone(run)}${trouble(run) ? ' solid' : ''}`}, h('span', {'aria-hidden': 'true'}, SYMBOL[m]), status(run)), runs.length > 1 && h('div', {class: 'nav'}, step(-1), step(1))),
    run.description && new Set(runs.map(r => r.scenario)).size > 1 && h('p', {class: 'muted'}, rich(run.description)),
    alike.length > 1 && h('div', {class: 'btns', style: 'margin-top:12px', role: 'group', 'aria-label': 'Repetitions'}, alike.map(r => h('button', {class: 'btn', type: 'button', 'aria-pressed': String(r === run), onclick: () => choose(r, false)}, `${SYMBOL[mark(r)]} ${r.repeat}`))),
    note && h('div', {class: `callout tone-${trouble(run) ? run.effective === 'fail' ? 'fail' : 'unknown' : m}`}, h('b', {}, run.outcome !== 'completed' ? 'This run could not be judged: ' : 'Not as it should be: '), note, run.hint && h('div', {}, 'What to do: ' + run.hint)),
    why.length > 0 && h('div', {class: 'callout tone-unknown'}, h('b', {}, m === 'unknown' ? 'The verdict is unknown because' : 'Also not known'), h('ul', {}, why.map(c => h('li', {}, c)))),
    line.trouble && run.outcome === 'completed' && h('div', {class: 'callout tone-unknown'}, h('b', {}, 'History: '), line.trouble),
    run.reproduce && h('div', {class: 'replay'}, h('span', {class: 'lbl'}, 'Replay'), h('code', {}, run.reproduce), copyButton),
    (run.outcome === 'completed' || run.counts.attempted > 0) && h('div', {class: 'card', style: 'margin-top:18px'}, numbers(run), checks),
    data.stories && whole(story(data.stories[index])),
    line.events > 0 && timeline.node, table,
    h('div', {class: 'two'}, whole(faultTable(run)), processTable(run), linkTable(run),
      run.notes.length > 0 && card('Notes', '', h('ul', {}, run.notes.map(n => h('li', {}, n)))), whole(logs(data.logs[index]))),
    h('p', {class: 'muted small', style: 'margin-top:16px'}, `Seed ${run.seed}`, run.scenario_file && ` · ${run.scenario_file}`, line.events > 0 && ` · ${count(line.events)} events in the history`),
  ];
  const section = document.getElementById('detail');
  section.replaceChildren(...parts.filter(Boolean));
  if (line.events > 0) timeline.draw();
}
function choose(run, jump) {
  hidePeek();
  detail(run);
  for (const button of document.querySelectorAll('.cell')) button.setAttribute('aria-pressed', String(button.dataset.keys.split('\n').includes(keyOf(run))));
  history.replaceState(null, '', '#run=' + encodeURIComponent(keyOf(run)).replace(/%2F/g, '/').replace(/%3D/g, '='));
  say(`${run.scenario} ${cellName(run)}: ${status(run)}`);
  if (jump) document.getElementById('detail').scrollIntoView({block: 'start'});
}
function fromHash() {
  let wanted = '';
  try { wanted = decodeURIComponent((location.hash.match(/^#run=(.*)$/) || [])[1] || ''); } catch (malformed) { wanted = ''; }
  return runs.find(r => keyOf(r) === wanted);
}

// ---------------------------------------------------------------- the page
app.replaceChildren(...[top(), matrix(), score()].filter(Boolean), h('section', {id: 'detail', tabindex: -1, 'aria-labelledby': 'detail-title'}),
  h('footer', {}, data.campaign.command_line && h('p', {class: 'clamp', title: data.campaign.command_line}, h('code', {}, data.campaign.command_line)), h('p', {}, `stormproof ${data.campaign.version}. This page is complete in itself and asks the network for nothing.`)));
if (runs.length) choose(fromHash() || runs.find(trouble) || runs.find(r => mark(r) !== 'pass') || runs[0], false);
addEventListener('hashchange', () => { const run = fromHash(); if (run) choose(run, true); });
addEventListener('scroll', hidePeek, {passive: true});
addEventListener('keydown', e => { if (e.key === 'Escape') hidePeek(); });
document.documentElement.dataset.ready = 'true';
})();
