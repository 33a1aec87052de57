# Builds and runs the server: docker build -t earshot . && docker run --network host -v "$PWD/data:/data" earshot
# Media needs the host's real addresses and many UDP ports, hence the host network.
FROM node:20-bookworm-slim AS build
WORKDIR /src
COPY . .
RUN node scripts/build.mjs && npm prune --omit=dev --no-audit --no-fund

FROM node:20-bookworm-slim
ENV NODE_ENV=production
WORKDIR /app
COPY --from=build /src/package.json /src/LICENSE ./
COPY --from=build /src/node_modules ./node_modules
COPY --from=build /src/packages ./packages
COPY --from=build /src/apps ./apps
RUN mkdir /data && chown node:node /data
USER node
WORKDIR /data
EXPOSE 8080/tcp 5060/udp 5060/tcp 40000/udp 41000-44999/udp
ENTRYPOINT ["node", "/app/apps/gateway/bin/earshot.mjs"]
CMD ["start"]
