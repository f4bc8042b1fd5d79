const SHAPE = 'expected a URL such as postgresql://user:password@host:5432/name';
const ESCAPES = 'in a user or password write / as %2F, @ as %40, : as %3A, # as %23, ? as %3F and % as %25';

/**
 * Which part of a DATABASE_URL is wrong; null when it is right. Repeats nothing of it, because a password that breaks
 * the URL would be repeated too. Stricter than URL, which would take part of such a password for the port, the path or
 * the fragment.
 */
export function databaseUrlFault(text: string): string | null {
  const fault = wrongPart(text.trim());
  if (fault !== null) return `${fault}; ${SHAPE}; ${ESCAPES}`;
  return URL.canParse(text) ? schemaFault(new URL(text)) : `${SHAPE}; ${ESCAPES}`;
}

/** Other drivers read these. Ours ignores them, and would make the tables in another schema. */
const SCHEMA_PARAMETERS = ['schema', 'currentSchema', 'search_path', 'searchpath'];

function schemaFault({ searchParams }: URL): string | null {
  const name = SCHEMA_PARAMETERS.find((parameter) => searchParams.has(parameter));
  if (name === undefined) return null;
  return `the parameter ${name} is not read; name the schema with ?options=-csearch_path%3DNAME, or once for all with ALTER ROLE ... SET search_path = NAME`;
}

function wrongPart(text: string): string | null {
  const scheme = /^postgres(ql)?:\/\//i.exec(text);
  if (scheme === null) {
    return /^[a-z_]+ *=/i.test(text)
      ? 'it is a list of name=value'
      : 'it does not begin with postgresql:// or postgres://';
  }
  const rest = text.slice(scheme[0].length);
  const end = rest.search(/[/?#]/);
  const authority = end === -1 ? rest : rest.slice(0, end);
  const behind = end === -1 ? '' : rest.slice(end);
  const [path = ''] = behind.split(/[?#]/, 1);
  const query = behind.slice(path.length);
  const isCut = !authority.includes('@') && (path.includes('@') || /^[?#][^=]*@/.test(query));
  if (isCut) return `the user or the password contains a ${behind[0]} that is not escaped`;
  if (query.includes('#')) return 'it contains a #, which has no meaning there';
  if (/[/@]/.test(path.slice(1)))
    return 'the name of the database contains a / or @, perhaps from a password that is not escaped';
  return wrongAuthority(authority);
}

function wrongAuthority(authority: string): string | null {
  const at = authority.lastIndexOf('@');
  const server = authority.slice(at + 1);
  if (server.includes(',')) return 'it names several hosts, but one is expected';
  const port = /^(?:\[[^\]]*\]|[^:[]*):(.+)$/.exec(server)?.[1];
  if (port === undefined || (/^\d{1,5}$/.test(port) && Number(port) < 65_536)) return null;
  return at === -1
    ? 'what follows the first : is not a port, and no @host follows it'
    : 'the port after the host is not a number up to 65535';
}
