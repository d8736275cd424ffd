/** `.save`: what was typed and worked, as a script that runs again. */
import { formatAddress } from './address.ts';
import type { Session } from './session.ts';

export interface TranscriptEntry {
  readonly input: string;
  readonly failed: boolean;
}

/** `connected`: the session began with a connection, which the script then opens by itself. */
export function scriptOf(entries: readonly TranscriptEntry[], session: Session, connected: boolean): string {
  const head = [
    '#!/usr/bin/env chat-repl',
    `// A session with ${formatAddress(session.target)}, protocol ${session.protocol.name}. To run it again:`,
    `// chat-repl --protocol ${session.protocol.name} THIS-FILE`,
  ];
  const connect = connected ? [`await connect('${formatAddress(session.target)}');`] : [];
  const body = entries.map(({ input, failed }) => {
    const text = input.trimEnd();
    // At the prompt each input stands alone; in a file this one would continue the line above.
    if (!failed && /^\s*[([`+\-/]/.test(text)) return `;${text}`;
    return failed ? commented(input) : text;
  });
  return [...head, '', ...connect, ...body, ''].join('\n');
}

/** An input that did not work, kept to be read. */
export function commented(input: string): string {
  const lines = input.trimEnd().split('\n');
  return ['// failed:', ...lines.map((line) => `// ${line}`)].join('\n');
}
