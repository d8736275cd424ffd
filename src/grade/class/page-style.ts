/** The look of the class page, for a browser in light or dark. */
export const STYLE = `
:root { color-scheme: light dark; --line: light-dark(#d0d4da, #3c434d); --soft: light-dark(#57606a, #9aa4b0); --ground: light-dark(#fff, #14171b);
  --pass: light-dark(#d3f0d8, #17442a); --fail: light-dark(#f9d0cc, #6b2320); --skipped: light-dark(#e8eaed, #30363d);
  --ungradable: light-dark(#fbe7b2, #5c4708); --error: light-dark(#dcd3f5, #43336e); }
body { font: 15px/1.45 system-ui, sans-serif; margin: 2rem; background: var(--ground); color: light-dark(#1b1f24, #e3e7ec); overflow-wrap: anywhere }
h1 { font-size: 1.5rem } h2 { font-size: 1.15rem; margin-top: 2.2rem } h3 { font-size: 1rem; margin-bottom: .3rem }
.scroll { overflow-x: auto; max-width: 100% }
table { border-collapse: collapse; overflow-wrap: normal } td, th { border: 1px solid var(--line); padding: .25rem .5rem; text-align: center }
th[scope=row] { text-align: left; white-space: nowrap; position: sticky; left: 0; background: var(--ground); font-weight: 500 }
thead th { white-space: nowrap } thead .check { vertical-align: bottom; padding: .5rem .25rem } .check span { writing-mode: vertical-rl; text-orientation: sideways; transform: rotate(180deg); font-weight: 400; max-height: 15rem; display: inline-block; overflow: hidden; text-overflow: ellipsis; white-space: nowrap }
td.v { min-width: 2rem; white-space: nowrap } td.v a { color: inherit; text-decoration: underline dotted; text-underline-offset: .2em } td.num { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums }
table.adjustments td { white-space: nowrap } td.reason.reason { text-align: left; white-space: normal; min-width: 16rem; max-width: 42rem } .adjusted { font-size: .8em; margin-left: .2em }
td.own { outline: 2px solid var(--soft); outline-offset: -2px }
.pass { background: var(--pass) } .fail { background: var(--fail) } .skipped { background: var(--skipped) }
.ungradable { background: var(--ungradable) } .error { background: var(--error) }
.key span { display: inline-block; padding: .1rem .5rem; margin: 0 .5rem .3rem 0; border: 1px solid var(--line) }
a { color: light-dark(#0550ae, #79b8ff) } details { margin: .4rem 0 } summary { cursor: pointer }
pre { background: light-dark(#f5f6f8, #1d2229); padding: .6rem .8rem; overflow-x: auto; overflow-wrap: normal; font-size: 13px; border: 1px solid var(--line) }
.soft { color: var(--soft) }
@media (max-width: 40rem) { body { margin: 1rem .7rem } th[scope=row] { max-width: 9rem; overflow: hidden; text-overflow: ellipsis } }`;
