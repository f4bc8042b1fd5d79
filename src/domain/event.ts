import { ALERT_TYPES, type AlertType, type RecordedAlert } from './alert.ts';
import { ACTIONS, type Change } from './change.ts';
import type { Transition } from './transition.ts';

/**
 * What consumers follow: each transition, each change and each alert, once, in the order of commits. The number of a
 * transition is its id. The changes of one statement share a number, and are counted from 1.
 */
export type RecordedEvent = { place: Place } & (
  | { transition: Transition; change?: never; alert?: never }
  | { change: Change; transition?: never; alert?: never }
  | { alert: RecordedAlert; transition?: never; change?: never }
);

/** Where an event stands: by number, then by n. */
export interface Place {
  /** In decimal digits, because it may be too large for a JavaScript number. */
  number: string;
  /** 0: a transition or an alert. */
  n: number;
}

/** Before all events. */
export const BEGINNING: Place = { number: '0', n: 0 };
/** Behind all events that are there when it is asked for. */
export const LATEST: Place = { number: String(2n ** 63n - 1n), n: 2 ** 31 - 1 };

export const CHANGE_TYPES = [
  ...ACTIONS.map((action) => `assignment.${action}` as const),
  ...ACTIONS.map((action) => `stage.${action}` as const),
] as const;
export type ChangeType = (typeof CHANGE_TYPES)[number];
export const STEP_TYPES = ['stage.activated', 'stage.completed', 'stage.reopened', 'stage.postponed'] as const;
export type StepType = (typeof STEP_TYPES)[number];
export const EVENT_TYPES = [...CHANGE_TYPES, ...STEP_TYPES, ...ALERT_TYPES] as const;
export type EventType = ChangeType | StepType | AlertType;

export function typeOf({ transition, change, alert }: RecordedEvent): EventType {
  if (alert !== undefined) return alert.type;
  return change === undefined ? stepOf(transition) : changeTypeOf(change);
}

export function changeTypeOf({ stageId, action }: Change): ChangeType {
  return `${stageId === null ? 'assignment' : 'stage'}.${action}`;
}

export function stepOf({ from, to }: Transition): StepType {
  if (to === 'completed') return 'stage.completed';
  if (to === 'pending') return 'stage.postponed';
  return from === 'completed' ? 'stage.reopened' : 'stage.activated';
}

/** The digits of the largest bigint, and of the largest n. Padded to these, ids sort as text. */
const NUMBER_DIGITS = 19;
const N_DIGITS = 10;

/**
 * The id of the event at a place. Ids sort as text in the order of events. A transition's event has the transition's
 * id.
 */
export function idOf({ number, n }: Place): string {
  const id = number.padStart(NUMBER_DIGITS, '0');
  return n === 0 ? id : `${id}-${String(n).padStart(N_DIGITS, '0')}`;
}

const FORM = /^(\d{1,19})(?:-(\d{1,10}))?$/;
/** The form of ids, for descriptions. */
export const ID_FORM = FORM.source;

/** The place that an id names, with its leading zeros or without; null when it is not an id. */
export function placeOfId(id: string): Place | null {
  const [, number = '', n = '0'] = FORM.exec(id) ?? [];
  if (number === '' || BigInt(number) > BigInt(LATEST.number) || Number(n) > LATEST.n) return null;
  return { number: String(BigInt(number)), n: Number(n) };
}

/** The last place that events with this number can have. */
export const endOf = (number: string): Place => ({ number, n: LATEST.n });

/** The place right before another: an event there, if there is one, comes next. */
export const before = ({ number, n }: Place): Place =>
  n > 0 ? { number, n: n - 1 } : number === '0' ? BEGINNING : endOf(String(BigInt(number) - 1n));

/** Ascending in the order of events. */
export function comparePlaces(a: Place, b: Place): number {
  const [x, y] = [BigInt(a.number), BigInt(b.number)];
  if (x !== y) return x < y ? -1 : 1;
  return a.n - b.n;
}
