import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { KitError } from '../../src/bytes/index.ts';
import { Requests } from '../../src/chat/index.ts';
import { epochMs, type Message, type RequestNumber, requestNumber } from '../../src/wire/index.ts';

/** What was asked, and what became of it. */
interface Asked {
  readonly type: 'time' | 'name';
  readonly number: RequestNumber;
  got: string;
}

function ask(requests: Requests, type: Asked['type']): Asked {
  const asked: { -readonly [K in keyof Asked]: Asked[K] } = { type, number: requestNumber(0), got: '' };
  asked.number = requests.open(
    `${type}.request`,
    (answer) => (asked.got += answer.type === 'time.response' ? `time ${answer.time}` : answer.type),
    (error: KitError) => (asked.got += error.code),
  );
  return asked;
}

const answerTo = (type: Asked['type'], request: RequestNumber, value: number): Message =>
  type === 'time'
    ? { type: 'time.response', request, time: epochMs(value) }
    : { type: 'name.response', request, name: String(value) };

type Step =
  | { do: 'ask'; type: Asked['type'] }
  | { do: 'answer' | 'refuse' | 'abandon' | 'withdraw'; pick: number }
  | { do: 'stray'; number: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('ask' as const), type: fc.constantFrom('time', 'name') }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constantFrom('answer' as const, 'refuse', 'abandon', 'withdraw'),
      pick: fc.nat(1_000),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('stray' as const), number: fc.nat(1_000_000) }) },
);

test('with numbers: whatever the order, each answer reaches its own request, once', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const requests = new Requests(true);
      const open = new Map<RequestNumber, Asked>();
      const given = new Set<RequestNumber>();
      const all: { asked: Asked; wanted: string }[] = [];
      const finish = (asked: Asked, wanted: string): void => {
        open.delete(asked.number);
        all.push({ asked, wanted });
      };
      for (const now of steps) {
        if (now.do === 'ask') {
          const asked = ask(requests, now.type);
          expect(open.has(asked.number)).toBe(false);
          open.set(asked.number, asked);
          continue;
        }
        if (now.do === 'stray') {
          const number = requestNumber(now.number);
          if (open.has(number) || given.has(number)) continue;
          expect(requests.answer(answerTo('time', number, 0))).toBe('stray');
          continue;
        }
        const asked = [...open.values()][now.pick % Math.max(1, open.size)];
        if (asked === undefined) continue;
        switch (now.do) {
          case 'answer':
            expect(requests.answer(answerTo(asked.type, asked.number, now.pick))).toBe('answered');
            finish(asked, asked.type === 'time' ? `time ${now.pick}` : 'name.response');
            expect(requests.answer(answerTo(asked.type, asked.number, 0))).toBe('stray');
            break;
          case 'refuse':
            expect(
              requests.answer({ type: 'error.response', request: asked.number, status: 'refused', text: '' }),
            ).toBe('answered');
            finish(asked, 'refused');
            break;
          case 'abandon':
            requests.abandon(asked.number);
            given.add(asked.number);
            finish(asked, '');
            break;
          case 'withdraw':
            requests.withdraw(asked.number);
            finish(asked, '');
            break;
        }
        expect(requests.size).toBe(open.size);
      }
      // The answer to an abandoned request is late, once.
      for (const number of given) {
        expect(requests.answer(answerTo('time', number, 0))).toBe('late');
        expect(requests.answer(answerTo('time', number, 0))).toBe('stray');
      }
      for (const asked of [...open.values()]) finish(asked, 'connection-lost');
      requests.failAll(refusedBy('connection-lost'));
      for (const { asked, wanted } of all) expect(asked.got).toBe(wanted);
      expect(requests.size).toBe(0);
    }),
  );
});

test('without numbers: answers of one operation belong to requests in their order, abandoned ones among them', () => {
  fc.assert(
    fc.property(
      fc.array(fc.record({ type: fc.constantFrom('time' as const, 'name' as const), lives: fc.boolean() })),
      (plan) => {
        const requests = new Requests(false);
        const asked = plan.map(({ type }) => ask(requests, type));
        asked.forEach(({ number }, i) => {
          if (plan[i]?.lives === false) requests.abandon(number);
        });
        for (const [i, { type }] of plan.entries()) {
          expect(requests.answer(answerTo(type, requestNumber(0), i))).toBe('answered');
        }
        asked.forEach(({ type, got }, i) => {
          const wanted = type === 'time' ? `time ${i}` : 'name.response';
          expect(got).toBe(plan[i]?.lives === true ? wanted : '');
        });
        expect(requests.answer(answerTo('time', requestNumber(0), 0))).toBe('stray');
      },
    ),
  );
});

test('without numbers: a request that could not be sent keeps no place', () => {
  const requests = new Requests(false);
  const first = ask(requests, 'time');
  const second = ask(requests, 'time');
  requests.withdraw(first.number);
  requests.answer(answerTo('time', requestNumber(0), 5));
  expect([first.got, second.got]).toEqual(['', 'time 5']);
});

test('where a text that arrives has no answer, an error is about a text and about nothing else', () => {
  const requests = new Requests(false, true);
  const time = ask(requests, 'time');
  const error: Message = { type: 'error.response', request: requestNumber(0), status: 'refused', text: '' };
  expect(requests.answer(error)).toBe('stray');
  let failed = '';
  requests.open(
    'send.request',
    () => undefined,
    ({ code }) => (failed = code),
  );
  expect(requests.answer(error)).toBe('answered');
  expect([time.got, failed]).toEqual(['', 'refused']);
});

function refusedBy(code: string): KitError {
  return Object.assign(new Error(code), { code }) as unknown as KitError;
}
