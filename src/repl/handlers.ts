/** What `on('message', …)` registered. They belong to the session, so that they outlive a reconnect. */
import { detached } from './evaluator.ts';
import type { Session } from './session.ts';

type Handler = (value: unknown) => unknown;
type Listener = (...values: unknown[]) => void;

export const EVENTS = ['message', 'state'] as const;
export type EventName = (typeof EVENTS)[number];

const registered = new WeakMap<Session, Map<EventName, Map<Handler, Listener>>>();

export function addHandler(session: Session, event: EventName, handler: Handler): void {
  const forSession = registered.get(session) ?? new Map<EventName, Map<Handler, Listener>>();
  registered.set(session, forSession);
  const forEvent = forSession.get(event) ?? new Map<Handler, Listener>();
  forSession.set(event, forEvent);
  if (forEvent.has(handler)) return;
  const listener = (...values: unknown[]): void => {
    // A mistake in a handler is the user's to see; it must not end the program.
    const report = (error: unknown): boolean => session.emit('problem', error);
    try {
      // Not part of the run that connected, whose Ctrl-C is over.
      const value = event === 'message' ? values[0] : session.state;
      Promise.resolve(detached(() => handler(value))).catch(report);
    } catch (error) {
      report(error);
    }
  };
  forEvent.set(handler, listener);
  session.on(event, listener);
}

/** Takes one handler away, or all of the event. How many went. */
export function removeHandlers(session: Session, event: EventName, handler?: Handler): number {
  const forEvent = registered.get(session)?.get(event);
  const gone = [...(forEvent ?? [])].filter(([one]) => handler === undefined || one === handler);
  for (const [one, listener] of gone) {
    session.off(event, listener);
    forEvent?.delete(one);
  }
  return gone.length;
}
