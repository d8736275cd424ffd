import { text } from '../../src/check/index.ts';
import type { Run } from '../../src/lab/index.ts';

const HOST = 'machine';
const STEP = text('netcat', 'netcat');
const STEPS = 4;

export async function scenario(run: Run): Promise<void> {
  await noteVersion(run);
  const { port, clientName } = run.variant;
  const address = run.loopback(HOST);
  const source = run.sourceAddress(HOST);
  const from = source === undefined ? [] : ['-s', source];
  const line = `${clientName} says ${run.number('textNumber')}`;
  const host = run.world.host(HOST);
  run.progress(STEP, 0, STEPS);
  const watcher = await watch(run);

  await run.phase('refused', {}, async (facts) => {
    const client = run.startProgram(HOST, 'nc-too-early', ['nc', '-n', '-v', ...from, address, String(port)]);
    facts['exitCode'] = (await client.process.ended).code ?? -1;
    run.snapshot('refused');
  });
  run.progress(STEP, 1, STEPS);

  await run.phase('line', { line }, async (facts) => {
    // Its standard input stays open: what ends it is the other side's FIN.
    const command = ['nc', '-n', '-v', '-l', address, String(port)];
    const server = run.startProgram(HOST, 'nc-server', command, 'pipe');
    const listens = (row: { state: string; localPort: number }): boolean =>
      row.state === 'LISTEN' && row.localPort === port;
    await run.untilSocket(HOST, 'a listener', listens);
    run.snapshot('listening');
    const client = run.startProgram(
      HOST,
      'nc-client',
      ['nc', '-n', '-v', '-N', ...from, address, String(port)],
      'pipe',
    );
    const established = (row: { state: string; remotePort: number }): boolean =>
      row.state === 'ESTABLISHED' && row.remotePort === port;
    await run.untilSocket(HOST, 'a connection', established);
    const clientPort = host.readSockets().find(established)?.localPort ?? 0;
    facts['clientPort'] = clientPort;
    await run.until('the server has accepted', () => server.lines.some((each) => each.includes('received')));
    run.snapshot('connected');
    run.progress(STEP, 2, STEPS);
    run.note(HOST, 'typed', { line });
    client.process.stdin?.write(`${line}\n`);
    await run.until('the server prints the line', () => server.lines.includes(line));
    run.snapshot('line arrived');
    run.note(HOST, 'end-of-input');
    client.process.stdin?.end();
    const [here, there] = await Promise.all([client.process.ended, server.process.ended]);
    facts['clientExit'] = here.code ?? -1;
    facts['serverExit'] = there.code ?? -1;
    await run.untilSocket(
      HOST,
      'TIME_WAIT',
      (row) => row.state === 'TIME_WAIT' && row.localPort === clientPort,
    );
    run.snapshot('over');
  });
  run.progress(STEP, 3, STEPS);
  await watcher.stop();
  run.progress(STEP, STEPS, STEPS);
}

/** Which netcat it is, in its own words; that it is OpenBSD's was looked at before the lab began (`needs`). */
async function noteVersion(run: Run): Promise<void> {
  const { stderr, stdout } = await run.world.host(HOST).exec('nc', ['-h']);
  const [first = ''] = `${stderr}${stdout}`.split('\n');
  run.note(HOST, 'netcat', { version: first });
}

/** A tcpdump that prints, as a student would have it in a third terminal, beside the one that writes a file. */
async function watch(run: Run): Promise<{ stop: () => Promise<void> }> {
  const filter = `tcp port ${run.variant.port}`;
  const command = ['tcpdump', '-l', '--immediate-mode', '-i', 'lo', '-XX', '-nn', '-vv', filter];
  const { process, lines } = run.startProgram(HOST, 'tcpdump', command);
  await run.until(
    'the printing tcpdump listens',
    () => lines.some((line) => line.includes('listening on')) || process.end !== undefined,
  );
  return {
    stop: async () => {
      // The ACK of the last FIN is on the wire when the socket is in TIME_WAIT; its line comes a moment later.
      const printed = (): number => lines.filter((line) => /Flags \[F\.\]/.test(line)).length;
      await run.until('tcpdump has printed both FINs', () => printed() >= 2 || process.end !== undefined);
      await run.until('tcpdump has printed the last ACK', () => {
        const last = lines.findLast((line) => line.includes('Flags ['));
        return /Flags \[\.\]/.test(last ?? '') || process.end !== undefined;
      });
      await run.until('and its bytes', () => /0x0040:/.test(lines.at(-1) ?? '') || process.end !== undefined);
      process.kill('SIGINT');
      await process.ended;
    },
  };
}
