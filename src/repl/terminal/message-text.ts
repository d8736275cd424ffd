/** A message that came in, as one harmless line. */
import { safeText } from '../../bytes/index.ts';
import type { IncomingText } from '../../net/index.ts';
import type { ClientId } from '../../wire/index.ts';
import { formatAddress } from '../address.ts';
import type { Paint } from '../paint.ts';
import type { Session } from '../session.ts';

export function messageText(message: IncomingText, to: ClientId, session: Session, paint: Paint): string {
  const known = session.known.find((client) => client.id === message.from);
  const who = message.from === 0 ? [] : [`client ${message.from}`];
  const name = known?.name ? [`"${safeText(known.name)}"`] : [];
  const where = message.fromAddress
    ? [safeText(formatAddress({ host: message.fromAddress, port: message.fromPort }))]
    : [];
  const receiver = to === session.client?.id ? '' : ` to ${to}`;
  return `${paint.cyan(`[${[...who, ...name, ...where].join(' ')}${receiver}]`)} ${safeText(message.text)}`;
}
