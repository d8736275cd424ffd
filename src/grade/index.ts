export { gradeReport } from './report/report.ts';
export { gradeServer, type GradeServerOptions } from './peers/server.ts';
export { WHY } from './class/changes.ts';
export { gradeClass } from './class/class.ts';
export { classCsv } from './class/class-csv.ts';
export { overviewOf } from './class/overview.ts';
export { classPage } from './class/page.ts';
export { gradeClient, type GradeClientOptions } from './clients/client.ts';
export { type ClientScript, readClientScript } from './clients/script.ts';
