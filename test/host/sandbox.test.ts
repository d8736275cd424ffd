/** What an honest program finds in the sandbox; what a hostile one does not is in test/grade/class.test.ts. */
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { describe, expect, test } from 'vitest';
import { findProgram } from '../../src/host/index.ts';
import { runSandboxed, SANDBOX_LIMITS } from '../../src/host/sandbox.ts';
import { scratch } from '../helpers/lab.ts';

const probe = await execa('bwrap', ['--unshare-all', '--ro-bind', '/', '/', 'true'], { reject: false });
const why = probe.exitCode === 0 ? '' : ` (skipped: bubblewrap cannot: ${probe.stderr.slice(0, 200)})`;
const noJava = findProgram('javac') === undefined ? ' (skipped: no javac)' : '';

function submitted(files: Record<string, string>): string {
  const folder = scratch();
  chmodSync(folder, 0o755);
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
  return folder;
}

describe.skipIf(why !== '')(`a program in the sandbox${why}`, () => {
  test('finds localhost and its own name, as at home', async () => {
    const folder = submitted({});
    const { stdout, stderr, end } = await runSandboxed({ folder, limits: SANDBOX_LIMITS }, [
      ...['sh', '-c', 'getent ahosts localhost && getent ahosts "$(hostname)"'],
    ]);
    expect(end.code, stderr).toBe(0);
    const addresses = stdout.split('\n').map((line) => line.split(' ')[0]);
    expect(addresses).toEqual(expect.arrayContaining(['127.0.0.1', '127.0.1.1']));
  });

  test.skipIf(noJava !== '')(`a server in Java starts and answers${noJava}`, async () => {
    const folder = submitted({
      'Echo.java': `
import java.net.*;
public class Echo {
  public static void main(String[] words) throws Exception {
    try (ServerSocket listener = new ServerSocket(0)) {
      Socket client = new Socket("localhost", listener.getLocalPort());
      try (Socket server = listener.accept()) {
        server.getOutputStream().write(42);
        System.out.println("read " + client.getInputStream().read());
      }
    }
  }
}`,
    });
    const { stdout, stderr, end } = await runSandboxed({ folder, limits: SANDBOX_LIMITS }, [
      ...['sh', '-c', 'javac Echo.java && java Echo'],
    ]);
    expect(end.code, stderr).toBe(0);
    expect(stdout).toBe('read 42\n');
  });
});
