/** The one style sheet of the pages. */
export const styleSheet = `
:root {
  color-scheme: light dark;
  --paper: #faf8f5; --card: #fffefc; --ink: #23201c; --soft: #6f675d; --line: #e4ddd2; --tint: #f3eee6;
  --accent: #0f6b5c; --good: #2b7a3d; --bad: #b3372b; --wait: #a56a0a; --idle: #7a7268; --merged: #6d4aa3;
  --shadow: 0 1px 2px rgb(60 45 20 / 6%), 0 6px 20px rgb(60 45 20 / 4%);
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #191816; --card: #211f1d; --ink: #ece7df; --soft: #a39a8d; --line: #37332e; --tint: #2a2724;
    --accent: #5cc4b0; --good: #6cc07d; --bad: #ef8377; --wait: #e0ab55; --idle: #9b9286; --merged: #b79be2;
    --shadow: none;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0; background: var(--paper); color: var(--ink);
  font: 15px/1.6 ui-sans-serif, system-ui, "Segoe UI", "Helvetica Neue", Arial, sans-serif;
}
a { color: var(--accent); text-decoration-thickness: 1px; text-underline-offset: 2px; }
code, pre, textarea, .sha { font-family: ui-monospace, "SFMono-Regular", "DejaVu Sans Mono", Menlo, monospace; font-size: .87em; }
.bar { border-bottom: 1px solid var(--line); background: var(--card); }
.bar > div, main { max-width: 1120px; margin: 0 auto; padding: 0 24px; }
.bar > div { display: flex; align-items: center; gap: 12px; height: 52px; font-size: 14px; }
.bar .mark { flex: none; width: 20px; height: 20px; border-radius: 6px; background: conic-gradient(from 210deg, var(--accent), var(--wait), var(--accent)); }
.bar a { color: inherit; text-decoration: none; font-weight: 600; }
.bar a:hover { text-decoration: underline; }
.bar .note { margin-left: auto; color: var(--soft); }
main { padding-top: 28px; padding-bottom: 80px; }
h1 { font-size: 26px; line-height: 1.25; font-weight: 650; letter-spacing: -.01em; margin: 0 0 8px; }
h1 .number { color: var(--soft); font-weight: 400; }
.facts { display: flex; flex-wrap: wrap; align-items: center; gap: 8px 12px; color: var(--soft); margin: 0 0 26px; }
.state { border-radius: 99px; padding: 2px 12px; font-size: 13px; font-weight: 600; color: #fff; background: var(--good); }
.state.closed { background: var(--bad); } .state.merged { background: var(--merged); }
@media (prefers-color-scheme: dark) { .state { color: #191816; } }
.columns { display: grid; grid-template-columns: minmax(0, 1fr) 320px; gap: 28px; align-items: start; }
@media (max-width: 700px) { .bar .note { display: none; } .bar > div, main { padding-left: 16px; padding-right: 16px; } }
.columns.single { grid-template-columns: minmax(0, 1fr); }
@media (max-width: 900px) { .columns { grid-template-columns: minmax(0, 1fr); } .side { order: -1; } }
.card { background: var(--card); border: 1px solid var(--line); border-radius: 12px; box-shadow: var(--shadow); }
.post { margin-bottom: 18px; overflow: hidden; }
.post > header { display: flex; align-items: center; gap: 10px; padding: 10px 18px; border-bottom: 1px solid var(--line); background: var(--tint); font-size: 14px; }
.post > header img { width: 26px; height: 26px; border-radius: 50%; }
.post > header time, .post > header .quiet { color: var(--soft); }
.post:target { border-color: var(--accent); }
.post.folded > summary { padding: 10px 18px; color: var(--soft); cursor: pointer; font-size: 14px; }
.tag { border: 1px solid var(--line); border-radius: 99px; padding: 0 8px; font-size: 12px; color: var(--soft); background: var(--card); }
.body { padding: 4px 18px 8px; overflow-wrap: anywhere; }
.body p, .body li { white-space: pre-line; }
.body h1, .body h2, .body h3, .body h4 { line-height: 1.3; margin: 1em 0 .5em; }
.body h1 { font-size: 21px; } .body h2 { font-size: 19px; } .body h3 { font-size: 17px; } .body h4 { font-size: 15px; }
.body table { border-collapse: collapse; display: block; overflow-x: auto; margin: 14px 0; font-size: 14px; overflow-wrap: normal; }
.body th, .body td { padding: 6px 12px; border-bottom: 1px solid var(--line); text-align: left; }
.body th { color: var(--soft); font-weight: 600; font-size: 13px; }
.body td[align="right"], .body th[align="right"] { text-align: right; font-variant-numeric: tabular-nums; }
.body td[align="center"], .body th[align="center"] { text-align: center; }
.body code { background: var(--tint); border-radius: 5px; padding: 1px 5px; }
.body pre { background: var(--tint); border-radius: 8px; padding: 12px 14px; overflow-x: auto; white-space: pre; }
.body pre code { background: none; padding: 0; }
.body blockquote { margin: 12px 0; padding-left: 14px; border-left: 3px solid var(--line); color: var(--soft); }
.body details { border: 1px solid var(--line); border-radius: 8px; padding: 6px 14px; margin: 12px 0; }
.body details > summary { cursor: pointer; font-weight: 600; }
.body img { max-width: 100%; }
.body li:has(> input) { list-style: none; margin-left: -20px; }
.reactions { display: flex; flex-wrap: wrap; gap: 6px; padding: 0 18px 14px; }
.reactions small { color: var(--soft); }
.reactions span { border: 1px solid var(--line); background: var(--tint); border-radius: 99px; padding: 1px 10px; font-size: 13px; }
.side h2 { font-size: 13px; text-transform: uppercase; letter-spacing: .06em; color: var(--soft); margin: 4px 0 10px; font-weight: 600; }
.check { padding: 14px 16px; margin-bottom: 12px; }
.check h3 { display: flex; align-items: center; gap: 10px; font-size: 15px; margin: 0; overflow-wrap: anywhere; }
.dot { flex: none; width: 10px; height: 10px; border-radius: 50%; background: var(--idle); }
.dot.success { background: var(--good); } .dot.failure, .dot.timed_out, .dot.action_required { background: var(--bad); }
.dot.in_progress, .dot.queued { background: var(--wait); }
.check .word { color: var(--soft); font-size: 13px; margin: 2px 0 0 20px; }
.check .title { margin: 8px 0 0; font-weight: 600; }
.check .body { padding: 0; font-size: 14px; max-height: 340px; overflow: auto; }
.check .more { font-size: 14px; margin: 8px 0 0; }
.check form { display: flex; flex-wrap: wrap; gap: 8px; margin-top: 10px; }
button { font: inherit; font-size: 14px; font-weight: 600; border-radius: 8px; border: 1px solid var(--line); background: var(--tint); color: var(--ink); padding: 5px 14px; cursor: pointer; }
button:hover { border-color: var(--soft); }
button.main { background: var(--accent); border-color: var(--accent); color: var(--card); }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
.write { padding: 14px 18px 18px; }
.write .row { display: flex; align-items: center; gap: 10px; }
.write .row .main { margin-left: auto; }
.write label { color: var(--soft); font-size: 14px; }
select, textarea { font-size: 14px; color: inherit; background: var(--paper); border: 1px solid var(--line); border-radius: 8px; }
select { font-family: inherit; padding: 5px 8px; }
textarea { display: block; width: 100%; min-height: 96px; padding: 10px 12px; resize: vertical; margin: 10px 0; }
.list { padding: 4px 0; margin-top: 18px; }
.list a { display: flex; align-items: baseline; gap: 12px; padding: 12px 20px; color: inherit; text-decoration: none; border-bottom: 1px solid var(--line); }
.list a:last-child { border-bottom: 0; }
.list a:hover { background: var(--tint); }
.list .where { color: var(--soft); } .list .count { margin-left: auto; color: var(--soft); white-space: nowrap; }
.empty { color: var(--soft); padding: 18px; margin: 0; }
`;

/** Puts a changed thread in the place of the shown one; a reader without scripts gets a page that reloads instead. */
export const liveScript = `
const source = new EventSource(document.body.dataset.changes);
const show = async () => {
  const answer = await fetch(location.href);
  if (!answer.ok) return;
  const next = new DOMParser().parseFromString(await answer.text(), 'text/html').getElementById('live');
  const shown = document.getElementById('live');
  const before = [...shown.querySelectorAll('details')];
  [...next.querySelectorAll('details')].forEach((fresh, index) => {
    if (before[index]) fresh.open = before[index].open;
  });
  shown.replaceWith(next);
};
// One after the other, or an older answer could replace a newer one; and at each connection, for what was missed before.
let turn = Promise.resolve();
const showInTurn = () => { turn = turn.then(show, show); };
source.addEventListener('open', showInTurn);
source.addEventListener('change', showInTurn);
`;
