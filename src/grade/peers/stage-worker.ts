/** The frame of a process that grades on a stage: its orders are an argument, and it tells its command over IPC. */
import type { z } from 'zod';
import { failureWords } from '../../bytes/index.ts';
import type { FailedNews } from './news.ts';

/** Sends one message to the command that started this process, and waits until it is on its way. */
export type Tell<T> = (news: T) => Promise<void>;

const tell = (news: object): Promise<void> =>
  new Promise((resolve) => {
    if (process.send === undefined) resolve();
    else process.send(news, () => resolve());
  });

/** Does the work as ordered; whatever it throws is told as news, `failed`. Then nothing keeps this process any more. */
export async function workOnStage<O extends z.ZodType, T extends object>(
  orders: O,
  work: (orders: z.infer<O>, tell: Tell<T>) => Promise<void>,
): Promise<void> {
  try {
    await work(orders.parse(JSON.parse(process.argv[2] ?? '')), tell);
  } catch (error) {
    await tell({ news: 'failed', ...failureWords(error) } satisfies FailedNews);
  }
  process.disconnect?.();
}
