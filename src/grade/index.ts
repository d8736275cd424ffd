export { gradeReport } from './report/report.ts';
export { gradeServer, type GradeServerOptions } from './peers/server.ts';
