/** What `work` was rejected with. @throws when it was not */
export async function failure(work: Promise<unknown>): Promise<unknown> {
  try {
    await work;
  } catch (error) {
    return error;
  }
  throw new Error('It was to fail and did not.');
}
