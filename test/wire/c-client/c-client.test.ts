import { execFile, execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect } from 'vitest';
import { Server } from '../../../src/net/index.ts';
import { cHeader, loadProtocol } from '../../../src/wire/index.ts';
import { testUnless } from '../../helpers/skip.ts';
import { tempFolder } from '../../helpers/temp.ts';

const noCompiler = spawnSync('cc', ['--version']).error ? 'no cc' : undefined;
const run = promisify(execFile);

/** Clients in C, compiled against the generated header, and our server. */
describe('a client in C', () => {
  const talk = (name: string, expected: readonly string[]): void =>
    testUnless(noCompiler, `talks ${name} with our server`, async () => {
      const protocol = loadProtocol(name);
      const folder = tempFolder();
      writeFileSync(join(folder, `${name}.h`), cHeader(protocol.description));
      copyFileSync(fileURLToPath(new URL(`${name}.c`, import.meta.url)), join(folder, `${name}.c`));
      const options = ['-Wall', '-Wextra', '-Werror', '-std=c11', '-O1', '-o', 'client', `${name}.c`];
      execFileSync('cc', options, { cwd: folder });
      const server = await Server.listen({ protocol, port: 0, hostName: 'lab-pc', greeting: 'welcome' });
      try {
        const { stdout } = await run(join(folder, 'client'), [String(server.local.port)], {
          timeout: 20_000,
        });
        expect(stdout.trimEnd().split('\n').sort()).toEqual([...expected].sort());
      } finally {
        await server.close(0);
      }
    });

  talk('clp', [
    'hello welcome',
    'time is plausible',
    'name lab-pc',
    'list 1, first is us',
    'text hello from C',
    'sent delivered',
  ]);
  talk('struct264', [
    'time is plausible',
    'name lab-pc',
    'list 127.0.0.1',
    'text hello from C',
    'error no this port',
  ]);
});
