/** The prompt says who and where: `alice#3 127.0.0.1:5000> `. */
import { safeText } from '../../bytes/index.ts';
import { formatAddress } from '../address.ts';
import type { Session } from '../session.ts';

export function promptOf(session: Session): string {
  const where = formatAddress(session.target);
  switch (session.state) {
    case 'connected': {
      const id = session.client?.id ? `#${session.client.id}` : '';
      const who = safeText(session.name ?? '') + id;
      return `${who}${who && ' '}${where}> `;
    }
    case 'connecting':
      return `(connecting) ${where}> `;
    case 'lost':
      return `(lost) ${where}> `;
    case 'none':
      return '(not connected)> ';
  }
}
