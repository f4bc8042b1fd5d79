import { writeFileSync } from 'node:fs';
import { ROUTES } from '../support/answers.ts';
import { Usage } from '../support/usage.ts';
import { OPERATIONS_FILE, operationsOf, TYPES_FILE, typesOf } from './client.ts';
import { DOCUMENT_FILE, documentOf } from './document.ts';
import { EXAMPLES_FILE, readExamples } from './example.ts';
import { play } from './play.ts';
import { kept } from './same-shape.ts';

/**
 * `npm run openapi`: plays the examples against a service, writes docs/openapi.json from the schemas, and from that what
 * the client knows.
 */
const usage: Usage = new Usage('npm run openapi -- (it takes no options)');
usage.read({ options: {} });
const examples = kept(await play(), readExamples());
writeFileSync(EXAMPLES_FILE, `${JSON.stringify(examples, null, 2)}\n`);
const text = documentOf(ROUTES, examples);
writeFileSync(DOCUMENT_FILE, text);
writeFileSync(TYPES_FILE, await typesOf(JSON.parse(text)));
writeFileSync(OPERATIONS_FILE, operationsOf(JSON.parse(text)));
console.log(`docs/openapi.json: ${ROUTES.length} operations, ${examples.length} examples`);
