/**
 * The program in the sandbox: `examinee EXAM.ipynb PATH SECONDS`. It reports on standard output, line by line, so that an
 * end by force leaves what was known. Whatever a cell prints there is no report: each line carries a code made with a
 * key that comes on standard input and that no cell is told.
 */
import { readFileSync, writeSync } from 'node:fs';
import { type ExamEvent, lockDown, proctorOf, readNotebook, runNotebook } from '../../jupyter/index.ts';
import { sealOf } from './seal.ts';

const [, , exam = '', path = '', cellSeconds = ''] = process.argv;
const key = readFileSync(0, 'utf8');
// Ours, whatever cells make of the modules' own.
const write = writeSync;
let told = 0;
const tell = (event: ExamEvent): void => {
  const line = JSON.stringify(event);
  write(1, `${sealOf(key, told++, line)} ${line}\n`);
};
const notebook = readNotebook(exam);
lockDown();
const options = { path, cellSeconds: Number(cellSeconds), progress: () => undefined };
await runNotebook(notebook, { ...options, proctor: proctorOf(tell) });
process.exit(0);
