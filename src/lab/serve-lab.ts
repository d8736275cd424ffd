import type { z } from 'zod';
import { failureOf, report, type Testimony } from './testimony.ts';

/**
 * Does what the lab orders over the process's IPC channel, and reports of each order what came of it, behind the records
 * of how it went. The process lives as long as the lab does.
 */
export function serveLab<Order extends { readonly id: number }>(
  schema: z.ZodType<Order>,
  obey: (order: Order) => Promise<unknown>,
  testimony: Testimony,
): void {
  process.on('message', (message: unknown) => {
    const order = schema.parse(message);
    obey(order).then(
      (value) => {
        testimony.flush();
        report({ report: 'done', id: order.id, value: value ?? null });
      },
      (error: unknown) => {
        testimony.flush();
        report({ report: 'failed', id: order.id, error: failureOf(error) });
      },
    );
  });
  // The lab is gone, and so is the reason to live.
  process.on('disconnect', () => process.exit(0));
  report({ report: 'ready' });
}
