import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Registry, type Session } from '../../src/chat/index.ts';
import { clientId } from '../../src/wire/index.ts';
import { session } from './sessions.ts';

const NAMES = ['ann', 'Ann', 'bob', 'Ｂob', '李雷'];
const looksLike = (name: string): string => name.normalize('NFKC').toLowerCase();

const step = fc.oneof(
  fc.constant({ do: 'join' as const }),
  fc.record({ do: fc.constant('leave' as const), pick: fc.nat(100) }),
  fc.record({ do: fc.constant('name' as const), pick: fc.nat(100), name: fc.constantFrom(...NAMES) }),
);

test('numbers only grow, a name has one owner, pages hold each client once and in order', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 100 }), fc.integer({ min: 1, max: 7 }), (steps, pageSize) => {
      const registry = new Registry();
      let present: Session[] = [];
      let highest = 0;
      for (const now of steps) {
        if (now.do === 'join') {
          const one = session(registry.nextId());
          expect(one.id).toBeGreaterThan(highest);
          highest = one.id;
          registry.add(one);
          present.push(one);
          continue;
        }
        const one = present[now.pick % Math.max(1, present.length)];
        if (one === undefined) continue;
        if (now.do === 'leave') {
          registry.remove(one);
          registry.remove(one);
          present = present.filter((other) => other !== one);
        } else {
          const before = one.name;
          const taken = present.some(
            (other) => other !== one && looksLike(other.name) === looksLike(now.name),
          );
          expect(registry.rename(one, now.name)).toBe(!taken);
          expect(one.name).toBe(taken ? before : now.name);
        }
      }
      expect([...registry.all()]).toEqual(present);
      expect(registry.size).toBe(present.length);
      for (const one of present) {
        expect(registry.get(one.id)).toBe(one);
        expect(registry.at(one.address, one.port)).toBe(one);
      }
      const listed = [];
      for (let page = registry.page(clientId(0), pageSize); ;) {
        expect(page.clients.length).toBeLessThanOrEqual(pageSize);
        listed.push(...page.clients);
        if (!page.more) break;
        page = registry.page(listed.at(-1)?.id ?? clientId(0), pageSize);
      }
      expect(listed).toEqual(present.map(({ id, address, port, name }) => ({ id, address, port, name })));
    }),
  );
});
