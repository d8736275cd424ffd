import { expect, test } from 'vitest';
import { studentPort } from '../../src/chat/index.ts';

test.each([
  ['3200102312', 2312],
  ['1024', 1024],
  ['00009999', 9999],
])('%s has port %d', (id, port) => {
  expect(studentPort(id)).toBe(port);
});

test.each(['', '123', '32001023a2', '3200100080', '3200101023', '-12345', '１２３４５', '1'.repeat(21)])(
  '%j has none, and the error says what to do',
  (id) => {
    expect(() => studentPort(id)).toThrow(
      expect.objectContaining({
        code: 'bad-student-id',
        fault: 'usage',
        hint: expect.stringContaining('--port') as string,
      }),
    );
  },
);
