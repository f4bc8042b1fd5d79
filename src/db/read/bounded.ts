import type { Reader } from './stages.ts';

/** A page ends once its long texts have so many bytes: it is in memory as a whole. */
const MOST_BYTES = 4 * 1024 * 1024;
/** Texts that have no more cannot add up to too many bytes. */
const SHORT_BYTES = 4096;

/** A page of rows, some of whose columns may be long. */
export interface BoundedPage {
  /** SQL: a query of all rows that the page may have, in order. */
  rows: string;
  /** Their columns that are not long. */
  stored: string;
  /** Columns of texts, and of jsonb, that may be long. */
  texts: readonly string[];
  json: readonly string[];
  /** SQL: what is read of them. */
  shown: string;
  /** The columns that they are sorted by. No two rows have the same values there. */
  order: readonly string[];
}

export type Followed<Row> = Row & {
  /** Whether another row comes behind it, although this is the last of the page. */
  isFollowed?: boolean;
  /** Of the first query. Never true in what is read. */
  isLong?: boolean;
};

/** So few rows are read as they are: even if all their texts are as long as they may be, they are a few MB. */
const FEW_ROWS = 51;

/**
 * Reads a page that ends early where texts are long, but has at least one row. To weigh rows makes a query a quarter
 * slower, so that is done only once a text has turned out to be long. The first query leaves long texts out; to ask for
 * their lengths costs a tenth.
 * @param values of the parameters of `rows`, but the last
 * @param limit the last one: the most rows that there can be
 */
export async function readBounded<Row>(
  em: Reader,
  page: BoundedPage,
  values: readonly unknown[],
  limit: number,
): Promise<Followed<Row>[]> {
  const read = (sql: string) => em.execute<Followed<Row>[]>(sql, [...values, limit]);
  if (limit <= FEW_ROWS)
    return read(`SELECT ${page.shown} FROM (${page.rows}) AS page ORDER BY ${orderOf('page', page)}`);
  const rows = await read(withoutLong(page));
  return rows.some(({ isLong }) => isLong) ? read(weighed(page)) : rows;
}

const orderOf = (table: string, { order }: BoundedPage): string =>
  order.map((column) => `${table}.${column}`).join(', ');

function withoutLong(page: BoundedPage): string {
  const { rows, stored, texts, json, shown } = page;
  const long = [
    ...texts.map((column) => [column, isLongText(column)]),
    ...json.map((column) => [column, isLongJson(column)]),
  ];
  const short = long.map(([column, isLong]) => `CASE WHEN NOT (${isLong}) THEN ${column} END AS ${column}`);
  return `SELECT ${shown}, is_long AS "isLong" FROM (
    SELECT ${stored}, ${short.join(', ')}, ${long.map(([, isLong]) => `coalesce(${isLong}, false)`).join(' OR ')} AS is_long
    FROM (${rows}) AS page
  ) AS short ORDER BY ${orderOf('short', page)}`;
}

const isLongText = (column: string): string => `octet_length(${column}) > ${SHORT_BYTES}`;
// Only what is compressed has to be looked at: for the rest, the size is known.
const isLongJson = (column: string): string =>
  `CASE WHEN pg_column_compression(${column}) IS NULL THEN pg_column_size(${column}) ELSE octet_length(${column}::text) END > ${SHORT_BYTES}`;

function weighed(page: BoundedPage): string {
  const { rows, texts, json, shown } = page;
  const bytes = [...texts, ...json].map((column) => `coalesce(octet_length(${column}::text), 0)`).join(' + ');
  return `SELECT ${shown}, is_followed AS "isFollowed" FROM (
    SELECT page.*, sum(${bytes}) OVER before AS bytes_before, lead(true, 1, false) OVER before AS is_followed
    FROM (${rows}) AS page
    WINDOW before AS (ORDER BY ${orderOf('page', page)} ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
  ) AS weighed WHERE bytes_before IS NULL OR bytes_before < ${MOST_BYTES} ORDER BY ${orderOf('weighed', page)}`;
}
