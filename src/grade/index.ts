export { gradeReport } from './report/report.ts';
