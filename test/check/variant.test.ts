import fc from 'fast-check';
import { expect, test } from 'vitest';
import { variantOf } from '../../src/check/variant.ts';

test('without a student it is the plain one', () => {
  expect(variantOf(undefined, 5264)).toEqual({
    student: null,
    port: 5264,
    subnet: '10.77.0.0/24',
    clientName: 'client',
  });
});

test('neighbours in the class list get different subnets', () => {
  const subnets = Array.from(
    { length: 20 },
    (_, index) => variantOf(String(3_200_102_300 + index), 2300).subnet,
  );
  expect(new Set(subnets).size).toBe(20);
});

test('every number has a subnet of its own kind, always the same', () => {
  fc.assert(
    fc.property(fc.stringMatching(/^\d{4,20}$/), (id) => {
      const { subnet } = variantOf(id, 2000);
      expect(subnet).toMatch(/^10\.77\.(2\d|[3-9]\d|1\d\d|20\d|21\d)\.0\/24$/);
      expect(variantOf(id, 2000).subnet).toBe(subnet);
    }),
  );
});

test.each(['', 'abc', '123', '12345678901234567890123', '3200;rm'])('%j is no student number', (id) => {
  expect(() => variantOf(id, 2000)).toThrow(expect.objectContaining({ code: 'bad-student-id' }));
});
