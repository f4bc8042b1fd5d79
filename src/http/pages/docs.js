// The script of the page /docs (docs-page.ts). It runs in browsers.
// Only its own folder is known to it, so it works below any path.
SwaggerUIBundle({
  url: new URL('../openapi.json', document.currentScript.src).href,
  dom_id: '#api',
  presets: [SwaggerUIBundle.presets.apis],
  layout: 'BaseLayout',
  // Would send the address of the description to a validator on another host.
  validatorUrl: null,
  deepLinking: true,
  tryItOutEnabled: true,
  displayRequestDuration: true,
  docExpansion: 'list',
  // Each schema is shown where it is used; all of them once more take seconds to draw.
  defaultModelsExpandDepth: -1,
});
