import { KitError, text } from '../bytes/index.ts';
import type { ClientEntry, ClientId } from '../wire/index.ts';
import type { FieldsOf } from './calls.ts';
import type { ClientConnection } from './client-connection.ts';
import type { CallOptions, SendOutcome } from './client-types.ts';

/** How long an error about a text may take where success has no answer. */
const SILENCE_MS = 500;

type List = (options: CallOptions) => Promise<readonly ClientEntry[]>;

/**
 * How a client sends a text, in protocols that number clients and in such that know them by where they are; with an
 * answer and without. `list` asks the server who is there.
 */
export async function sendText(
  connection: ClientConnection,
  list: List,
  to: ClientId | number,
  words: string,
  options: CallOptions,
): Promise<{ outcome: SendOutcome }> {
  if (!Number.isInteger(to) || to < 0) {
    throw new KitError(
      'unknown-client',
      text(`${String(to)} is no client's number`, `${String(to)} 不是客户端的编号`),
      {
        fault: 'usage',
        hint: text('Ask for the list: await list().', '请查看列表：await list()。'),
      },
    );
  }
  const numbered = connection.protocol.carries('send.request', 'to');
  const place = numbered ? { toAddress: '', toPort: 0 } : placeOf(to, await list(options));
  const fields = { to: to as ClientId, ...place, text: words };
  if (!connection.protocol.can('send.response')) return sendUnanswered(connection, fields, options);
  const { outcome } = await connection.ask('send.request', 'send.response', fields, options);
  return { outcome };
}

/** Where only failure has an answer: none within a while is all that a sender can know of success. */
async function sendUnanswered(
  connection: ClientConnection,
  fields: FieldsOf<'send.request'>,
  options: CallOptions,
): Promise<{ outcome: SendOutcome }> {
  const timeoutMs = Math.min(options.timeoutMs ?? SILENCE_MS, SILENCE_MS);
  try {
    await connection.ask('send.request', 'send.response', fields, { ...options, timeoutMs });
  } catch (error) {
    if (!(error instanceof KitError) || error.code !== 'timeout') throw error;
  }
  return { outcome: 'unconfirmed' };
}

/** Where a client is, for protocols that address it so; they have no numbers in their packets. */
function placeOf(
  id: number,
  clients: readonly ClientEntry[],
): { readonly toAddress: string; readonly toPort: number } {
  const entry = clients.find((client) => client.id === id);
  if (entry !== undefined) return { toAddress: entry.address, toPort: entry.port };
  throw new KitError('unknown-client', text(`the list has no client ${id}`, `列表中没有客户端 ${id}`), {
    fault: 'peer',
    hint: text('Ask for the list: await list().', '请查看列表：await list()。'),
  });
}
