/** The schema's name in SQL: as an identifier, and inside a literal such as '...stage'::regclass. */
export interface Names {
  /** The quoted schema. */
  s: string;
  /** One of our tables as a regclass constant, which stays right when things are renamed. */
  table(name: string): string;
  /** The channel of the releases before this one. */
  oldChannel: string;
}

/** The search_path of functions with the owner's rights: nothing that a caller creates is found first. */
export const OWNER = 'LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp';
