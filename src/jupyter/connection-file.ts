import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { english, KitError } from '../bytes/index.ts';

const port = z.int().min(0).max(65_535);
const CONNECTION = z.object({
  transport: z.enum(['tcp', 'ipc']),
  ip: z.string(),
  shell_port: port,
  iopub_port: port,
  stdin_port: port,
  control_port: port,
  hb_port: port,
  key: z.string(),
  signature_scheme: z.string().default('hmac-sha256'),
});
export type ConnectionFile = z.infer<typeof CONNECTION>;
export type ChannelName = 'shell' | 'iopub' | 'stdin' | 'control' | 'hb';

/** Where the front end wants us to listen, and the key of both. Throws KitError `bad-connection-file` (usage). */
export function readConnectionFile(path: string): ConnectionFile {
  const refuse = (why: string, cause?: unknown): never => {
    throw new KitError('bad-connection-file', english(`${path}: ${why}`), {
      fault: 'usage',
      hint: english(
        'Jupyter writes this file and starts the kernel: open a notebook and choose the kernel there.',
      ),
      cause,
    });
  };
  let given: unknown;
  try {
    given = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    return refuse(error instanceof Error ? error.message : String(error), error);
  }
  const parsed = CONNECTION.safeParse(given);
  if (!parsed.success) return refuse('not a connection file of Jupyter', parsed.error);
  if (parsed.data.signature_scheme !== 'hmac-sha256')
    return refuse(`the signature scheme ${parsed.data.signature_scheme} is not known`);
  return parsed.data;
}

export function endpointOf(file: ConnectionFile, channel: ChannelName): string {
  const number = file[`${channel}_port`];
  return file.transport === 'ipc' ? `ipc://${file.ip}-${number}` : `tcp://${file.ip}:${number}`;
}
