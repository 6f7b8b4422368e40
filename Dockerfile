# The image holds the compiled server, its production packages and the views; state and keys live in volumes.
FROM node:24-bookworm-slim AS base
WORKDIR /app
COPY package.json package-lock.json .npmrc ./

FROM base AS packages
# No package needs its install script: each ships what it needs for this platform.
RUN npm ci --omit=dev --ignore-scripts

FROM base AS build
RUN npm ci --ignore-scripts
COPY tsconfig.json ./
COPY adapters adapters
COPY src src
RUN npm run build

FROM base
ENV NODE_ENV=production \
    STORE_URL=sqlite:/var/lib/gatehouse/data/gatehouse.db \
    KEYS_DIR=/var/lib/gatehouse/keys
RUN install -d -o node -g node -m 700 /var/lib/gatehouse/data /var/lib/gatehouse/keys \
 && printf '#!/bin/sh\nexec node /app/dist/src/cli/main.js "$@"\n' >/usr/local/bin/gatehouse \
 && chmod 755 /usr/local/bin/gatehouse
COPY --from=packages /app/node_modules node_modules
COPY --from=build /app/dist dist
COPY views views

# The user node, as a number so that an orchestrator can see that it isn't root. Nothing else needs to be writable.
USER 1000:1000
VOLUME ["/var/lib/gatehouse/data", "/var/lib/gatehouse/keys"]
EXPOSE 3000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=15s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT || 3000}/healthz`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "--enable-source-maps", "dist/src/main.js"]
