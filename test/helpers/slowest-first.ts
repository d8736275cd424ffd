import { BaseSequencer, type TestSpecification } from 'vitest/node';

/**
 * The files that take longest, the longest first; those that grade many programs at once do not begin together. vitest
 * orders by what it saw in earlier runs, which a clean clone has not, and else by the size of the file: then the longest
 * begins somewhere in the middle, and one of the two cores has nothing to do at the end. What is not named here comes
 * behind, in vitest's own order; a name that is missing costs time, and one that is gone nothing.
 */
const SLOWEST = [
  'zoo/zoo',
  'jupyter/notebooks',
  'lab/batch',
  'tcp/trace-stream',
  'zoo/clients',
  'lab/05-time-wait',
  'lab/04-many-clients',
  'lab/03-time-100x',
  'grade/chatd',
  'package/pack',
  'lab/frozen',
  'bench/tiny',
  'grade/interop',
  'grade/class-peers',
  'harm/fuzz-input',
  'scripts/setup',
  'dash/top',
  'harm/lab-kills',
  'host/leftovers',
  'bin/chatd-background',
  'grade/class',
  'lab/12-dead-peer',
  'grade/notebook',
  'grade/machine-fails',
  'grade/class-notebook',
  'lab/lacking',
  'harm/planted-links',
  'bin/chatd-run',
  'harm/load',
  'repl/program',
  'lab/11-fastcgi',
  'harm/half-open',
  'jupyter/kernel',
  'lab/accidents',
  'jupyter/install',
  'lab/07-backlog',
  'tcp/wireshark',
  'lab/06-abnormal-exit',
  'lab/state-trace',
  'repl/terminal',
  'grade/server-fair',
  'host/capture',
  'lab/10-http-keepalive',
  'lab/02-commands',
  'lab/01-connect',
  'dash/hostile-top',
  'lab/variants',
  'wire/generated-descriptions',
  'tcp/hostile-trace',
  'jupyter/orphan',
  'harm/network-cut',
  'lab/15-loss',
  'host/loopback',
  'lab/08-teardown',
  'lab/14-zero-window',
  'lab/09-netcat',
  'lab/13-nagle-delayed-ack',
  'lab/17-framing',
  'harm/who-may-come-in',
  'lab/hostile-evidence',
  'repl/line-above',
  'lab/16-reset',
].map((name) => `/test/${name}.test.ts`);

export default class SlowestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const place = ({ moduleId }: TestSpecification): number => {
      const found = SLOWEST.findIndex((name) => moduleId.endsWith(name));
      return found === -1 ? SLOWEST.length : found;
    };
    return (await super.sort(files)).sort((a, b) => place(a) - place(b));
  }
}
