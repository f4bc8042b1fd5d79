import { expect } from 'chai';
import { silentLog } from '../../../src/base/log.ts';
import { createAssignment } from '../../../src/commands/create-assignment.ts';
import { deleteStage } from '../../../src/commands/delete-stage.ts';
import { editStage } from '../../../src/commands/edit-stage.ts';
import { PgliteDatabase } from '../../../src/db/embedded/pglite.ts';
import { embeddedFolder } from '../../support/embedded-folder.ts';

const MB = 1 << 20;

describe('An embedded database whose disk is almost full', () => {
  it('refuses every kind of edit, and takes them again when there is room', async function () {
    this.timeout(60_000);
    const folder = await embeddedFolder();
    let free = 100 * MB;
    const database = new PgliteDatabase(folder.path, silentLog, { freeBytes: () => free });
    await database.connect();
    const writer = { database, instance: 'test', actor: null };
    const create = () => createAssignment(writer, { title: 'Compilers', timeZone: 'UTC', stages: [DRAFT] });
    const { stages } = await create();
    const id = stages[0]?.id ?? '';
    free = 7 * MB;
    const edits = {
      create,
      // What goes in one statement (edit-in-one.ts), and what does not.
      edit: () => editStage(writer, id, { name: 'Sketch' }, null),
      delete: () => deleteStage(writer, id, null),
    };
    for (const [name, edit] of Object.entries(edits)) {
      expect(await edit().catch(({ code }: { code: unknown }) => code), name).to.equal('disk_full');
    }
    free = 100 * MB;
    expect(await edits.edit()).to.include({ name: 'Sketch', version: 2 });
    await database.close();
    folder.remove();
  });
});

const DRAFT = { name: 'Draft', position: undefined, startMs: null, endMs: null };
