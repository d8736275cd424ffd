import { expect, test } from 'vitest';
import { DEFAULT_LIMITS, type Limits, Service, type Session } from '../../src/chat/index.ts';
import { clientId, epochMs, type Message, type MessageType, requestNumber } from '../../src/wire/index.ts';
import { RecordingOutlet } from './sessions.ts';

/** A service on a clock that the test moves. */
class Stage {
  clockMs = 0;
  readonly service: Service;

  constructor(limits: Partial<Limits> = {}, cannot: readonly MessageType[] = []) {
    this.service = new Service({
      can: (type) => !cannot.includes(type),
      numbered: true,
      pages: true,
      hostName: 'lab-pc',
      greeting: 'hi',
      now: () => epochMs(1_000_000 - this.clockMs),
      clockMs: () => this.clockMs,
      limits: { ...DEFAULT_LIMITS, ...limits },
    });
  }

  join(): { session: Session; outlet: RecordingOutlet } {
    const outlet = new RecordingOutlet();
    const session = this.service.join(outlet, '10.0.0.1', 1 + this.service.clients.size);
    if ('refused' in session) throw new Error(session.text);
    return { session, outlet };
  }

  send(from: Session, to: number, request = 1): void {
    const message: Message = {
      type: 'send.request',
      request: requestNumber(request),
      to: clientId(to),
      toAddress: '',
      toPort: 0,
      text: 'x',
    };
    this.service.receive(from, message);
  }
}

test('a text is forwarded when the kernel took it, even if later bytes wait', () => {
  const stage = new Stage({ confirmMs: 100 });
  const [ann, bob] = [stage.join(), stage.join()];
  stage.send(ann.session, bob.session.id);
  // Ten bytes of the text are out; what was said to bob behind it is not.
  bob.outlet.saidBytes += 500;
  bob.outlet.unsentBytes = 500;
  stage.clockMs = 100;
  stage.service.tick();
  expect(ann.outlet.heard).toMatchObject([{ type: 'send.response', outcome: 'forwarded' }]);
});

test('a text that the kernel did not take in time: receiver-slow', () => {
  const stage = new Stage({ confirmMs: 100 });
  const [ann, bob] = [stage.join(), stage.join()];
  stage.send(ann.session, bob.session.id);
  bob.outlet.unsentBytes = 1;
  stage.clockMs = 99;
  stage.service.tick();
  expect(ann.outlet.heard).toEqual([]);
  stage.clockMs = 100;
  stage.service.tick();
  expect(ann.outlet.heard).toMatchObject([{ type: 'error.response', status: 'receiver-slow' }]);
  expect(ann.session.unconfirmed).toBe(0);
});

test('a protocol without confirmations answers forwarded at once; one without answers says nothing', () => {
  const plain = new Stage({}, ['deliver.response']);
  const [ann, bob] = [plain.join(), plain.join()];
  plain.send(ann.session, bob.session.id);
  expect(ann.outlet.heard).toMatchObject([{ type: 'send.response', outcome: 'forwarded' }]);
  expect(bob.outlet.heard).toMatchObject([{ type: 'deliver.indication', request: 0 }]);

  const mute = new Stage({}, ['deliver.response', 'send.response', 'error.response']);
  const [carl, dora] = [mute.join(), mute.join()];
  mute.send(carl.session, dora.session.id);
  mute.send(carl.session, 99);
  expect(carl.outlet.heard).toEqual([]);
  expect(dora.outlet.heard).toHaveLength(1);
});

test('the idle limit goes by the clock that only grows, not by the time of day', () => {
  const stage = new Stage({ idleMs: 1_000 });
  const [ann, bob] = [stage.join(), stage.join()];
  stage.clockMs = 999;
  stage.service.receive(ann.session, { type: 'heartbeat.request', request: requestNumber(1) });
  stage.service.tick();
  expect([ann.outlet.hungUp, bob.outlet.hungUp]).toEqual([[], []]);
  stage.clockMs = 1_000;
  stage.service.tick();
  expect([ann.outlet.hungUp, bob.outlet.hungUp]).toEqual([[], ['idle']]);
});

test('a client that left gets nothing more, and its own texts are still accounted for', () => {
  const stage = new Stage({ confirmMs: 100 });
  const [ann, bob] = [stage.join(), stage.join()];
  stage.send(ann.session, bob.session.id);
  stage.service.leave(ann.session);
  stage.service.leave(ann.session);
  expect([stage.service.unconfirmed, ann.session.unconfirmed]).toEqual([1, 1]);
  const [delivery] = bob.outlet.heard;
  stage.service.receive(bob.session, {
    type: 'deliver.response',
    request: delivery?.request ?? requestNumber(0),
  });
  expect([stage.service.unconfirmed, ann.session.unconfirmed]).toEqual([0, 0]);
  stage.send(bob.session, ann.session.id);
  expect(bob.outlet.heard.at(-1)).toMatchObject({ type: 'error.response', status: 'unknown-client' });
});

test('settle answers every sender, once', () => {
  const stage = new Stage();
  const [ann, bob] = [stage.join(), stage.join()];
  for (let request = 1; request <= 3; request++) stage.send(ann.session, bob.session.id, request);
  stage.service.settle();
  stage.service.settle();
  stage.service.leave(bob.session);
  expect(ann.outlet.heard.map(({ type, request }) => `${type} ${request}`)).toEqual([
    'send.response 1',
    'send.response 2',
    'send.response 3',
  ]);
});

test('after its goodbye a client is not there for others any more, and the end is left to it', () => {
  const stage = new Stage();
  const [ann, bob] = [stage.join(), stage.join()];
  stage.service.receive(ann.session, {
    type: 'bye.indication',
    request: requestNumber(0),
    status: 'ok',
    text: '',
  });
  expect([ann.outlet.parted, ann.outlet.hungUp]).toEqual([true, []]);
  stage.send(bob.session, ann.session.id);
  expect(bob.outlet.heard).toMatchObject([{ type: 'error.response', status: 'unknown-client' }]);
});
