import { readFile } from 'node:fs/promises';

/**
 * docs/openapi.json, which `npm run openapi` makes from the schemas of the routes. Making it here would hold up the
 * event loop, and so the bells.
 */
const FILE = new URL('../../docs/openapi.json', import.meta.url);

interface Document {
  servers: { url: string }[];
  paths: Record<string, unknown>;
  components: Record<string, Record<string, unknown>>;
}

/** The description of these paths, and of nothing else, as text. @param basePath where they are */
export async function describe(paths: readonly string[], basePath = ''): Promise<string> {
  const { paths: all, components, servers, ...rest } = JSON.parse(await readFile(FILE, 'utf8')) as Document;
  const served = new Set(paths.map(asTemplate));
  const kept = Object.fromEntries(Object.entries(all).filter(([path]) => served.has(path)));
  const { securitySchemes, ...others } = components;
  const named = referredTo(kept, components);
  const used = Object.entries(others).map(([kind, entries]) => [
    kind,
    Object.fromEntries(Object.entries(entries).filter(([name]) => named.has(`${kind}/${name}`))),
  ]);
  const here = servers.map((server) => ({ ...server, url: basePath || server.url }));
  return JSON.stringify({
    ...rest,
    servers: here,
    paths: kept,
    components: { securitySchemes, ...Object.fromEntries(used) },
  });
}

/** A path as OpenAPI writes it. */
export const asTemplate = (path: string): string => path.replaceAll(/:(\w+)/g, '{$1}');

/** The components that `value` names, and those that they name. */
function referredTo(value: unknown, components: Document['components'], named = new Set<string>()): Set<string> {
  for (const [, kind = '', name = ''] of JSON.stringify(value).matchAll(/"#\/components\/(\w+)\/([\w.-]+)"/g)) {
    const key = `${kind}/${name}`;
    if (named.has(key)) continue;
    named.add(key);
    referredTo(components[kind]?.[name] ?? null, components, named);
  }
  return named;
}
