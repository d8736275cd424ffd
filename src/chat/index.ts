export { DEFAULT_LIMITS, type Limits } from './limits.ts';
export type { Outlet } from './outlet.ts';
export { refusal } from './refusal.ts';
export { Registry } from './registry.ts';
export { type Match, Requests } from './requests.ts';
export { Service, type ServiceOptions } from './service.ts';
export type { Session } from './session.ts';
export { studentPort } from './student.ts';
