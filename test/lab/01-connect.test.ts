import { Buffer } from 'node:buffer';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect, test } from 'vitest';
import { findProgram } from '../../src/host/programs.ts';
import { labSuite, otherState, someLost } from '../helpers/lab-suite.ts';

const tshark = findProgram('tshark') === undefined ? ' (skipped: tshark is not installed)' : '';

await labSuite({
  lab: '01-connect',
  fromSources: true,
  forgeries: [
    someLost,
    {
      name: 'find a SYN-ACK that does not answer the SYN',
      change: (files) => {
        const bytes = Buffer.from(files.bytes('server.pcap'));
        // The first packet's record: 24 bytes of file header, 16 of record, 14 of Ethernet, 20 of IP; then the ports.
        bytes.writeUInt32BE(12_345, 24 + 16 + 14 + 20 + 4);
        files.set('server.pcap', bytes);
      },
      verdicts: { handshake: 'fail' },
    },
    otherState(
      'do not prefer one witness when kernel and packets disagree',
      'client-2 connected',
      'ESTABLISHED',
      'SYN_SENT',
      { states: 'ungradable' },
      'client',
    ),
    otherState('miss the listener', 'client-3 connected', 'LISTEN', 'CLOSE', { listening: 'fail' }, 'server'),
    {
      name: 'find a port that was not asked for',
      change: (files) =>
        files.manifest(({ phases }) => {
          const phase = phases.find(({ id }) => id === 'client-4');
          if (phase) phase.facts['bindPort'] = 19_999;
        }),
      verdicts: { ports: 'fail' },
    },
    {
      name: 'find a list that leaves a client out',
      change: (files) =>
        files.lines('calls.jsonl', (record) =>
          record['operation'] === 'list' && Array.isArray(record['value'])
            ? { ...record, value: record['value'].slice(1) }
            : record,
        ),
      verdicts: { 'four-tuples': 'fail' },
    },
  ],
  more: (directory) => {
    test.skipIf(tshark !== '')(`tshark sees the same SYNs${tshark}`, async () => {
      const { stdout } = await execa('tshark', [
        ...['-r', join(directory, 'client.pcap'), '-Y', 'tcp.flags.syn == 1 && tcp.flags.ack == 0'],
        ...['-T', 'fields', '-e', 'frame.number', '-e', 'tcp.seq_raw'],
      ]);
      const report = readFileSync(join(directory, 'report.md'), 'utf8');
      const rows = stdout.split('\n').map((line) => line.split('\t'));
      expect(rows).toHaveLength(4);
      for (const [frame = '', seq = ''] of rows) expect(report).toContain(`| ${frame} | SYN | ${seq} |`);
    });
  },
});
