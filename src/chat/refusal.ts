import { KitError } from '../bytes/index.ts';
import type { Status } from '../wire/index.ts';

/** What to do about each status: the next step that an error shows. */
const NEXT_STEP: Record<Status, string> = {
  ok: 'Nothing is wrong.',
  'bad-packet':
    'Check that both sides speak the same protocol (--protocol), and look at the bytes with .wire on.',
  'unknown-operation': 'The server does not know this operation; check its protocol description.',
  'unknown-client': 'Ask for the list of clients: numbers are never used twice.',
  'receiver-gone': 'The receiver disconnected before it had the text; ask for the list and send again.',
  'receiver-slow': 'The receiver does not read its connection at present; try again later.',
  'text-too-long': 'Send a shorter text, or several.',
  'name-taken': 'Choose another name.',
  'bad-name': 'A name has 1 to 64 bytes and no control characters.',
  'too-many-clients': 'The server is full; try again later, or start it with a higher --max-clients.',
  'too-many-requests': 'Wait for answers before you send more.',
  'too-slow': 'Read the connection faster; the server keeps a bounded queue for each client.',
  idle: 'Send something now and then, a heartbeat for example.',
  'shutting-down': 'The server is going down; connect again when it is back.',
  refused: 'The server refused without saying why; look at its log.',
  internal: 'The server failed; look at its log.',
  'bad-token': 'Ask whoever runs the server for the token of the class, and give it with --token.',
};

/** The error that a peer's status stands for. `code` is the status itself. */
export function refusal(status: Status, text: string): KitError {
  return new KitError(status, text === '' ? `the server refused: ${status}` : text, {
    fault: 'peer',
    hint: NEXT_STEP[status],
  });
}
