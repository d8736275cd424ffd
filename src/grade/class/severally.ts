import { english, KitError } from '../../bytes/index.ts';

/** `width` at once, until all are done or `signal` says stop. */
export async function severally<T>(
  queue: T[],
  width: number,
  one: (item: T) => Promise<void>,
  signal?: AbortSignal,
): Promise<void> {
  const worker = async (): Promise<void> => {
    for (let item = queue.shift(); item !== undefined && signal?.aborted !== true; item = queue.shift())
      await one(item);
  };
  await Promise.all(Array.from({ length: Math.min(width, queue.length) }, worker));
}

/** Throws KitError `interrupted`, with how far it came. */
export function stopIfAsked(signal: AbortSignal | undefined, how: string): void {
  if (signal?.aborted !== true) return;
  throw new KitError('interrupted', english(`interrupted: ${how}`), {
    fault: 'usage',
    hint: english('The same command goes on where it was.'),
  });
}
