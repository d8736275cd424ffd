import { type Client, connect, type ConnectOptions } from '../../net/index.ts';

/** Whether the port is the same number in either byte order: 0x8989, one port in 256. */
const readsTheSame = (port: number): boolean => port >> 8 === (port & 0xff);

/**
 * A client of ours for others to list, on a port that tells whether its bytes were swapped: a program that shows it in the
 * wrong byte order must not pass by chance. The kernel chooses ports, so it connects again when it has to.
 *
 * @throws what connecting throws.
 */
export async function connectUnlike(options: ConnectOptions): Promise<Client> {
  for (;;) {
    const client = await connect(options);
    if (!readsTheSame(client.local.port)) return client;
    await client.disconnect();
  }
}
