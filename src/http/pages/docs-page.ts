import { fileURLToPath } from 'node:url';
import { fromFile, fromText, type PageFile } from './page-file.ts';

/** Relative addresses, so that it works below any path. */
const HTML = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Stagebell API</title>
<link rel="icon" type="image/png" href="docs/favicon-32x32.png">
<link rel="stylesheet" href="docs/swagger-ui.css">
<script src="docs/swagger-ui-bundle.js" defer></script>
<script src="docs/docs.js" defer></script>
</head>
<body>
<main id="api"><noscript>This page needs JavaScript. The description itself is at <a href="openapi.json">openapi.json</a>.</noscript></main>
</body>
</html>
`;

const ofSwagger = (name: string): string => fileURLToPath(import.meta.resolve(`swagger-ui-dist/${name}`));

/** The page that shows and tries the API. Of the package swagger-ui-dist it serves these files and no others. */
export const DOCS_PAGE: ReadonlyMap<string, PageFile> = new Map([
  ['/docs', fromText('text/html; charset=utf-8', HTML)],
  ['/docs/docs.js', fromFile('text/javascript; charset=utf-8', () => new URL('docs.js', import.meta.url))],
  ['/docs/swagger-ui-bundle.js', fromFile('text/javascript; charset=utf-8', () => ofSwagger('swagger-ui-bundle.js'))],
  ['/docs/swagger-ui.css', fromFile('text/css; charset=utf-8', () => ofSwagger('swagger-ui.css'))],
  ['/docs/favicon-32x32.png', fromFile('image/png', () => ofSwagger('favicon-32x32.png'))],
]);
