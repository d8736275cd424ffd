import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { testUnless } from '../helpers/skip.ts';
import { tempFolder } from '../helpers/temp.ts';
import { compareWithTshark } from './oracle.ts';
import { oddCapture } from './odd-segments.ts';
import { record, SCENES, whyNoScenes } from './scenes.ts';
import { whyNoTshark } from './tshark.ts';

const SEEDS = process.env['TCP_ODD_SEED'] === undefined ? [1, 2] : [Number(process.env['TCP_ODD_SEED'])];

for (const seed of SEEDS) {
  testUnless(
    whyNoTshark,
    `300 odd conversations (seed ${seed}) analysed as tshark does`,
    () => {
      const file = join(tempFolder(), 'odd.pcap');
      writeFileSync(file, oddCapture(seed, 300));
      const { segments, flags, differences } = compareWithTshark(file, true);
      expect(differences).toEqual([]);
      expect(segments).toBeGreaterThan(4000);
      // Every flag occurs, or the comparison would show nothing.
      expect(Object.keys(flags).sort()).toEqual([
        'ack_lost_segment',
        'duplicate_ack',
        'fast_retransmission',
        'keep_alive',
        'keep_alive_ack',
        'lost_segment',
        'out_of_order',
        'retransmission',
        'reused_ports',
        'spurious_retransmission',
        'window_full',
        'window_update',
        'zero_window',
        'zero_window_probe',
        'zero_window_probe_ack',
      ]);
    },
    60_000,
  );
}

const whyNot = whyNoTshark ?? whyNoScenes();
for (const scene of SCENES) {
  testUnless(
    whyNot,
    `a real ${scene} analysed as tshark does`,
    () => {
      const file = join(tempFolder(), 'scene.pcap');
      record(scene, file);
      const { segments, differences } = compareWithTshark(file);
      expect(segments).toBeGreaterThan(1);
      expect(differences).toEqual([]);
    },
    90_000,
  );
}
