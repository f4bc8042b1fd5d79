import ical, {
  escape as escaped,
  foldLines,
  type ICalCalendar,
  ICalCalendarMethod,
  type ICalEventData,
  ICalEventStatus,
  ICalEventTransparency,
} from 'ical-generator';
import type { CalendarRow, CalendarStage } from '../db/read/calendar.ts';

/** Lets everything else have a turn. */
export type Pause = () => Promise<void>;

export interface Calendar {
  name: string;
  /** What its reader should know of it; null: nothing. */
  note: string | null;
  stages: readonly CalendarStage[];
  cancelled: readonly CalendarRow[];
}

/** How often calendars are asked to read it again. They do as they like. */
const REFRESH_SECONDS = 3600;
/** Writing so many takes a millisecond or two, and bells wait no longer. */
const AT_ONCE = 25;

const END = 'END:VCALENDAR';

/** Made of its rows alone, so that its ETag changes when they do. */
export async function writeCalendar({ name, note, stages, cancelled }: Calendar, pause: Pause): Promise<string> {
  const calendar = ical({
    // The library escapes the texts of events, but not these: a line end in a title would begin a line of its own.
    name: escaped(clean(name), false),
    description: note === null ? null : escaped(note, false),
    prodId: { company: 'Stagebell', product: 'Stagebell', language: 'EN' },
    method: ICalCalendarMethod.PUBLISH,
    ttl: REFRESH_SECONDS,
  });
  const parts = [calendar.toString().slice(0, -END.length)];
  const events = eventsOf(stages, cancelled);
  for (let i = 0; i < events.length; i += AT_ONCE) {
    parts.push(textOf(calendar, events.slice(i, i + AT_ONCE)));
    await pause();
  }
  return `${parts.join('')}${END}\r\n`;
}

/** Not the calendar's own text, which it can make only at once. */
function textOf(calendar: ICalCalendar, events: readonly ICalEventData[]): string {
  return events.map((event) => foldLines(calendar.createEvent(event).toString())).join('');
}

function eventsOf(stages: readonly CalendarStage[], cancelled: readonly CalendarRow[]): ICalEventData[] {
  const zones = new Zones();
  const gone = new Map<string, CalendarRow>();
  // The latest deletion comes first.
  for (const row of cancelled) if (!gone.has(row.id)) gone.set(row.id, row);
  const there = stages.filter(({ id }) => !gone.has(id)).sort(byStart);
  return [
    ...there.map((stage) => ({
      ...common(stage, zones),
      sequence: stage.version,
      status: ICalEventStatus.CONFIRMED,
      created: new Date(stage.createdMs),
    })),
    ...[...gone.values()].sort(byStart).map((stage) => ({
      ...common(stage, zones),
      sequence: sequenceOfDeletion(stage.updatedMs),
      status: ICalEventStatus.CANCELLED,
    })),
  ];
}

const byStart = (a: CalendarRow, b: CalendarRow): number => a.startMs - b.startMs || (a.id < b.id ? -1 : 1);

/** Later than every version that the stage can have had: no stage is changed once a minute since 1970. */
const sequenceOfDeletion = (deletedMs: number): number => Math.floor(deletedMs / 60_000);

function common(row: CalendarRow, zones: Zones): ICalEventData {
  const { id, name, title, startMs, endMs, updatedMs } = row;
  const start = new Date(startMs);
  const end = endMs === null || !Number.isFinite(endMs) ? null : new Date(endMs);
  // Calendars know no less than a second, and an end that is not behind its start is refused by some.
  const isLong = end !== null && Math.floor(end.getTime() / 1000) > Math.floor(start.getTime() / 1000);
  return {
    id: `${id}@stagebell`,
    start,
    ...(isLong ? { end } : {}),
    summary: clean(title === '' ? name : `${name} - ${title}`),
    description: clean(descriptionOf(row, end, zones)),
    // A stage keeps nobody busy.
    transparency: ICalEventTransparency.TRANSPARENT,
    stamp: new Date(updatedMs),
    lastModified: new Date(updatedMs),
  };
}

/** What is said of it, and its times as its course reads them, for calendars show them in the reader's zone. */
function descriptionOf({ description, startMs, timeZone }: CalendarRow, end: Date | null, zones: Zones): string {
  const start = zones.show(new Date(startMs), timeZone);
  const times = end === null ? `From ${start}` : `${start} to ${zones.show(end, timeZone)}`;
  return `${description ? `${description}\n\n` : ''}${times} (${timeZone})`;
}

/** A formatter costs a hundred times what it formats. */
class Zones {
  readonly #formats = new Map<string, Intl.DateTimeFormat>();

  show(at: Date, timeZone: string): string {
    let format = this.#formats.get(timeZone);
    if (format === undefined) {
      format = formatFor(timeZone);
      this.#formats.set(timeZone, format);
    }
    return format.format(at);
  }
}

function formatFor(timeZone: string): Intl.DateTimeFormat {
  // In Sweden they write 2026-12-01 09:00.
  const format = (zone: string) =>
    new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short', timeStyle: 'short' });
  try {
    return format(timeZone);
  } catch {
    // SQL can write a zone that nobody knows.
    return format('UTC');
  }
}

/** iCalendar has no way to write the other control characters. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are meant.
const clean = (text: string): string => text.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/g, ' ');
