import { text } from '../../src/check/index.ts';
import type { Run } from '../../src/lab/index.ts';

/** The four connections by the way they end. */
export const ENDINGS = ['at-once', 'later', 'half-close', 'abort'] as const;
export type Ending = (typeof ENDINGS)[number];

const QUESTION = 'question from the client\n';
const ANSWER = 'answer of the server\n';

export async function scenario(run: Run): Promise<void> {
  const prompt = await run.startPeer('server', 'prompt-server');
  const patient = await run.startPeer('server', 'patient-server');
  const { address } = run.world.host('server');
  const port = run.variant.port;
  await prompt.listen(address, port, { habits: { answersFin: true } });
  await patient.listen(address, port + 1);
  const client = await run.startPeer('client', 'client');
  let accepted = 0;
  for (const [index, ending] of ENDINGS.entries()) {
    run.progress(text('closing', '关闭连接'), index, ENDINGS.length);
    const server = ending === 'at-once' ? prompt : patient;
    const serverPort = ending === 'at-once' ? port : port + 1;
    const there = ending === 'at-once' ? 1 : ++accepted;
    await run.phase(ending, { serverPort }, async (facts) => {
      const { connection, localPort } = await client.connect(address, serverPort);
      facts['clientPort'] = localPort;
      await server.until(there, 'open');
      await client.send(connection, { text: QUESTION });
      await server.until(there, 'bytes', QUESTION.length);
      await server.send(there, { text: ANSWER });
      await client.until(connection, 'bytes', ANSWER.length);
      run.snapshot(`${ending} open`);
      const own = (state: string) => (row: { localPort: number; remotePort: number; state: string }) =>
        row.localPort === localPort && row.remotePort === serverPort && row.state === state;
      if (ending === 'abort') {
        await client.abort(connection);
        await server.until(there, 'closed');
        run.snapshot(`${ending} over`);
        return;
      }
      await client.finish(connection);
      if (ending !== 'at-once') {
        await server.until(there, 'ended');
        await run.untilSocket('client', 'FIN_WAIT2', own('FIN_WAIT2'));
        run.snapshot(`${ending} waiting`);
        if (ending === 'half-close') {
          const lines = run.number('moreLines');
          for (let line = 1; line <= lines; line++) {
            await server.send(there, { text: ANSWER });
            await client.until(connection, 'bytes', (1 + line) * ANSWER.length);
          }
          facts['moreBytes'] = lines * ANSWER.length;
        }
        await server.finish(there);
      }
      await client.until(connection, 'closed');
      await run.untilSocket('client', 'TIME_WAIT', own('TIME_WAIT'));
      await run.untilSocket('server', 'its socket', (row) => row.remotePort === localPort, false);
      run.snapshot(`${ending} over`);
    });
  }
  run.progress(text('closing', '关闭连接'), ENDINGS.length, ENDINGS.length);
  for (const peer of [client, prompt, patient]) await run.end(peer);
}
