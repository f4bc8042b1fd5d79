/** What openapi.json has beside the schemas: headers of requests and answers, and how callers authenticate. */

export const headers = {
  'X-Request-Id': {
    description:
      'Names this request, in the log too: the id that was sent, if it is 1 to 200 letters, digits or . _ : + / = -, otherwise a new one.',
    schema: { type: 'string', pattern: '^[\\w.:+/=-]{1,200}$' },
  },
  ETag: {
    description: 'The version. For an assignment it is followed by a mark of its stages. Send it back as If-Match.',
    schema: { type: 'string', pattern: '^"\\d+(\\.[\\w-]+)?"$' },
  },
  ListETag: {
    description: 'Made of what the answer shows. Send it back as If-None-Match: 304 while it would show the same.',
    schema: { type: 'string', pattern: '^W/"[\\w-]+"$' },
  },
  Link: { description: 'RFC 8288: the next page, as rel="next", if there is one.', schema: { type: 'string' } },
  Location: { description: 'Where it is from now on.', schema: { type: 'string', format: 'uri-reference' } },
  'Retry-After': { description: 'Seconds.', schema: { type: 'string', pattern: '^\\d+$' } },
  'Idempotency-Replayed': {
    description: 'true: this is the answer that the first request with this Idempotency-Key got.',
    schema: { type: 'string', const: 'true' },
  },
  'WWW-Authenticate': { description: 'RFC 6750.', schema: { type: 'string', pattern: '^Bearer ' } },
  Allow: { description: 'With 405: the methods that the path allows.', schema: { type: 'string' } },
} as const;

export type HeaderName = keyof typeof headers;

const TAG = '\\s*(W/)?"[!#-~\\u0080-\\u00ff]*"\\s*';

export const parameters = {
  IfMatch: {
    name: 'If-Match',
    in: 'header',
    description:
      'The ETag that you read, quotes included, or several, or *. The edit is done only if it is still current. A weak ETag never matches.',
    schema: { type: 'string', pattern: `^(\\s*\\*\\s*|${TAG}(,${TAG})*)$` },
    example: '"1"',
  },
  IfNoneMatch: {
    name: 'If-None-Match',
    in: 'header',
    description: 'The ETag that you have. The answer is 304 if it is still current.',
    schema: { type: 'string' },
    example: '"1"',
  },
  IdempotencyKey: {
    name: 'Idempotency-Key',
    in: 'header',
    description:
      'For a request that may have to be sent again: it is done once, and the same again within 24 hours gets the same answer, with Idempotency-Replayed. A UUID is a good one.',
    schema: { type: 'string', minLength: 1, maxLength: 255, pattern: '^[ -~]+$' },
    example: '8e03978e-40d5-43dd-bc93-6894a57f9324',
  },
  LastEventId: {
    name: 'Last-Event-ID',
    in: 'header',
    description:
      'For a stream: it begins behind this event, whatever after is. EventSource sends it when it reconnects. A page takes no notice of it.',
    schema: { type: 'string', pattern: '^(\\d{1,19})(?:-(\\d{1,10}))?$' },
    example: '0000000000000000042',
  },
  OnBehalfOf: {
    name: 'On-Behalf-Of',
    in: 'header',
    description:
      "A user of the platform, in percent-encoded UTF-8: 1 to 200 characters, no control characters. The record keeps it after the key's name, such as office:li.wei.",
    schema: { type: 'string', minLength: 1, maxLength: 2400, pattern: '^([ -$&-~]|%[0-9A-Fa-f]{2})+$' },
    example: 'li.wei',
  },
} as const;

export const securitySchemes = {
  apiKey: {
    type: 'http',
    scheme: 'bearer',
    description:
      'The secret of an API key of the configuration or of the database. Its scope is read, write (which includes read) or admin (which includes both); each operation names the one that it needs. A service without keys is open to everybody.',
  },
} as const;

export const tags = [
  { name: 'Assignments', description: 'What students are given: a title, a time zone, and stages.' },
  { name: 'Stages', description: 'Two dates, and the status that follows from them. A status cannot be set.' },
  { name: 'Record', description: 'What happened, once each and in order: transitions, changes, and both as events.' },
  {
    name: 'Webhooks',
    description: 'Who is told of events, signed as Standard Webhooks has it, and how each delivery went.',
  },
  { name: 'Schedule', description: 'What will happen.' },
  { name: 'Calendar', description: 'The stages in a calendar program, by an address that has a token.' },
  { name: 'Service', description: 'The state of the service.' },
  { name: 'Keys', description: 'Who may call: API keys in the database, beside those of the configuration.' },
];
