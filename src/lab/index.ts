export type { CallResult, ClientHandle, ConnectedAs } from './client-handle.ts';
export { defineLab, type LabCode, type LabReport } from './definition.ts';
export { makeDirectory } from './directory.ts';
export { type Lab, labName, labNames, loadLab } from './find.ts';
export type { LabFile } from './lab-file.ts';
export type { PeerHandle } from './peer-handle.ts';
export { type Review, review } from './review.ts';
export { Run, type ServerHandle } from './run.ts';
export { runLab, type RunOptions } from './runner.ts';
