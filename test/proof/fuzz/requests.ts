import type { Random } from '../random.ts';
import { DATES, HEADERS, LONG, METHODS, NUMBERS, ODD_JSON, PATHS, QUERIES, TEXTS } from './values.ts';
import type { Request } from './wire.ts';

/** What the service has, as far as the fuzzer knows. */
export interface Known {
  stages: string[];
  assignments: string[];
}

const iso = (ms: number): string => new Date(ms).toISOString();

/** Requests of every shape, out of one sequence of chance. */
export class Requests {
  readonly #random: Random;
  readonly #known: Known;

  constructor(random: Random, known: Known) {
    this.#random = random;
    this.#known = known;
  }

  /** Half are such as clients send; the others are those with something done to them. */
  next(): Request {
    const request = this.plain();
    const changes = this.#random.chance(0.5) ? 0 : this.#random.integer(1, 3);
    for (let i = 0; i < changes; i++) this.#spoil(request);
    return request;
  }

  plain(): Request {
    const r = this.#random;
    const stage = `/v1/stages/${this.#one(this.#known.stages)}`;
    const assignment = `/v1/assignments/${this.#one(this.#known.assignments)}`;
    return r.pick<() => Request>([
      () => this.#write('POST', '/v1/assignments', { title: this.#text(), stages: this.#stages() }),
      () =>
        this.#write('POST', '/v1/assignments', {
          title: this.#text(),
          time_zone: r.pick(['asia/shanghai', 'UTC', 'BST']),
        }),
      () => this.#write('POST', `${assignment}/stages`, this.#stage()),
      () => this.#write('PATCH', assignment, { title: this.#text() }),
      () => this.edit(this.#one(this.#known.stages)),
      () => this.#write('PATCH', stage, { name: this.#text(), position: r.integer(0, 9) }),
      () => this.#write('PATCH', `/v1/stages${r.pick(['', '?dry_run=true'])}`, { edits: this.#edits() }),
      () => this.#write('PATCH', stage, this.#beside()),
      () => this.#put(),
      () => this.#write('POST', `${stage}/activate`, null),
      () => this.#write('POST', `${stage}/complete`, r.pick([null, {}])),
      () => this.#write('DELETE', r.chance(0.2) ? assignment : stage, null),
      () => this.#read(r.pick([stage, assignment, `${stage}/transitions`])),
      () => this.#read(`${r.pick(PATHS)}${r.chance(0.5) ? `?${r.pick(QUERIES)}` : ''}`),
    ])();
  }

  /** An edit of dates close to now, so that it meets a bell. */
  edit(id: string, atMs = Date.now() + this.#random.between(-500, 1500)): Request {
    const [start_date, end_date] = [iso(atMs), iso(atMs + this.#random.integer(1, 1000))];
    return this.#write(
      'PATCH',
      `/v1/stages/${id}`,
      this.#random.pick([{ start_date, end_date }, { end_date }, { start_date }, { end_date: null }]),
    );
  }

  #spoil(request: Request): void {
    const r = this.#random;
    r.pick<() => void>([
      () => (request.method = r.pick(METHODS)),
      () => (request.target += `${request.target.includes('?') ? '&' : '?'}${r.pick(QUERIES)}`),
      () => (request.target += `?${'a=1&'.repeat(r.integer(1, 3000))}`),
      () => (request.target += `/${'x'.repeat(r.integer(1, 12_000))}`),
      () => request.headers.push(r.pick(HEADERS)),
      () => request.headers.splice(r.integer(0, request.headers.length), 1),
      () => (request.body = r.pick(LONG).repeat(r.integer(1, 200_000))),
      () => (request.body = `{"title": "${r.pick(LONG).repeat(r.integer(1, 300_000))}"}`),
      () =>
        (request.body = `{"stages": [${Array.from({ length: r.integer(1, 600) }, () => r.pick(ODD_JSON)).join(',')}]}`),
      () => (request.body = `{${Array.from({ length: r.integer(1, 20_000) }, (_, i) => `"k${i}": 1`).join(',')}}`),
      () => (request.body = this.#mangle(request.body)),
      () => (request.body = this.#mangle(request.body)),
    ])();
  }

  /** Another value in the place of one of the body's. */
  #mangle(body: string | null): string {
    const r = this.#random;
    const value = r.pick([
      r.pick(NUMBERS),
      r.pick(ODD_JSON),
      JSON.stringify(r.pick(TEXTS)),
      JSON.stringify(r.pick(DATES)),
      JSON.stringify(r.pick(LONG).repeat(50_000)),
    ]);
    const values = [...(body ?? '').matchAll(/:(?:"[^"]*"|\d+|null)/g)];
    if (body === null || values.length === 0) return r.pick(ODD_JSON);
    const { index, 0: found } = r.pick(values);
    const [before, after] = [body.slice(0, index), body.slice(index + found.length)];
    return r.pick([
      `${before}:${value}${after}`,
      `${before}${found},"start_date":${value}${after}`,
      `${before}:${after}`,
      `${before}${found},"odd":1${after}`,
    ]);
  }

  #one(ids: readonly string[]): string {
    return ids.length === 0 || this.#random.chance(0.05)
      ? '00000000-0000-4000-8000-000000000000'
      : this.#random.pick(ids);
  }

  #text(): string {
    return this.#random.chance(0.8) ? `name ${this.#random.integer(0, 999)}` : this.#random.pick(TEXTS);
  }

  #stage(): object {
    const startMs = Date.now() + this.#random.between(-500, 1500);
    return this.#random.pick([
      { name: this.#text() },
      { name: this.#text(), start_date: iso(startMs) },
      {
        name: this.#text(),
        start_date: iso(startMs),
        end_date: iso(startMs + this.#random.integer(1, 1000)),
        position: 3,
      },
      { name: this.#text(), start_date: this.#random.pick(DATES) },
    ]);
  }

  #stages(): object[] {
    return Array.from({ length: this.#random.pick([0, 1, 2, 5, this.#random.chance(0.05) ? 500 : 3]) }, () =>
      this.#stage(),
    );
  }

  #edits(): object[] {
    const r = this.#random;
    return Array.from({ length: r.pick([0, 1, 2, 40]) }, () => ({
      id: this.#one(this.#known.stages),
      ...r.pick([
        {},
        { if_match: r.pick(['"1"', '2', '*', 'x']) },
        { assignment_id: this.#one(this.#known.assignments) },
      ]),
      ...r.pick([{ name: this.#text() }, { start_date: iso(Date.now() + r.between(-500, 1500)) }, this.#beside()]),
    }));
  }

  #beside(): object {
    const r = this.#random;
    return r.pick([
      { external_id: r.pick(['e1', 'e2', null, r.pick(TEXTS)]) },
      { description: r.pick([null, this.#text()]) },
      { metadata: r.pick([null, {}, { [this.#text()]: this.#text() }]) },
    ]);
  }

  /** One of few, so that they meet. */
  #put(): Request {
    const r = this.#random;
    const id = r.pick(['a 1', 'a/2', r.pick(TEXTS)]);
    const stages = this.#stages().map((stage) => ({ ...stage, external_id: `s${r.integer(0, 3)}` }));
    const body = { title: this.#text(), stages, delete_missing: r.chance(0.5) };
    return this.#write('PUT', `/v1/assignments/external/${encodeURIComponent(id.toWellFormed())}`, body);
  }

  #write(method: string, target: string, body: object | null): Request {
    const headers: [string, string][] = [['Host', 'localhost']];
    if (body !== null) headers.push(['Content-Type', 'application/json']);
    return { method, target, headers, body: body === null ? null : JSON.stringify(body) };
  }

  #read(target: string): Request {
    return { method: this.#random.chance(0.9) ? 'GET' : 'HEAD', target, headers: [['Host', 'localhost']], body: null };
  }
}
