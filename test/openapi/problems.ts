import { STATUS_CODES } from 'node:http';
import { z } from 'zod';
import { PROBLEM_TYPE } from '../../src/http/problem.ts';
import { OF_HTTP, problemsOf } from '../../src/http/problems-of.ts';
import type { Route } from '../../src/http/route.ts';
import { PROBLEM_CODES, PROBLEMS, type ProblemCode, problem } from '../../src/http/schema/output-problem.ts';
import type { Example } from './example.ts';
import { headerRefs } from './headers.ts';

/** Headers that a problem has besides. */
const HEADERS: Record<number, 'Retry-After' | 'WWW-Authenticate'> = {
  401: 'WWW-Authenticate',
  429: 'Retry-After',
  503: 'Retry-After',
};

const OF_ANY_REQUEST = 'HttpProblem';

type Response = ReturnType<typeof responseOf>;

/** The problems of all routes: what most have in common has a name, the rest is told in its place. */
export class Problems {
  /** For `components.responses`. */
  readonly shared: Record<string, Response>;
  readonly #examples: readonly Example[];
  /** The codes that most routes have for a status. */
  readonly #usual = new Map<number, string>();

  constructor(routes: readonly Route[], examples: readonly Example[]) {
    this.#examples = examples;
    const counts = new Map<string, number>();
    for (const route of routes) {
      for (const [status, codes] of byStatus(problemsOf(route))) {
        const key = `${status} ${codes}`;
        counts.set(key, (counts.get(key) ?? 0) + 1);
      }
    }
    this.shared = { [OF_ANY_REQUEST]: responseOf(OF_HTTP, examples, ['Allow']) };
    for (const [key] of [...counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1))) {
      const [status = '', codes = ''] = key.split(' ');
      if (this.#usual.has(Number(status))) continue;
      this.#usual.set(Number(status), codes);
      this.shared[nameOf(Number(status))] = responseOf(codes.split(',') as ProblemCode[], examples);
    }
  }

  /** For `responses` of an operation, by status. */
  of(route: Route): Record<string, Response | { $ref: string }> {
    const responses: Record<string, Response | { $ref: string }> = {};
    for (const [status, codes] of byStatus(problemsOf(route))) {
      const isUsual = this.#usual.get(status) === String(codes);
      responses[status] = isUsual ? refTo(nameOf(status)) : responseOf(codes, this.#examples);
    }
    return { ...responses, default: refTo(OF_ANY_REQUEST) };
  }
}

const nameOf = (status: number): string => (STATUS_CODES[status] ?? '').replaceAll(' ', '');
const refTo = (name: string) => ({ $ref: `#/components/responses/${name}` });

function byStatus(codes: readonly ProblemCode[]): [status: number, codes: ProblemCode[]][] {
  const found = new Map<number, ProblemCode[]>();
  // In the order of the list, whoever names them.
  for (const code of PROBLEM_CODES.filter((one) => codes.includes(one))) {
    const [status] = PROBLEMS[code];
    found.set(status, [...(found.get(status) ?? []), code]);
  }
  return [...found];
}

function responseOf(given: readonly ProblemCode[], examples: readonly Example[], more: 'Allow'[] = []) {
  const codes = PROBLEM_CODES.filter((code) => given.includes(code));
  const statuses = [...new Set(codes.map((code) => PROBLEMS[code][0]))];
  const [status] = statuses;
  const own = statuses.length === 1 && status !== undefined ? HEADERS[status] : undefined;
  const shown = codes.flatMap((code) => {
    const example = examples.find((one) => one.code === code);
    return example === undefined ? [] : [[code, { summary: PROBLEMS[code][1], value: example.response }] as const];
  });
  const code = (one: ProblemCode) => (statuses.length === 1 ? `\`${one}\`` : `${PROBLEMS[one][0]} \`${one}\``);
  return {
    description: codes.map((one) => `${code(one)}: ${PROBLEMS[one][1]}`).join('\n\n'),
    headers: headerRefs([...(own === undefined ? [] : [own]), ...more]),
    content: {
      [PROBLEM_TYPE]: {
        schema: problem.and(z.object({ status: z.literal(statuses), code: z.enum(codes) })),
        ...(shown.length === 0 ? {} : { examples: Object.fromEntries(shown) }),
      },
    },
  };
}
