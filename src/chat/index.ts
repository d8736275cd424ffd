export { refusal } from './refusal.ts';
export { Registry } from './registry.ts';
export { type Match, Requests } from './requests.ts';
export { DEFAULT_LIMITS, type Limits, Service, type ServiceOptions } from './service.ts';
export type { Outlet, Session } from './session.ts';
export { studentPort } from './student.ts';
