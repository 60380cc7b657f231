"""How the page of a player looks."""

from __future__ import annotations

STYLE = """
:root { color-scheme: light dark; --page: #f4f5f7; --card: #ffffff; --ink: #1c2128; --muted: #5b636e;
  --line: #d9dce1; --accent: #2d62c9; --on: #ffffff; }
@media (prefers-color-scheme: dark) { :root { --page: #0e1013; --card: #191d22; --ink: #eceef1;
  --muted: #a3abb6; --line: #333941; --accent: #7eabff; --on: #0e1013; } }
:root[data-look="light"] { color-scheme: light; --page: #f4f5f7; --card: #ffffff; --ink: #1c2128;
  --muted: #5b636e; --line: #d9dce1; --accent: #2d62c9; --on: #ffffff; }
:root[data-look="dark"] { color-scheme: dark; --page: #0e1013; --card: #191d22; --ink: #eceef1;
  --muted: #a3abb6; --line: #333941; --accent: #7eabff; --on: #0e1013; }
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--ink);
  font: 16px/1.5 system-ui, -apple-system, "Segoe UI", "DejaVu Sans", sans-serif; }
main { max-width: 1320px; margin: 0 auto; padding: 12px 20px 32px; }
main.many { max-width: 1720px; }
.words p, .words li { overflow-wrap: anywhere; }
.words ul { margin: 6px 0; padding-left: 22px; }
@media (min-width: 1080px) {
  .split { display: grid; grid-template-columns: minmax(300px, 27%) minmax(0, 1fr); gap: 24px; }
  .words h2 { margin-top: 0; }
}
header { display: flex; align-items: baseline; gap: 12px; }
h1 { font-size: 20px; font-weight: 600; margin: 4px 0 10px; flex: 1; overflow-wrap: anywhere; }
h2 { font-size: 18px; font-weight: 600; margin: 14px 0 4px; overflow-wrap: anywhere; }
p { margin: 6px 0; max-width: 46em; }
.formula { font-family: "STIX Two Math", "Cambria Math", "DejaVu Serif", serif; font-style: italic;
  white-space: nowrap; }
.stage { background: var(--card); border: 1px solid var(--line); border-radius: 8px; overflow: hidden; }
canvas, .stage img { display: block; width: 100%; height: auto; max-height: calc(100vh - 190px);
  object-fit: contain; margin: 0 auto; }
.controls { display: flex; flex-wrap: wrap; align-items: center; gap: 8px; padding: 10px 12px;
  border-top: 1px solid var(--line); }
button, select { font: inherit; color: var(--ink); background: var(--card); border: 1px solid var(--line);
  border-radius: 8px; height: 36px; padding: 0 12px; cursor: pointer; }
button.main { background: var(--accent); border-color: var(--accent); color: var(--on); min-width: 92px; }
button svg { display: block; width: 16px; height: 16px; fill: currentColor; }
button:disabled, input:disabled { opacity: 0.45; cursor: default; }
button[aria-pressed="true"] { border-color: var(--accent); color: var(--accent); }
button:hover:not(:disabled) { border-color: var(--accent); }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
input[type="range"] { flex: 1 1 220px; min-width: 120px; height: 36px; margin: 0;
  accent-color: var(--accent); }
output { font-variant-numeric: tabular-nums; color: var(--muted); min-width: 11em; text-align: right; }
.caption { color: var(--muted); font-size: 14px; max-width: 70em; overflow-wrap: anywhere; }
.ask { background: var(--card); border: 1px solid var(--line); border-left: 4px solid var(--accent);
  border-radius: 8px; padding: 8px 14px; margin: 10px 0; }
.answer { font-weight: 600; }
nav { display: flex; flex-wrap: wrap; gap: 6px; margin: 4px 0 10px; }
nav button { height: 32px; padding: 0 10px; }
nav button[aria-current="true"] { background: var(--accent); border-color: var(--accent);
  color: var(--on); }
details { margin: 10px 0; color: var(--muted); font-size: 14px; }
pre { white-space: pre-wrap; overflow-wrap: anywhere;
  font: 13px/1.45 ui-monospace, "DejaVu Sans Mono", monospace; }
kbd { border: 1px solid var(--line); border-radius: 4px; padding: 0 5px; background: var(--card);
  font: 12px ui-monospace, "DejaVu Sans Mono", monospace; }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
[hidden] { display: none !important; }
@media print { .controls, nav, header button { display: none; } }
"""
