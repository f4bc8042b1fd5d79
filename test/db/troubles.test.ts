import { expect } from 'chai';
import { asNoConnection, isForgotten, isUnavailable } from '../../src/db/faults.ts';
import { isOfRows } from '../../src/db/leading/stuck.ts';
import { troubleOf } from '../../src/db/troubles.ts';

const told = (fields: Record<string, string>): Error => Object.assign(new Error('told'), fields);

describe('what an error says of the database', () => {
  it('is nothing where others’ code on our tables has raised it: that is a matter of the row', () => {
    const where =
      'PL/pgSQL function audit() line 3 at RAISE\nSQL statement "..."\nPL/pgSQL function edit_record() line 9';
    for (const code of ['08001', '25006', '28P01', '42501', '42P01', '55000', '58P01']) {
      const error = told({ code, where });
      expect([isUnavailable(error), isOfRows(error), troubleOf(error)], code).to.deep.equal([false, true, null]);
      const ours = told({ code, where: 'PL/pgSQL function stage_say(text) line 2 at PERFORM' });
      expect(troubleOf(ours), code).not.to.equal(null);
      expect(troubleOf(told({ code, where: 'PL/pgSQL function inline_code_block line 2' })), code).not.to.equal(null);
    }
  });

  it('is no matter of a row where the statement as a whole cannot be run', () => {
    for (const code of ['42501', '42P01', '42883', '0A000', '3F000'])
      expect(isOfRows(told({ code })), code).to.equal(false);
    for (const code of ['23514', '22003', 'P0001']) expect(isOfRows(told({ code })), code).to.equal(true);
  });

  it('is that of the server where the server itself is short of something, whoever runs into it', () => {
    for (const code of ['53100', '57P01', 'XX001']) {
      expect(isUnavailable(told({ code, where: 'PL/pgSQL function audit() line 3 at SQL statement' })), code).to.equal(
        true,
      );
    }
  });

  it('names the process where it may open no more, and any failure of the system is worth another try', () => {
    const error = told({ code: 'EMFILE', syscall: 'connect' });
    expect(isUnavailable(error)).to.equal(true);
    expect(troubleOf(error)).to.deep.include({ part: 'descriptors' });
    for (const code of ['EADDRNOTAVAIL', 'ENOBUFS', 'EPERM']) {
      expect(isUnavailable(told({ code, syscall: 'connect' })), code).to.equal(true);
    }
    expect(isUnavailable(told({ code: 'ERR_TLS_CERT_ALTNAME_INVALID' }))).to.equal(true);
    expect(isUnavailable(told({ code: 'ERR_INVALID_ARG_TYPE' }))).to.equal(false);
  });

  it('is that there is no connection, whatever a server says to that', () => {
    const refused = asNoConnection(told({ code: 'P0001' })) as Error & { status: number };
    expect([refused.status, refused.message]).to.deep.equal([503, 'PostgreSQL does not let this instance in: told']);
    const replica = told({ code: '42501', message: 'permission denied to set parameter "session_replication_role"' });
    expect(troubleOf(replica)?.cure).to.contain('RESET session_replication_role');
  });

  it('is that a statement was forgotten, for a pooler that has put another backend behind a connection', () => {
    expect(['26000', '42P05', '42601'].map((code) => isForgotten(told({ code })))).to.deep.equal([true, true, false]);
    expect(isForgotten(told({ code: '0A000', routine: 'RevalidateCachedQuery' }))).to.equal(true);
  });
});
