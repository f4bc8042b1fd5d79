/** Of columns that only triggers and defaults of the database write: the ORM reads them, and never writes them. */
export const BY_THE_DATABASE = 'by the database';
