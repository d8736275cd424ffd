/** What somebody may call himself, or send, to see what happens; and what must never reach a reader. */

/** Each with a word in plain letters that has to be visible still: harmless is not the same as hidden. */
export const HOSTILE: readonly (readonly [what: string, text: string, visible: string])[] = [
  ['clear the screen', '\u001b[2J\u001b[1;1Hgone', 'gone'],
  ['set the window title', '\u001b]0;title\u0007', 'title'],
  ['write the clipboard (OSC 52)', '\u001b]52;c;cm0gLXJm\u001b\\clip', 'clip'],
  ['a link that says another thing (OSC 8)', '\u001b]8;;http://evil.invalid\u0007link', 'link'],
  ['C1 control sequence', '\u009b31mred', 'red'],
  ['a forged line', 'ann\r\n[client 1 "bob"] forged', 'forged'],
  ['backspaces over what stands there', 'wrong\b\b\b\b\bright', 'wrong'],
  ['bidi override', '\u202egnp.exe', 'exe'],
  ['bidi isolates', 'a\u2067b\u2066c\u2069d', 'd'],
  ['zero width', 'ze\u200bro\u200d\u2060\ufeff', 'ro'],
  ['tag characters', 'tag\u{e0041}\u{e0042}\u{e007f}', 'tag'],
  ['a text inside variation selectors', 'smile\u{e0148}\u{e0155}\ufe01', 'smile'],
  ['line and paragraph separators', 'one\u2028two\u2029three', 'three'],
  ['fillers that are letters', '\u3164\u115f\u1160\uffa0fill', 'fill'],
  ['NUL and DEL', 'nul\0del\u007f', 'del'],
  ['a script', '</title></pre><script>alert(1)</script>', 'alert'],
  ['an image from elsewhere', '"><img src=http://evil.invalid/x onerror=alert(1)>', 'onerror'],
  ['markup of SVG', '</text></svg><svg onload=alert(1)>', 'onload'],
  ['a link of markdown', '![x](http://evil.invalid/y) [z](javascript:alert(1))', 'javascript'],
  ['ends a table cell and a fence', 'cell | two\n```\n# heading\n', 'heading'],
  ['tags of blessed', '{red-bg}{bold}tagged{/}', 'tagged'],
  ['a template', '${process.exit(9)}{{7*7}}`id`', 'process'],
];

/** First and last code points of what a terminal or an editor obeys, or hides. */
const HARMFUL: readonly (readonly [number, number])[] = [
  [0x00, 0x08],
  [0x0b, 0x1f],
  [0x7f, 0x9f],
  [0xad, 0xad],
  [0x34f, 0x34f],
  [0x61c, 0x61c],
  [0x115f, 0x1160],
  [0x17b4, 0x17b5],
  [0x180e, 0x180e],
  [0x200b, 0x200f],
  [0x2028, 0x202e],
  [0x2060, 0x206f],
  [0x3164, 0x3164],
  [0xfeff, 0xfeff],
  [0xffa0, 0xffa0],
  [0xfe00, 0xfe0d],
  [0xfff0, 0xfffb],
  [0xe0000, 0xe0fff],
];

/**
 * The characters of `shown` that would be obeyed or hidden, as code points; empty for harmless text. An oracle beside
 * the Unicode categories that the kit goes by. Line ends and tabs are for the caller to judge, and the kit's own
 * colours to take away first.
 */
export function harmfulIn(shown: string): string[] {
  return Array.from(shown, (character) => character.codePointAt(0) ?? 0)
    .filter((code) => HARMFUL.some(([first, last]) => code >= first && code <= last))
    .map((code) => `U+${code.toString(16).padStart(4, '0')}`);
}
