import { KitError, text } from '../../bytes/index.ts';

/** Where the numbers of constants.ts and the layouts of sockaddr.ts and options.ts are right. */
const ARCHITECTURES: readonly string[] = ['x64', 'arm64'];

/**
 * Throws KitError `no-c-sockets` (machine) where the C socket API is not ours to call: the constants and structures
 * here are those of Linux on x86-64 and arm64, the same under glibc and musl (both take them from the kernel's ABI).
 */
export function needLinux(platform: string = process.platform, arch: string = process.arch): void {
  if (platform === 'linux' && ARCHITECTURES.includes(arch)) return;
  throw new KitError(
    'no-c-sockets',
    text(
      `the C socket API is there on Linux (x64, arm64) only; this is ${platform} ${arch}`,
      `C 套接字 API 只在 Linux（x64、arm64）上可用；这里是 ${platform} ${arch}`,
    ),
    {
      fault: 'machine',
      hint: text(
        'Leave --transport libc out: node:net does the same everywhere.',
        '请去掉 --transport libc：node:net 在各处都能做同样的事。',
      ),
    },
  );
}
