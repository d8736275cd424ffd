export { type DashboardOptions, runDashboard } from './run.ts';
export { frameText } from './once.ts';
export { type ChatdTarget, openChatd } from './sources/chatd.ts';
export { openLab } from './sources/lab.ts';
export type { Reading, Source } from './snapshot.ts';
export { type Language, wordsOf } from './words.ts';
