# Nothing here is native code (the embedded database is WebAssembly), so node:24-alpine serves too.
ARG NODE_IMAGE=node:24-slim

FROM ${NODE_IMAGE} AS deps
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# Maps and type declarations are for editors: a quarter of the folder.
RUN npm ci --omit=dev --no-audit --no-fund \
 && find node_modules -type f \( -name '*.map' -o -name '*.d.ts' -o -name '*.d.mts' -o -name '*.d.cts' \) -delete

FROM ${NODE_IMAGE}
LABEL org.opencontainers.image.title="Stagebell" \
      org.opencontainers.image.description="A stage changes status at its instant" \
      org.opencontainers.image.licenses="MIT"
# HOST, because a loopback address inside a container is reached by nobody. So API_KEYS is needed, or
# AUTH=none where something in front protects the port.
ENV NODE_ENV=production \
    HOST=0.0.0.0 \
    PORT=3000 \
    DATA_DIR=/data
WORKDIR /app
COPY --from=deps /app/node_modules ./node_modules
COPY package.json LICENSE ./
COPY config ./config
COPY src ./src
# Served as it is.
COPY docs/openapi.json ./docs/openapi.json
# /data is used by the embedded database alone: with DATABASE_URL nothing is ever written.
RUN mkdir -p /data node_modules/.cache && chown node:node /data node_modules/.cache
VOLUME /data
# Compiled here and kept for each start, as src/main.ts does it: by the user that it is kept for, who may
# not write to it later.
USER node
RUN NODE_COMPILE_CACHE=node_modules/.cache/stagebell node -e \
  "for (const file of ['cli/serve', 'db/postgres', 'leader/redis', 'leader/redlock-election']) import('./src/' + file + '.ts')"
USER root
RUN chown -R root:root node_modules/.cache
USER node
EXPOSE 3000
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s --retries=3 \
  CMD ["node", "-e", "fetch('http://127.0.0.1:' + (process.env.PORT || 3000) + '/livez').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
# Signals are handled and no child is ever started, so it may be process 1; --init does no harm.
# A graceful stop takes up to SHUTDOWN_TIMEOUT_MS (25 s): give docker stop 30 (--stop-timeout 30).
ENTRYPOINT ["node", "--max-semi-space-size=8", "src/main.ts"]
CMD ["serve"]
