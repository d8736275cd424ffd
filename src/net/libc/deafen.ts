import { Buffer } from 'node:buffer';
import { cLibraryHere, functions, must } from './functions.ts';

/** One instruction of classic BPF: BPF_RET | BPF_K with 0, keep no byte of the packet (linux/filter.h). */
const KEEP_NOTHING = Buffer.from([0x06, 0, 0, 0, 0, 0, 0, 0]);

/**
 * Makes the kernel drop every segment that comes for this socket before TCP sees it (tcp_filter in the kernel's
 * tcp_v4_rcv; socket(7), SO_ATTACH_FILTER, which needs no privilege): none is acknowledged, the peer sends again and
 * again. False where the C library cannot be called.
 */
export async function deafen(descriptor: number): Promise<boolean> {
  if (!(await cLibraryHere())) return false;
  const libc = await functions();
  must(libc, 'setsockopt', libc.attachFilter(descriptor, KEEP_NOTHING));
  return true;
}
