import { type Check, type Finding, fail, ok, warn } from './check.ts';

/** The troubles that the instances report, and since when. What ended within the last hour is listed too. */
export const troubles: Check = {
  name: 'troubles',
  needs: 'database',
  async run({ instances }) {
    const findings = instances.flatMap(({ name, troubles }) =>
      troubles.map(({ part, cause, cure, detail, since, until, isBlocking }): Finding => {
        const text = `${name}, ${part}: ${cause}${detail && ` (${detail})`}`;
        if (until !== null) return ok(`trouble_over_${part}`, `${text}; from ${since} to ${until}`);
        return (isBlocking ? fail : warn)(`trouble_${part}`, `${text}; since ${since}`, cure);
      }),
    );
    return findings.length > 0 ? findings : ok('troubles_none', 'no instance reports any, now or within the last hour');
  },
};
