import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Deliveries } from '../../src/chat/deliveries.ts';
import type { Delivery, Party } from '../../src/chat/delivery.ts';
import { requestNumber } from '../../src/wire/index.ts';
import { session } from './sessions.ts';

const PEERS = 5;
const CONFIRM_MS = 100;

type Step =
  | { do: 'send'; from: number; to: number }
  | { do: 'confirm'; by: number; pick: number }
  | { do: 'leave'; who: number }
  | { do: 'wait'; ms: number };

const peer = fc.nat(PEERS - 1);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('send' as const), from: peer, to: peer }) },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('confirm' as const), by: peer, pick: fc.nat(1_000) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('leave' as const), who: peer }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.nat(80) }) },
);

function* incoming({ incoming: latest }: Party): Generator<Delivery> {
  for (let one = latest; one !== undefined; one = one.behind) yield one;
}

test('each text ends exactly once: confirmed by its receiver, abandoned, or expired; the counts agree', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
      const deliveries = new Deliveries();
      const peers = Array.from({ length: PEERS }, (_, i) => session(i));
      const open = new Set<Delivery>();
      let clockMs = 0;
      const at = (index: number) => peers[index] ?? session(99);
      for (const now of steps) {
        switch (now.do) {
          case 'send': {
            const number = deliveries.nextNumber();
            expect(number).not.toBe(0);
            const delivery: Delivery = {
              number,
              sender: at(now.from),
              request: requestNumber(1),
              receiver: at(now.to),
              deadlineMs: clockMs + CONFIRM_MS,
              endsAt: 0,
              before: undefined,
              behind: undefined,
            };
            deliveries.open(delivery);
            open.add(delivery);
            break;
          }
          case 'confirm': {
            const picked = [...open][now.pick % Math.max(1, open.size)];
            if (picked === undefined) break;
            const by = at(now.by);
            const confirmed = deliveries.confirm(by, picked.number);
            expect(confirmed).toBe(by === picked.receiver ? picked : undefined);
            if (confirmed !== undefined) open.delete(confirmed);
            break;
          }
          case 'leave': {
            const lost = deliveries.abandon(at(now.who));
            expect(new Set(lost)).toEqual(new Set([...open].filter((d) => d.receiver === at(now.who))));
            for (const delivery of lost) open.delete(delivery);
            break;
          }
          case 'wait': {
            clockMs += now.ms;
            const expired = deliveries.expire(clockMs);
            expect(new Set(expired)).toEqual(new Set([...open].filter((d) => d.deadlineMs <= clockMs)));
            for (const delivery of expired) open.delete(delivery);
            break;
          }
        }
        expect(deliveries.size).toBe(open.size);
        for (const one of peers) {
          expect(one.unconfirmed).toBe([...open].filter((d) => d.sender === one).length);
          expect([...incoming(one)].reverse()).toEqual([...open].filter((d) => d.receiver === one));
        }
      }
    }),
  );
});
