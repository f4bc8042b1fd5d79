import { expect } from 'chai';
import { parseInstant } from '../../src/http/schema/instant.ts';

describe('an instant in a request', () => {
  const good: [string, string][] = [
    ['2026-11-23T09:00:00Z', '2026-11-23T09:00:00.000Z'],
    ['2026-11-23t09:00:00z', '2026-11-23T09:00:00.000Z'],
    ['2026-11-23T09:00:00.5+08:00', '2026-11-23T01:00:00.500Z'],
    ['2026-01-01T00:30:00+05:45', '2025-12-31T18:45:00.000Z'],
    ['2024-02-29T00:00:00-00:00', '2024-02-29T00:00:00.000Z'],
    ['1970-01-01T00:00:00Z', '1970-01-01T00:00:00.000Z'],
    ['2199-12-31T23:59:59.999Z', '2199-12-31T23:59:59.999Z'],
    ['2026-11-23T09:00:00.123000Z', '2026-11-23T09:00:00.123Z'],
  ];
  for (const [text, iso] of good) {
    it(`takes ${text}`, () => {
      expect(new Date(parseInstant(text) as number).toISOString()).to.equal(iso);
    });
  }

  it('is never earlier than it was written: finer than milliseconds is rounded up', () => {
    expect(parseInstant('2026-11-23T09:00:00.000000001Z')).to.equal(Date.UTC(2026, 10, 23, 9, 0, 0, 1));
    expect(parseInstant('2026-11-23T09:00:59.9999Z')).to.equal(Date.UTC(2026, 10, 23, 9, 1, 0, 0));
  });

  const bad: [string, RegExp][] = [
    ['2026-11-23T09:00:00', /^'2026-11-23T09:00:00' has no offset: write 2026-11-23T09:00:00Z for UTC or .*\+08:00$/],
    ['2026-11-23T09:00', /has no offset: write 2026-11-23T09:00:00Z/],
    ['2026-11-23', /has no time: write 2026-11-23T00:00:00Z/],
    ['2026-11-23 09:00:00Z', /has a space: write 2026-11-23T09:00:00Z$/],
    ['2026-11-23T09:00:00+0800', /short offset: write 2026-11-23T09:00:00\+08:00$/],
    ['2026-11-23 09:00:00+08', /short offset: write 2026-11-23T09:00:00\+08:00$/],
    ['2026-11-23T09:00:00+8:00', /short offset: write 2026-11-23T09:00:00\+08:00$/],
    ['2026-11-23T09:00Z', /has no seconds: write 2026-11-23T09:00:00Z$/],
    ['2026-11-23T09:00+0800', /no seconds: write 2026-11-23T09:00:00\+08:00$/],
    [' 2026-11-23T09:00:00Z', /blank at an end: write 2026-11-23T09:00:00Z$/],
    ['2026-11-23T09:00:00Z\n', /blank at an end: write 2026-11-23T09:00:00Z$/],
    ['2026-11-23T09:00:00+08:00[Asia/Shanghai]', /zone in brackets: write 2026-11-23T09:00:00\+08:00$/],
    ['2026-11-23T09:00:00,5Z', /comma before the fraction: write 2026-11-23T09:00:00.5Z$/],
    ['2026-11-23T09:00:00\u221208:00', /minus sign -: write 2026-11-23T09:00:00-08:00$/],
    ['20261123T090000Z', /without hyphens.*write 2026-11-23T09:00:00Z$/],
    ['2026/11/23 9:00', /slashes.*write 2026-11-23T09:00:00Z for UTC/],
    ['２０２６-11-23T09：00：00Z', /wide characters: write 2026-11-23T09:00:00Z$/],
    ['2026-11-23T09:00:00 UTC', /word in place.*write 2026-11-23T09:00:00Z$/],
    ['2026-11-23T24:00:00+08:00', /midnight begins a day, so write 2026-11-24T00:00:00\+08:00$/],
    ['2026-W48-1T09:00:00Z', /by the week/],
    ['2026-327T09:00:00Z', /day of the year/],
    ['1795424400', /write 2026-11-23T09:00:00.000Z if it counts seconds since 1970$/],
    // Advice that would be refused as well is none.
    ['2026-02-30T09:00Z', /no seconds, and .*no such day$/],
    ['T'.repeat(100_000), /^'T{40}…' is too long/],
    ['2026-02-30T09:00:00Z', /no such day/],
    ['2025-02-29T09:00:00Z', /no such day/],
    ['2026-00-01T09:00:00Z', /no such day/],
    ['2026-06-30T23:59:60Z', /leap second/],
    ['2026-11-23T24:00:00Z', /on the clock/],
    ['2026-11-23T09:00:00+24:00', /on the clock/],
    ['1969-12-31T23:59:59Z', /out of range/],
    ['1970-01-01T00:00:00+00:01', /out of range/],
    ['2200-01-01T00:00:00Z', /out of range/],
    ['2199-12-31T23:59:59.9999Z', /out of range/],
    ['0050-01-01T00:00:00Z', /out of range/],
    ['infinity', /not an instant/],
    ['NaN', /not an instant/],
    ['', /not an instant/],
    ['1795424400000', /not an instant/],
  ];
  for (const [text, message] of bad) {
    it(`refuses ${JSON.stringify(text)}, and says how to write it`, () => {
      expect(parseInstant(text)).to.match(message);
    });
  }
});
