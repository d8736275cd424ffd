/** What the probe says where the kernel really refuses: the limits of a user namespace are its own to set. */
import { writeFile } from 'node:fs/promises';
import { mustExec, probeWorlds } from '../../../src/host/index.ts';

export default async function refused(args: { by: 'nothing' | 'limit' | 'masked proc' }) {
  switch (args.by) {
    case 'limit':
      await writeFile('/proc/sys/user/max_user_namespaces', '0');
      break;
    case 'masked proc':
      // As container engines do: with a part of it covered the kernel gives no fresh /proc.
      await mustExec([], ['mount', '-t', 'tmpfs', 'none', '/proc/tty']);
      break;
    default:
  }
  return probeWorlds();
}
