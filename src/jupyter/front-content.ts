/** Contents of requests, checked, with the defaults that Jupyter's protocol names; and the kernel's card. */
import { z } from 'zod';
import { PROTOCOL_VERSION } from './message.ts';

export const EXECUTE = z.object({
  code: z.string(),
  silent: z.boolean().default(false),
  store_history: z.boolean().default(true),
  allow_stdin: z.boolean().default(false),
  stop_on_error: z.boolean().default(true),
  user_expressions: z.record(z.string(), z.string()).default({}),
});

/** Cursor positions come in code points and leave as JavaScript's code units. */
export const POSITION = z
  .object({ code: z.string(), cursor_pos: z.int().min(0).optional() })
  .transform(({ code, cursor_pos }) => ({
    code,
    cursor: cursor_pos === undefined ? code.length : Array.from(code).slice(0, cursor_pos).join('').length,
  }));

export const HISTORY = z.object({
  output: z.boolean().default(false),
  raw: z.boolean().default(true),
  hist_access_type: z.enum(['range', 'tail', 'search']).default('tail'),
  session: z.int().nullish(),
  start: z.int().nullish(),
  stop: z.int().nullish(),
  n: z.int().nullish(),
  pattern: z.string().nullish(),
  unique: z.boolean().default(false),
});
export type HistoryQuestion = z.infer<typeof HISTORY>;

export const SHUTDOWN = z.object({ restart: z.boolean().default(false) });
export const INPUT = z.object({ value: z.string() });

export function kernelInfo(version: string): object {
  return {
    status: 'ok',
    protocol_version: PROTOCOL_VERSION,
    implementation: 'socket-lab-kit',
    implementation_version: version,
    language_info: {
      name: 'javascript',
      version: process.versions.node,
      mimetype: 'text/javascript',
      file_extension: '.js',
      pygments_lexer: 'javascript',
      codemirror_mode: 'javascript',
      nbconvert_exporter: 'script',
    },
    banner: `socket-lab-kit ${version}: JavaScript (Node ${process.versions.node}) with worlds, captures and chat clients. help() lists the commands.`,
    debugger: false,
    help_links: [],
  };
}
