/** The schema's name as SQL writes it: as an identifier, and inside a literal such as '...stage'::regclass. */
export interface Names {
  /** The quoted schema. */
  s: string;
  /** The name of one of our tables as a constant of the type regclass, which stays right when things are renamed. */
  table(name: string): string;
  /** The channel of the releases before this one. */
  oldChannel: string;
}

/** Of the functions that act with the owner's rights: nothing that a caller brings is found before what they mean. */
export const OWNER = 'LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp';
