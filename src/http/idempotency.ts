import { hash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { doAndKeep, doOnce, type KeptAnswer, type Repeatable } from '../commands/once-only.ts';
import type { Database } from '../db/database.ts';
import { BadRequestError } from './http-refusals.ts';
import { type Pause, toJson } from './json-pieces.ts';
import type { KeptAnswers } from './kept-answers.ts';
import type { Answer } from './reply.ts';
import type { Call, Route } from './route.ts';

const FORM = /^[\x20-\x7e]{1,255}$/;
const REPLAYED = { 'Idempotency-Replayed': 'true' };

type AnyCall = Call<unknown, unknown, unknown>;

/** Whether its caller may send the request again without its being done twice. Other methods need no key for that. */
export const mayBeRepeated = ({ method, isOneTransaction }: Route): boolean =>
  method === 'post' || isOneTransaction === true;

/** The Idempotency-Key of a request; null: none. @throws BadRequestError */
export function idempotencyKeyOf({ headers }: IncomingMessage): string | null {
  const given = headers['idempotency-key'];
  if (given === undefined) return null;
  if (typeof given === 'string' && FORM.test(given)) return given;
  throw new BadRequestError(
    'malformed_idempotency_key',
    'Idempotency-Key must be 1 to 255 printable ASCII characters, such as a UUID.',
  );
}

/** Calls the handler, or answers as the first time. */
export async function onceOnly(
  { database, answers, pause }: { database: Database; answers: KeptAnswers; pause: Pause },
  route: Route,
  call: AnyCall,
  { key, given }: { key: string; given: unknown },
): Promise<Answer> {
  const request = repeatableOf(route, call, key, given);
  let first = '';
  const answered = async (asked: AnyCall): Promise<KeptAnswer> => {
    const answer = await textOf(await route.handle(asked), pause);
    first = answer.answer;
    return route.secret === undefined ? answer : withoutSecret(answer, route.secret);
  };
  const done =
    route.isOneTransaction === true
      ? await doOnce(database, request, (within) => answered({ ...call, caller: { ...call.caller, within } }))
      : await doAndKeep(database, request, () => answered(call));
  answers.kept();
  // Nothing was edited now: the log need not say so.
  if (done.isReplayed) call.ctx.state['isRehearsal'] = true;
  const { status, headers, answer, isReplayed } = done;
  return {
    status,
    headers: isReplayed ? { ...headers, ...REPLAYED } : headers,
    // As it was made; what is kept has no secret.
    body: (isReplayed ? answer : first) || undefined,
  };
}

function repeatableOf({ method, path }: Route, { ctx, caller }: AnyCall, key: string, given: unknown): Repeatable {
  const { url = '', headers } = ctx.req;
  const asked = [url, given, headers['if-match'], caller.onBehalfOf];
  return {
    caller: caller.name ?? '',
    key,
    route: `${method.toUpperCase()} ${path}`,
    request: hash('sha256', JSON.stringify(asked)),
  };
}

async function textOf({ status, headers = {}, body }: Answer, pause: Pause): Promise<KeptAnswer> {
  if (body === undefined) return { status, headers, answer: '' };
  const json = typeof body === 'string' ? body : await toJson(body as object, pause);
  return { status, headers, answer: typeof json === 'string' ? json : Buffer.concat(json).toString() };
}

/** A secret is shown once: it is not kept for a second time. */
function withoutSecret(kept: KeptAnswer, secret: string | readonly string[]): KeptAnswer {
  const nothing = Object.fromEntries([secret].flat().map((field) => [field, null]));
  return { ...kept, answer: JSON.stringify({ ...JSON.parse(kept.answer), ...nothing }) };
}
