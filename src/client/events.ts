import { createParser } from 'eventsource-parser';
import type { Event, EventType } from './api.ts';
import { queryOf } from './calls.ts';
import { pause } from './pause.ts';
import { ConnectionError, LostPlaceError, problemOf, UnavailableError } from './problems.ts';
import type { Transport } from './transport.ts';

export interface EventsInput {
  /** The id of the last event that you have, `0` for the beginning, `latest` for what comes from now on. Default: latest. */
  after?: string;
  types?: readonly EventType[];
  assignment_id?: string;
  stage_id?: string;
  /** Ends the iteration. */
  signal?: AbortSignal;
  /**
   * Up to here you have missed nothing, even where no event is for you: keep it, and give it as `after` the next time.
   * Called after the event with this id was taken.
   */
  onProgress?: (id: string) => void;
}

/** The service says something at least every 15 s. */
const SILENCE_MS = 40_000;
const [FIRST_PAUSE_MS, LONGEST_PAUSE_MS] = [250, 30_000];
const MOST_BUFFERED = 16 * 1024 * 1024;

interface Said {
  kind: 'event' | 'stale' | 'progress';
  id?: string | undefined;
  data: string;
}

/**
 * Events as they are committed, once each and in order, for as long as you iterate. When a connection ends it goes on
 * by itself where it was, on another instance if need be.
 * @throws LostPlaceError when events that you have not seen were pruned; ProblemError when it may not be read
 */
export async function* events(transport: Transport, input: EventsInput = {}): AsyncGenerator<Event, void, void> {
  const { signal, onProgress } = input;
  let place = input.after ?? 'latest';
  let failures = 0;
  const isOver = (): boolean => signal?.aborted === true;
  while (!isOver()) {
    const url = transport.instances.at(`/v1/events${queryOf(filtersOf(input, place))}`);
    const stop = new AbortController();
    const stops = signal === undefined ? stop.signal : AbortSignal.any([signal, stop.signal]);
    let retryMs = FIRST_PAUSE_MS;
    try {
      const body = await open(transport, url, place, stops);
      for await (const { kind, id, data } of read(body, (ms) => (retryMs = ms), stop)) {
        failures = 0;
        if (kind === 'stale') throw lost(data);
        if (kind === 'event') yield JSON.parse(data) as Event;
        if (id === undefined) continue;
        place = id;
        onProgress?.(id);
      }
    } catch (error) {
      if (isOver()) return;
      if (isFinal(error)) throw error;
      failures += 1;
      retryMs = Math.min(LONGEST_PAUSE_MS, Math.max(retryMs, FIRST_PAUSE_MS * 2 ** failures));
      transport.instances.failed(url);
    } finally {
      stop.abort();
    }
    await pause(retryMs * (0.5 + Math.random() / 2), signal);
  }
}

function filtersOf({ types, assignment_id, stage_id }: EventsInput, after: string) {
  return { after, types, assignment_id, stage_id };
}

async function open(
  transport: Transport,
  url: string,
  place: string,
  signal: AbortSignal,
): Promise<ReadableStream<Uint8Array>> {
  const last: Record<string, string> = place === 'latest' ? {} : { 'last-event-id': place };
  const headers = { accept: 'text/event-stream', ...last, ...(await transport.credentials()) };
  const response = await transport.fetch(url, { headers, signal });
  if (response.ok && response.body !== null) return response.body;
  const problem = problemOf(await response.json().catch(() => null), response.headers);
  throw problem ?? new ConnectionError(`GET ${url}: answered ${response.status}, and not by Stagebell`);
}

/** What the stream says, until it ends or nothing has come for too long. */
async function* read(
  body: ReadableStream<Uint8Array>,
  onRetry: (ms: number) => void,
  stop: AbortController,
): AsyncGenerator<Said, void, void> {
  const said: Said[] = [];
  let lastId: string | undefined;
  const parser = createParser({
    maxBufferSize: MOST_BUFFERED,
    onRetry,
    onId: (id) => {
      lastId = id;
      // Without data it moves the place alone. An event that has it follows at once, and takes its place.
      said.push({ kind: 'progress', id, data: '' });
    },
    onEvent: ({ event, data }) => {
      if (said.at(-1)?.kind === 'progress') said.pop();
      said.push({ kind: event === 'stale' ? 'stale' : 'event', id: lastId, data });
    },
  });
  const decoder = new TextDecoder();
  const reader = body.getReader();
  try {
    for (;;) {
      const quiet = new AbortController();
      const silence = pause(SILENCE_MS, quiet.signal).then(() => null);
      const chunk = await Promise.race([reader.read(), silence]).finally(() => quiet.abort());
      if (chunk === null) throw new ConnectionError(`nothing came for ${SILENCE_MS} ms`);
      if (chunk.done) return;
      parser.feed(decoder.decode(chunk.value, { stream: true }));
      yield* said.splice(0);
    }
  } finally {
    stop.abort();
    reader.cancel().catch(() => {});
  }
}

function lost(data: string): LostPlaceError {
  const { code, detail, resume_at } = JSON.parse(data);
  const head = { type: 'about:blank', title: 'Gone', status: 410, request_id: '' } as const;
  return new LostPlaceError({ ...head, code, detail, resume_at }, null);
}

/** Whether trying again would be answered in the same way. */
function isFinal(error: unknown): boolean {
  if (error instanceof LostPlaceError) return true;
  const status = (error as { status?: number }).status;
  return (
    status !== undefined && status < 500 && status !== 408 && status !== 429 && !(error instanceof UnavailableError)
  );
}
