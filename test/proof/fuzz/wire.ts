import { connect } from 'node:net';

/** One request, as it goes over the wire. */
export interface Request {
  method: string;
  target: string;
  headers: [name: string, value: string][];
  body: string | null;
}

export interface Answer {
  status: number;
  headers: Map<string, string>;
  body: string;
  ms: number;
}

export function bytesOf({ method, target, headers, body }: Request): Buffer {
  const length: [string, string][] = body === null ? [] : [['Content-Length', String(Buffer.byteLength(body))]];
  const lines = [...headers, ...length].map(([name, value]) => `${name}: ${value}\r\n`);
  return Buffer.from(`${method} ${target} HTTP/1.1\r\n${lines.join('')}\r\n${body ?? ''}`);
}

/** For a person to repeat it by hand. */
export function asCurl({ method, target, headers, body }: Request): string {
  const quote = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;
  const shown = (text: string): string =>
    text.length <= 600 ? text : `${text.slice(0, 300)}…(${text.length} characters)…${text.slice(-100)}`;
  const parts = headers.map(([name, value]) => `-H ${quote(shown(`${name}: ${value}`))}`);
  if (body !== null) parts.push(`--data-binary ${quote(shown(body))}`);
  return `curl -X ${method} ${quote(shown(`$B${target}`))} ${parts.join(' ')}`;
}

const PATIENCE_MS = 15_000;

/**
 * Sends bytes on a connection of their own, and reads until it closes or `methods` are answered.
 * @returns the answers that came, and what is left that is none
 */
export function exchange(
  port: number,
  bytes: Buffer,
  methods: readonly string[],
): Promise<{ answers: Answer[]; rest: string }> {
  return new Promise((resolve) => {
    const startedMs = performance.now();
    const answers: Answer[] = [];
    let received = Buffer.alloc(0);
    const socket = connect(port, '127.0.0.1');
    const timer = setTimeout(() => socket.destroy(), PATIENCE_MS);
    socket.on('data', (chunk) => {
      received = Buffer.concat([received, chunk]);
      for (;;) {
        const parsed = parseAnswer(received, methods[answers.length] ?? 'GET');
        if (parsed === null) break;
        received = received.subarray(parsed.length);
        if (parsed.status >= 200) answers.push({ ...parsed, ms: performance.now() - startedMs });
      }
      if (answers.length >= methods.length) socket.destroy();
    });
    socket.on('error', () => {});
    socket.on('close', () => {
      clearTimeout(timer);
      resolve({ answers, rest: received.toString('latin1') });
    });
    socket.write(bytes);
  });
}

function parseAnswer(bytes: Buffer, method: string): (Omit<Answer, 'ms'> & { length: number }) | null {
  const end = bytes.indexOf('\r\n\r\n');
  if (end < 0) return null;
  const [first = '', ...lines] = bytes.toString('latin1', 0, end).split('\r\n');
  const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(first)?.[1] ?? 0);
  const headers = new Map(
    lines.map((line) => [line.split(':', 1)[0]?.toLowerCase() ?? '', line.slice(line.indexOf(':') + 1).trim()]),
  );
  const isEmpty = method === 'HEAD' || status === 204 || status === 304 || status < 200;
  const length = isEmpty ? 0 : Number(headers.get('content-length') ?? 0);
  if (bytes.length < end + 4 + length) return null;
  return { status, headers, body: bytes.toString('utf8', end + 4, end + 4 + length), length: end + 4 + length };
}
