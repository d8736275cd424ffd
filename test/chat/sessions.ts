import type { Session } from '../../src/chat/index.ts';
import { clientId, epochMs, type Message, type Status } from '../../src/wire/index.ts';

/** An outlet that keeps what it is told; the test says how much of it a kernel would have taken. */
export class RecordingOutlet {
  readonly heard: Message[] = [];
  readonly hungUp: Status[] = [];
  parted = false;
  saidBytes = 0;
  unsentBytes = 0;

  say(message: Message): undefined {
    this.heard.push(message);
    this.saidBytes += 10;
    return undefined;
  }

  awaitEnd(): void {
    this.parted = true;
  }

  hangUp(status: Status): void {
    this.hungUp.push(status);
  }
}

export function session(id: number, outlet = new RecordingOutlet()): Session & { outlet: RecordingOutlet } {
  return {
    id: clientId(id),
    address: '10.0.0.1',
    port: 40_000 + id,
    since: epochMs(0),
    outlet,
    name: '',
    probedAtMs: -1,
    heardAtMs: 0,
    requests: 0,
    unconfirmed: 0,
    incoming: undefined,
  };
}
