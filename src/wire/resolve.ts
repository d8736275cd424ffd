import { shapeSentence } from '../bytes/index.ts';
import type { Description, Field } from './description.ts';
import type { FieldMeaning } from './message.ts';
import { withBeginnings } from './beginnings.ts';
import { checkTogether } from './resolve-checks.ts';
import { badDescription, bilingual, type Context, contextOf } from './resolve-context.ts';
import { type Problem, reporter } from './problems.ts';
import { examplesOf } from './resolve-examples.ts';
import { fieldsOf } from './resolve-fields.ts';
import { framingOf, requireHeaderField } from './resolve-framing.ts';
import { packetOf } from './resolve-packets.ts';
import { DESCRIPTION, KEYS, SENTENCES } from './schema.ts';
import type { Source } from './source.ts';

/** Header fields may carry what any packet may carry by that name. */
const HEADER_MEANINGS: Readonly<Record<string, FieldMeaning>> = {
  status: { meaning: 'status', absent: 'ok' },
};

/**
 * Checks a description and looks up all its names.
 *
 * @throws KitError `bad-description` (usage): the message lists the first problems, each as `file:line:column: sentence`.
 */
export function resolveDescription(source: Source): Description {
  const problems: Problem[] = [];
  const report = reporter(source, problems);
  const parsed = DESCRIPTION.safeParse(source.value);
  if (!parsed.success) {
    for (const issue of parsed.error.issues)
      report(
        issue.path.filter((step) => typeof step !== 'symbol'),
        shapeSentence(issue, source.value, KEYS, SENTENCES),
      );
    throw badDescription(source.file, problems);
  }
  const description = resolve(contextOf(parsed.data, report), () => problems.length === 0);
  if (problems.length > 0) throw badDescription(source.file, problems);
  return description;
}

function resolve(context: Context, clean: () => boolean): Description {
  const { raw, enums, requestField } = context;
  const header = headerOf(context);
  const framing = framingOf(context, header);
  const packets = Object.entries(raw.packets).flatMap(
    ([key, packet]) => packetOf(context, key, packet, header) ?? [],
  );
  requireHeaderField(context, ['correlate'], requestField, header);
  // A name that is wrong makes packets look alike: first the names.
  if (clean()) checkTogether(context, packets);
  return {
    name: raw.protocol,
    title: bilingual(raw.title ?? raw.protocol),
    about: bilingual(raw.about),
    rules: (raw.rules ?? []).map(bilingual),
    port: raw.port,
    framing,
    correlate: requestField === undefined ? { by: 'order' } : { by: 'field', field: requestField },
    enums,
    header,
    packets: withBeginnings(context, packets, header),
    examples: examplesOf(context),
  };
}

function headerOf(context: Context): Field[] {
  const { header = [], packets } = context.raw;
  return fieldsOf(context, header, {
    path: ['header'],
    meanings: HEADER_MEANINGS,
    selectors: new Set(Object.values(packets).flatMap(({ when }) => Object.keys(when ?? {}))),
    inHeader: true,
  });
}
