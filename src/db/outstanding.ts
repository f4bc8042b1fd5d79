/**
 * A boundary is **outstanding** until it is crossed, and **due** once its instant has come. Nothing else in the code
 * says so in SQL, and the index `stage_by_end` is made with these words (schema/drift.ts), so that it can be used.
 */
export type StageDate = 'start_date' | 'end_date';

/** Stages whose boundary at this date is outstanding, by their recorded status. */
export const OUTSTANDING: Readonly<Record<StageDate, string>> = {
  start_date: "status = 'pending'",
  end_date: "status IN ('pending', 'active') AND end_date IS NOT NULL",
};

/** Stages whose boundary at this date is due. @param now an SQL expression */
export const due = (date: StageDate, now: string): string => `${OUTSTANDING[date]} AND ${date} <= ${now}`;

/** Stages that are not left out. Not `<> ALL`, which compares each row with each id. @param ids a parameter: an array of ids */
export const notAmong = (ids: string): string => `id NOT IN (SELECT unnest(${ids}::uuid[]))`;

/** An instant that is given in epoch milliseconds. @param ms a parameter; null: before all instants */
export const instant = (ms: string): string => `coalesce(to_timestamp(${ms}::float8 / 1000), '-infinity')`;
