import { randomUUID } from 'node:crypto';
import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { PROBLEM_TYPE, problemBody } from './problem.ts';
import type { ProblemCode } from './schema/output-problem.ts';

export interface Refused {
  status: number;
  code: ProblemCode;
  detail: string;
}

const KNOWN: Record<string, Refused> = {
  HPE_HEADER_OVERFLOW: { status: 431, code: 'headers_too_large', detail: 'The headers are larger than 16 KB.' },
  HPE_INVALID_URL: {
    status: 400,
    code: 'malformed_request',
    detail: 'The URL has a character that must be percent-encoded: é is written %C3%A9, and a blank %20.',
  },
  HPE_CHUNK_EXTENSIONS_OVERFLOW: { status: 413, code: 'body_too_large', detail: 'The chunk extensions are too large.' },
  ERR_HTTP_REQUEST_TIMEOUT: { status: 408, code: 'request_timeout', detail: 'The request did not arrive in time.' },
};
const MALFORMED: Refused = { status: 400, code: 'malformed_request', detail: 'This is not HTTP.' };
/** Only proxies open tunnels. */
export const NO_TUNNEL: Refused = {
  status: 501,
  code: 'not_implemented',
  detail: 'The method CONNECT is not supported.',
};

export const refusedBy = (error: { code?: string }): Refused => KNOWN[error.code ?? ''] ?? MALFORMED;

/** Answers something that never became a request. There is no Koa context, so the answer is written by hand. */
export function refuseByHand(socket: Duplex, { status, code, detail }: Refused): void {
  // A second response in the middle of one under way would help nobody.
  const isAnswering = (socket as { _httpMessage?: { headersSent?: boolean } })._httpMessage?.headersSent === true;
  if (!socket.writable || isAnswering) {
    socket.destroy();
    return;
  }
  const requestId = randomUUID();
  const body = problemBody({ status, code, detail, headers: {}, isBug: false }, requestId);
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nContent-Type: ${PROBLEM_TYPE}\r\nX-Request-Id: ${requestId}\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
}
