/**
 * Grades one report in a process of its own: evidence comes from strangers, and what it does to memory or time must end
 * with this process. Prints one JSON value: the grade, and what is compared between students.
 */
import { gradeReport } from '../report/report.ts';
import { fingerprints } from './fingerprints.ts';

const [directory = '', student = '', kit = ''] = process.argv.slice(2);
const grade = await gradeReport(directory, student === '' ? { kit } : { kit, student });
process.stdout.write(JSON.stringify({ grade, prints: fingerprints(directory) }));
