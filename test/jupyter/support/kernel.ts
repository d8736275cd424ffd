/** A kernel with the options that stand, as JSON, in the argument. Exit code: the kernel's; 70 when it broke. */
import { type KernelOptions, runKernel } from '../../../src/jupyter/kernel.ts';

const options = JSON.parse(process.argv[2] ?? '') as KernelOptions;
process.exit(
  await runKernel(options).catch((error: unknown) => {
    process.stderr.write(`${String(error)}\n`);
    return 70;
  }),
);
