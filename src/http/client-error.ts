import { randomUUID } from 'node:crypto';
import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { PROBLEM_TYPE, problemBody } from './problem.ts';

const KNOWN: Record<string, { status: number; code: string; detail: string }> = {
  HPE_HEADER_OVERFLOW: { status: 431, code: 'headers_too_large', detail: 'The headers are larger than 16 KB.' },
  ERR_HTTP_REQUEST_TIMEOUT: { status: 408, code: 'request_timeout', detail: 'The request did not arrive in time.' },
};
const MALFORMED = { status: 400, code: 'malformed_request', detail: 'This is not HTTP.' };

/** Answers what never became a request: there is no Koa context yet, so it is written by hand. */
export function answerClientError(error: Error & { code?: string }, socket: Duplex): void {
  // A response may be under way on this connection: a second one in its middle helps nobody.
  const isAnswering = (socket as { _httpMessage?: { headersSent?: boolean } })._httpMessage?.headersSent === true;
  if (!socket.writable || isAnswering || error.code === 'ECONNRESET') {
    socket.destroy();
    return;
  }
  const { status, code, detail } = KNOWN[error.code ?? ''] ?? MALFORMED;
  const requestId = randomUUID();
  const body = problemBody({ status, code, detail, headers: {}, isBug: false }, requestId);
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nContent-Type: ${PROBLEM_TYPE}\r\nX-Request-Id: ${requestId}\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
}
