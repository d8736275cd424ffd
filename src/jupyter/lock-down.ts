/**
 * Before a stranger's cells run in this process: the kit's own objects, and the built-in methods that its checks call,
 * can be changed no more. It stops a cell that patches them in passing; it is no sandbox, which is around the process.
 */
import { CaptureView } from './capture-view.ts';
import { TraceView } from './trace-view.ts';
import { EXERCISES } from './exercise-table.ts';
import { SocketTable } from './world/socket-table.ts';

/** Error, Object and Function are left alone: whoever assigns `name` or `toString` to an instance could do so no more. */
const BUILT_IN = [Array, Map, Set, WeakMap, String, Number, RegExp, Promise, Uint8Array, Buffer, DataView];

export function lockDown(): void {
  const classes = [...BUILT_IN, Object.getPrototypeOf(Uint8Array) as typeof Uint8Array];
  for (const one of [...classes, TraceView, CaptureView, SocketTable]) {
    Object.freeze(one);
    Object.freeze(one.prototype);
  }
  for (const one of [JSON, Math, Reflect, EXERCISES, ...EXERCISES]) Object.freeze(one);
}
