import { z } from 'zod';
import { didYouMean } from '../../base/did-you-mean.ts';

/** The name of an IANA time zone. An offset is refused: it would be wrong after the next change of clocks. */
export const timeZone = z
  .string()
  .transform((text, context): string => {
    const name = canonical(text);
    if (name !== null) return name;
    const near = didYouMean(text.slice(0, 60), Intl.supportedValuesOf('timeZone'));
    const message = /^[+-]?\d/.test(text)
      ? 'must be the name of a time zone, such as Asia/Shanghai, not an offset'
      : `'${text.slice(0, 60)}' is not a time zone${near || '; write an IANA name, such as Asia/Shanghai or UTC'}`;
    context.addIssue({ code: 'custom', message });
    return z.NEVER;
  })
  .meta({ description: 'IANA name', example: 'Asia/Shanghai' });

/** As given, but for the case of its letters: other programs that read the table mind it. null: unknown. */
function canonical(text: string): string | null {
  if (!/^[A-Za-z][\w+/-]{0,60}$/.test(text)) return null;
  try {
    const known = new Intl.DateTimeFormat('en', { timeZone: text }).resolvedOptions().timeZone;
    return known.toLowerCase() === text.toLowerCase() ? known : text;
  } catch {
    return null;
  }
}
