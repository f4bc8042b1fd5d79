import { expect } from 'chai';
import ICAL from 'ical.js';
import { type Calendar, writeCalendar } from '../../src/calendar/write-calendar.ts';
import type { CalendarStage } from '../../src/db/read/calendar.ts';

const NINE = Date.UTC(2026, 11, 1, 9);
const ID = '00000000-0000-4000-8000-000000000001';
const stage = (fields: Partial<CalendarStage> = {}): CalendarStage => ({
  id: ID,
  name: 'Draft',
  description: null,
  title: 'Compilers',
  timeZone: 'Asia/Shanghai',
  startMs: NINE,
  endMs: NINE + 3_600_000,
  version: 3,
  createdMs: NINE - 86_400_000,
  updatedMs: NINE - 1000,
  ...fields,
});
const write = (calendar: Partial<Calendar>, pause = async () => {}): Promise<string> =>
  writeCalendar({ name: 'Compilers', note: null, stages: [], cancelled: [], ...calendar }, pause);

/** As a parser that is not ours understands it. */
function eventsOf(text: string): ICAL.Component[] {
  return new ICAL.Component(ICAL.parse(text)).getAllSubcomponents('vevent');
}
const eventOf = async (fields: Partial<CalendarStage>): Promise<ICAL.Component> =>
  eventsOf(await write({ stages: [stage(fields)] }))[0] as ICAL.Component;
const textOf = (event: ICAL.Component | undefined, name: string): string =>
  String(event?.getFirstPropertyValue(name) ?? '');

describe('A calendar', () => {
  it('has an event for a stage, in UTC, under an id that stays, with its version', async () => {
    const event = await eventOf({});
    const of = (name: string) => textOf(event, name);
    expect([of('uid'), of('sequence'), of('status')]).to.deep.equal([`${ID}@stagebell`, '3', 'CONFIRMED']);
    expect([of('dtstart'), of('dtend')]).to.deep.equal(['2026-12-01T09:00:00Z', '2026-12-01T10:00:00Z']);
    expect([of('dtstamp'), of('last-modified')]).to.deep.equal(['2026-12-01T08:59:59Z', '2026-12-01T08:59:59Z']);
    expect(of('summary')).to.equal('Draft - Compilers');
    expect(of('description')).to.equal('2026-12-01 17:00 to 2026-12-01 18:00 (Asia/Shanghai)');
  });

  it('says how it is published and how often to read it', async () => {
    const calendar = new ICAL.Component(ICAL.parse(await write({ name: 'All', note: 'Only some.' })));
    const of = (name: string) => String(calendar.getFirstPropertyValue(name));
    expect(['method', 'refresh-interval', 'x-wr-calname', 'x-wr-caldesc'].map(of)).to.deep.equal([
      'PUBLISH',
      'PT1H',
      'All',
      'Only some.',
    ]);
  });

  it('leaves out an end that is open, infinite, or within the second of the start', async () => {
    for (const endMs of [null, Number.POSITIVE_INFINITY, NINE + 400]) {
      expect((await eventOf({ endMs })).hasProperty('dtend'), String(endMs)).to.equal(false);
    }
    expect(textOf(await eventOf({ endMs: null }), 'description')).to.equal('From 2026-12-01 17:00 (Asia/Shanghai)');
  });

  it('takes UTC for a zone that nobody knows', async () => {
    expect(textOf(await eventOf({ timeZone: 'Mars/Olympus', endMs: null }), 'description')).to.contain('09:00');
  });

  it('keeps every text as it is, whatever is in it, in lines of 75 octets', async () => {
    const texts = [
      'Ein, "Zwei"; drei\\n \\, BEGIN:VEVENT',
      'first\r\nsecond\nEND:VCALENDAR\n\n',
      'ä'.repeat(300),
      '编译原理'.repeat(75),
      '👩‍👩‍👧‍👦'.repeat(40),
      'עברית ועוד עברית, עם "מרכאות"; ושלום '.repeat(8),
      'x'.repeat(300),
    ];
    for (const text of texts) {
      const written = await write({ name: text, stages: [stage({ name: text, description: text })] });
      const calendar = new ICAL.Component(ICAL.parse(written));
      const [event, ...more] = calendar.getAllSubcomponents('vevent');
      expect(more).to.deep.equal([]);
      const kept = text.replaceAll('\r\n', '\n');
      expect(textOf(event, 'summary')).to.equal(`${kept} - Compilers`);
      // The parser leaves properties that it does not know as they were written.
      expect(textOf(calendar, 'name').replace(/\\(.)/g, (_, one) => (one === 'n' ? '\n' : one))).to.equal(kept);
      expect(textOf(event, 'description').startsWith(`${kept}\n\n`)).to.equal(true);
      const lines = written.split('\r\n');
      expect(lines.pop(), 'it ends with a line').to.equal('');
      expect(Math.max(...lines.map((line) => Buffer.byteLength(line)))).to.be.at.most(75);
      // No character is cut in two.
      expect(Buffer.from(written).toString()).to.equal(written);
      expect(lines.every((line) => line.isWellFormed())).to.equal(true);
    }
  });

  it('has no control character, which no calendar could read', async () => {
    const written = await write({ stages: [stage({ name: 'a\u0007b\u001b', description: 'c\u0000d\te' })] });
    expect(textOf(eventsOf(written)[0], 'summary')).to.equal('a b  - Compilers');
    expect(textOf(eventsOf(written)[0], 'description')).to.contain('c d\te');
  });

  it('cancels what was deleted, under the same id and later than any version', async () => {
    const { version, createdMs, ...row } = stage();
    const [event, ...others] = eventsOf(await write({ stages: [stage()], cancelled: [row, { ...row, name: 'Old' }] }));
    expect(others).to.deep.equal([]);
    expect([textOf(event, 'uid'), textOf(event, 'status')]).to.deep.equal([`${ID}@stagebell`, 'CANCELLED']);
    expect(textOf(event, 'summary')).to.equal('Draft - Compilers');
    expect(Number(textOf(event, 'sequence'))).to.be.within(1_000_000, 2 ** 31);
  });

  it('lets others have a turn, and is the same whatever the order of its rows', async () => {
    const stages = Array.from({ length: 60 }, (_, i) =>
      stage({ id: `${ID.slice(0, -2)}${10 + i}`, startMs: NINE + i }),
    );
    let turns = 0;
    const text = await write({ stages }, async () => void turns++);
    expect([turns, eventsOf(text).length]).to.deep.equal([3, 60]);
    expect(await write({ stages: stages.toReversed() })).to.equal(text);
  });
});
