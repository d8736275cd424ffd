import { KitError, text } from '../bytes/index.ts';
import { type Channel, formatEndpoint } from './channel.ts';
import { Client } from './client.ts';
import type { ConnectOptions } from './client-types.ts';
import { nodeTransport } from './node-transport.ts';

/**
 * Connects to a server. Resolves when the handshake is done and, where the protocol greets, the greeting is there.
 *
 * Listeners that are attached in the turn in which the promise resolves miss nothing: what comes before is told to them,
 * and texts among it are confirmed only then.
 *
 * @throws KitError (peer): `connection-refused`, `unreachable`, `unknown-host`, `connect-timeout`, `aborted`; what the
 * server says when it does not want us (`too-many-clients`, `name-taken`); `bad-packet` when it does not speak this
 * protocol; `flooded` when it sends megabytes of texts before it is done with our name.
 */
export async function connect(options: ConnectOptions): Promise<Client> {
  const { host, port, noDelay = true, connectTimeoutMs = 10_000, transport = nodeTransport } = options;
  const timeout = new AbortController();
  const timer = setTimeout(() => timeout.abort(), connectTimeoutMs);
  const signal =
    options.signal === undefined ? timeout.signal : AbortSignal.any([options.signal, timeout.signal]);
  let client: Client | undefined;
  try {
    const channel: Channel = await transport.dial({
      host,
      port,
      noDelay,
      signal,
      ...(options.localAddress === undefined ? {} : { localAddress: options.localAddress }),
      ...(options.localPort === undefined ? {} : { localPort: options.localPort }),
    });
    client = new Client(channel, options);
    if (options.protocol.greets === 'always') await client.greeted(signal);
    // A protocol without names has clients without names.
    const name = options.protocol.can('hello.request') ? (options.name ?? '') : '';
    if (name !== '') await client.rename(name, { signal });
    const connected = client;
    // Behind everything that the caller does when this function's promise resolves.
    setImmediate(() => connected.release());
    return connected;
  } catch (error) {
    const given = error instanceof KitError && error.code === 'aborted';
    // A server that refuses our name is told goodbye; one that says nothing would not hear it.
    if (given) client?.reset();
    else void client?.disconnect();
    if (!given || options.signal?.aborted === true) throw error;
    const what =
      client === undefined
        ? text('did not answer', '没有回应')
        : text('accepted the connection and did not greet', '接受了连接，但没有发来问候语');
    const where = formatEndpoint({ address: host, port });
    throw new KitError(
      'connect-timeout',
      text(
        `${where} ${what.en} within ${connectTimeoutMs} ms`,
        `${where} 在 ${connectTimeoutMs} 毫秒内${what.zh}`,
      ),
      {
        fault: 'peer',
        hint:
          client === undefined
            ? text(
                'Check the address, the cable and the firewall, or whether the server still accepts.',
                '请检查地址、网线和防火墙，以及服务器是否还在接受连接。',
              )
            : text(
                'The server is busy or stopped, or speaks another protocol (--protocol).',
                '服务器繁忙或已暂停，或使用另一个协议（--protocol）。',
              ),
        cause: error,
      },
    );
  } finally {
    clearTimeout(timer);
  }
}
