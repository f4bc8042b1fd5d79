/** What requests are made of, right and wrong. */

export const TEXTS = [
  '',
  ' ',
  '\0',
  '\ud800',
  'x'.repeat(201),
  '😀'.repeat(200),
  '大作业',
  "'; DROP TABLE stage; --",
  '__proto__',
  '%',
  '\u202e',
  'null',
];
export const DATES = [
  ...[
    '1970-01-01T00:00:00Z',
    '2199-12-31T23:59:59.999999999Z',
    '2026-12-01T09:00Z',
    '2026-12-01',
    'infinity',
    '-infinity',
  ],
  ...[
    '2026-02-30T00:00:00Z',
    '2026-12-01T24:00:00Z',
    '20261201T090000Z',
    'now()',
    '1795424400',
    '2030-01-01T00:00:00+14:00',
  ],
];
export const NUMBERS = [
  '0',
  '-0',
  '1e17',
  '-1e300',
  '1e400',
  '1',
  '2147483648',
  '9007199254740993',
  '0.1',
  '1'.repeat(400),
];
export const ODD_JSON = ['null', 'true', '[]', '{}', '[[[[[]]]]]', '{"a":{"b":{}}}', '"x"'];
export const LONG = ['T', ' ', '[', '"', '\\', '0', '-', ',', '/', 'é', '{"a":'];
export const PATHS = [
  '/v1/stages',
  '/v1/assignments',
  '/v1/transitions',
  '/v1/schedule',
  '/v1/scheduler',
  '/livez',
  '/readyz',
  '/metrics',
  '/',
  '//',
  '/v1',
  '/v2/stages',
  '/%00',
  '/%e0%a4%a',
  '/..%2f..',
  '*',
  '/v1/stages/',
  '/V1/Stages',
];
export const QUERIES = [
  'limit=1',
  'limit=500',
  'limit=501',
  'limit=-1',
  'limit=1&limit=2',
  'cursor=e30',
  'cursor=',
  'status=active',
  'status=done',
  'after=0',
  'after=9223372036854775808',
  'dry_run=true',
  '__proto__=1',
  '=',
  '&&&',
  '%ff=%00',
  'assignment_id=x',
  'ids=00000000-0000-4000-8000-000000000000,x',
  'status=pending,active&order=end_date&limit=3',
  'ends_before=2030-01-01T00:00:00Z&order=updated_at',
  'starts_from=2030-01-01T00:00:00+14:00',
  'external_id=e1',
  'title=%5B%28%2A%2B%3F%5C',
];
export const HEADERS: [string, string][] = [
  ...([
    ['If-Match', '"1"'],
    ['If-Match', '*'],
    ['If-Match', 'x'],
    ['If-Match', `"1"${', "x"'.repeat(2000)}`],
  ] as [string, string][]),
  ...([
    ['Authorization', 'Bearer x'],
    ['Authorization', `Bearer ${' '.repeat(9000)}`],
    ['X-Request-Id', 'y'.repeat(5000)],
  ] as [string, string][]),
  ...([
    ['Content-Type', 'text/plain'],
    ['Content-Type', 'application/json; charset=latin1'],
    ['Content-Encoding', 'gzip'],
  ] as [string, string][]),
  ...([
    ['Expect', 'banana'],
    ['Upgrade', 'websocket'],
    ['Origin', 'https://evil.example'],
    ['If-None-Match', '"1"'],
  ] as [string, string][]),
  ...([
    ['Host', 'evil.example'],
    ['Transfer-Encoding', 'gzip'],
    ['Range', 'bytes=0-1'],
    ['X-Forwarded-Host', 'a'],
  ] as [string, string][]),
];
export const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'PROPFIND', 'QUERY'];
