import { chmodSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { EXIT } from '../../src/bytes/index.ts';
import { findProgram } from '../../src/host/programs.ts';
import { EvidenceFiles } from './evidence-files.ts';
import { chatLab, isRoot, scratch } from '../helpers/lab.ts';
import { resultOf } from '../helpers/lab-suite.ts';
import { testUnless } from '../helpers/skip.ts';

/** Labs look in /usr/sbin whatever PATH says, so programs are hidden by a mount that only this command sees. */
const noMounts =
  process.platform !== 'linux' ? 'needs Linux' : isRoot ? undefined : 'mounting over a program needs root';

const fileOf = (program: string): string => realpathSync(findProgram(program) ?? '/nonexistent');
const missing = ['nc', 'nginx', 'curl', 'php-fpm'].filter((name) => findProgram(name) === undefined);
const notHere = missing.length === 0 ? noMounts : `not installed: ${missing.join(', ')}`;

/** Puts `cover` over each file, in a mount namespace of the command's own. */
const covered = (files: readonly string[], cover: string): string[] => [
  ...['unshare', '-m', 'sh', '-c'],
  'cover=$1; shift; while [ "$1" != -- ]; do mount --bind "$cover" "$1" || exit 9; shift; done; shift; exec "$@"',
  ...['sh', cover, ...files, '--'],
];

describe('a lab whose program this machine does not have', () => {
  testUnless(
    notHere,
    'is skipped: every check with the name of the package, a report that says so, exit code 3',
    async () => {
      const directory = join(scratch(), 'runs');
      const files = ['nc', 'nginx', 'curl', 'php-fpm'].map(fileOf);
      const { code, stdout, stderr } = await chatLab(['run', '9', '10', '11', '--out', directory], {
        launcher: covered(files, '/dev/null'),
      });
      expect({ code, stderr }).toMatchObject({ code: 3 });
      for (const [lab, packages] of [
        ['09-netcat', 'apt-get install netcat-openbsd'],
        ['10-http-keepalive', 'apt-get install nginx curl'],
        ['11-fastcgi', 'apt-get install nginx php-fpm curl'],
      ] as const) {
        const { verdicts, complete } = resultOf(join(directory, lab));
        expect(complete).toBe(true);
        expect(verdicts.length).toBeGreaterThan(0);
        for (const { verdict, actual } of verdicts) {
          expect(verdict).toBe('skipped');
          expect(actual.en).toContain(packages);
        }
        expect(readFileSync(join(directory, lab, 'report.md'), 'utf8')).toContain(packages);
        expect(stdout).toContain(packages);
      }
    },
    120_000,
  );

  testUnless(
    notHere,
    'or has another one of that name: skipped, and what that one says of itself',
    async () => {
      const other = join(scratch(), 'nc');
      writeFileSync(
        other,
        '#!/bin/sh\necho "GNU netcat 0.7.1, a rewrite of the famous networking tool." >&2\n',
      );
      chmodSync(other, 0o755);
      const directory = join(scratch(), 'run');
      const { code, stderr } = await chatLab(['run', '9', '--out', directory], {
        launcher: covered([fileOf('nc')], other),
      });
      expect({ code, stderr }).toMatchObject({ code: 3 });
      for (const { verdict, actual } of resultOf(directory).verdicts) {
        expect(verdict).toBe('skipped');
        expect(actual.en).toMatch(/nc is another program here.*GNU netcat 0\.7\.1.*netcat-openbsd/);
      }
    },
    120_000,
  );

  testUnless(
    notHere,
    'or one that never does what the lab waits for: ends with what it saw, every verdict is error, exit code 3 or 70',
    async () => {
      const idle = join(scratch(), 'nc');
      writeFileSync(
        idle,
        '#!/bin/sh\ncase " $* " in\n*" -h "*) echo "OpenBSD netcat" >&2 ;;\n*" -l"*) exec sleep 1000 ;;\nesac\nexit 1\n',
      );
      chmodSync(idle, 0o755);
      const directory = join(scratch(), 'run');
      const { code, stderr } = await chatLab(['run', '9', '--out', directory], {
        launcher: covered([fileOf('nc')], idle),
      });
      expect([EXIT.machine, EXIT.kit]).toContain(code);
      expect(stderr).toMatch(/waited \d+ ms in vain/);
      const { verdicts, complete } = resultOf(directory);
      expect(complete).toBe(false);
      expect(new Set(verdicts.map(({ verdict }) => verdict))).toEqual(new Set(['error']));
      // What was seen until then is there: both hosts were captured.
      expect(new EvidenceFiles(directory).bytes('machine.pcap').length).toBeGreaterThanOrEqual(24);
    },
    200_000,
  );
});
