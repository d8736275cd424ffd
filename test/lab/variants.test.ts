import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { MANIFEST } from '../../src/check/manifest.ts';
import { probeWorlds } from '../../src/host/ability.ts';
import { variantOf } from '../../src/check/variant.ts';
import { studentPort } from '../../src/chat/index.ts';
import { labNames, loadLab } from '../../src/lab/find.ts';
import { parametersOf } from '../../src/lab/parameters.ts';
import { chatLab, scratch } from '../helpers/lab.ts';
import { resultOf } from '../helpers/lab-suite.ts';

const ability = await probeWorlds();
const skipped = ability.kind === 'namespaces' ? '' : ` (skipped: ${ability.why ?? 'no namespaces'})`;

const STUDENTS = ['3200102312', '3200105871'] as const;

describe.skipIf(skipped !== '')(`two students${skipped}`, () => {
  test('run the same lab at the same time, each with answers of his own, and the evidence says whose it is', async () => {
    const runs = await Promise.all(
      STUDENTS.map(async (student) => {
        const directory = join(scratch(), 'run');
        const { code } = await chatLab(['run', '1', '--student', student, '--out', directory]);
        expect(code).toBe(0);
        const manifest = MANIFEST.parse(JSON.parse(readFileSync(join(directory, 'evidence.json'), 'utf8')));
        const report = readFileSync(join(directory, 'report.md'), 'utf8');
        return { student, manifest, report, result: resultOf(directory) };
      }),
    );
    for (const { student, manifest, report, result } of runs) {
      expect(manifest.student).toBe(student);
      expect(result.student).toBe(student);
      expect(report).toContain(`Student ${student}`);
      // The custom of the course: the last four digits are the port.
      expect(manifest.parameters['port']).toBe(Number(student.slice(-4)));
      const address = manifest.hosts.find(({ name }) => name === 'server')?.address ?? '';
      expect(report).toContain(`${address}:${student.slice(-4)}`);
    }
    expect(new Set(runs.map(({ manifest }) => manifest.world.subnet)).size).toBe(2);
    expect(new Set(runs.map(({ manifest }) => manifest.runId)).size).toBe(2);
  }, 180_000);
});

/** A class: neighbours in the list, whose numbers differ in the last digits. */
const CLASS = Array.from({ length: 60 }, (_, index) => String(3_200_102_300 + index));

describe.each(labNames())('the variants of %s', (name) => {
  test('every number that varies does so within its range, and the lowest is that of nobody', async () => {
    const { file } = await loadLab(name);
    const varies = Object.entries(file.varies ?? {});
    expect(varies).not.toEqual([]);
    expect(parametersOf(file, null)).toEqual(file.parameters);
    for (const [parameter, most] of varies) {
      const low = Number(file.parameters[parameter]);
      const values = CLASS.map((student) => Number(parametersOf(file, student)[parameter]));
      expect(values.filter((value) => value < low || value > most || !Number.isInteger(value))).toEqual([]);
      // Each of a few values is somebody's; of many values most are different.
      expect(new Set(values).size).toBeGreaterThanOrEqual(Math.min(most - low + 1, 20));
    }
  });

  test('what the number makes of port, subnet, name and parameters is no two students’ in a class', async () => {
    const { file } = await loadLab(name);
    const made = CLASS.map((student) => {
      const { subnet, clientName, port } = variantOf(student, file.port ?? studentPort(student));
      return JSON.stringify([subnet, clientName, port, parametersOf(file, student)]);
    });
    expect(new Set(made).size).toBe(CLASS.length);
  });
});
