import { z } from 'zod';
import { describe } from '../openapi.ts';
import type { HttpOptions } from '../options.ts';
import { type Route, route } from '../route.ts';
import { KNOWN } from './known.ts';

const openApi = z
  .looseObject({
    openapi: z.string(),
    info: z.looseObject({ title: z.string(), version: z.string() }),
    paths: z.record(z.string(), z.looseObject({})),
  })
  .meta({ id: 'OpenApi' });

/** @param others the other routes that the instance serves */
export const descriptionRoutes = (others: readonly Route[], { basePath }: HttpOptions) => {
  const path = '/openapi.json';
  let text: Promise<string> | null = null;
  return [
    route({
      method: 'get',
      path,
      operation: 'getOpenApi',
      tag: 'Service',
      // Anybody can read it in the repository too.
      scope: null,
      summary: 'This description in OpenAPI 3.1, of what this instance serves',
      responses: { 200: { description: 'The description.', body: openApi, headers: ['Content-Type'] }, 304: KNOWN },
      async handle() {
        text ??= describe([...others.map((other) => other.path), path], basePath);
        const headers = { 'Content-Type': 'application/json; charset=utf-8' };
        // Text is sent unchanged.
        return { status: 200, headers, body: (await text) as unknown as z.output<typeof openApi> };
      },
    }),
  ];
};
