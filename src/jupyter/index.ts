export { installKernel, KERNEL_NAME, type KernelCommand, type Place } from './kernelspec.ts';
export { type KernelOptions, runKernel } from './kernel.ts';
