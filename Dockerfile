# The one image of Glimpse: serves, trains and checks itself. It is built in NODE_IMAGE and runs on RUNTIME_IMAGE with Node out
# of that, so a release can pin both by digest (--build-arg NODE_IMAGE=node:24-bookworm-slim@sha256:...).
# `--target sagemaker` and `--target lambda` are the same image as SageMaker and as Lambda start it.
# `--target tensorflow` is the same image with the TensorFlow runtime for SavedModels in it, some 660 MB larger.
ARG NODE_IMAGE=node:24-bookworm-slim
ARG RUNTIME_IMAGE=debian:bookworm-slim

FROM ${NODE_IMAGE} AS build
WORKDIR /app
# jemalloc hands memory back between bursts of images (resting memory about 40 % lower than glibc's).
# Copied to a path without the architecture in it, so that one LD_PRELOAD fits amd64 and arm64.
# Node goes without the names that only a debugger of itself reads.
RUN apt-get update \
  && apt-get install --yes --no-install-recommends binutils libjemalloc2 \
  && rm -rf /var/lib/apt/lists/* \
  && cp --dereference /usr/lib/*-linux-gnu/libjemalloc.so.2 /usr/local/lib/libjemalloc.so \
  && strip --strip-unneeded -o /usr/local/lib/node "$(command -v node)"
# .npmrc switches install scripts off: nothing but the registry is asked, and no CUDA is downloaded.
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY tsconfig.json ./
COPY scripts/bundle.mjs scripts/bundle-console.mjs scripts/external-packages.mjs scripts/replace-folder.mjs ./scripts/
COPY src ./src
COPY console ./console
RUN npm run build && npm prune --omit=dev
# What is in the image, in bundles or beside them: for whoever looks for known faults in it.
RUN npm sbom --sbom-format=cyclonedx --omit=dev --package-lock-only >sbom.cdx.json
# The models of the image: the one we ship, or a folder of your own that .dockerignore lets in
# (--build-arg MODELS=models-mine). A production label without its version would answer nobody: it ends the build.
ARG MODELS=models
COPY ${MODELS} /models
RUN node dist/cli.js doctor /models
# Most packages are inside of the bundles by now, and onnxruntime-node carries five platforms: only what is loaded stays.
COPY scripts/image/keep-runtime.mjs ./scripts/image/
RUN node scripts/image/keep-runtime.mjs /app

# Only for the target tensorflow: PyPI and Debian's compiler are asked here, and nowhere else.
FROM ${NODE_IMAGE} AS tensorflow-build
WORKDIR /app
RUN apt-get update \
  && apt-get install --yes --no-install-recommends g++ python3 python3-pip \
  && rm -rf /var/lib/apt/lists/*
COPY package.json .npmrc ./
COPY scripts/install-tensorflow.sh ./scripts/
RUN bash scripts/install-tensorflow.sh /opt/tensorflow \
  && rm -rf /opt/tensorflow/node_modules/@tensorflow/tfjs-node/deps/include /opt/tensorflow/node_modules/node-api-headers \
  && find /opt/tensorflow -type f \
    \( -name '*.map' -o -name '*.d.ts' -o -name '*.min.js' -o -name '*.es2017.js' -o -name '*.fesm.js' -o -name '*.ts' -o -name '*.md' \) \
    ! -iname 'licen[cs]e*' -delete

FROM ${RUNTIME_IMAGE} AS glimpse
LABEL org.opencontainers.image.title="Glimpse" \
  org.opencontainers.image.description="The model server for Node teams: trains, versions, serves and watches image classifiers in one small container." \
  org.opencontainers.image.licenses="MIT"
ENV NODE_ENV=production \
  LD_PRELOAD=/usr/local/lib/libjemalloc.so \
  UV_THREADPOOL_SIZE=8 \
  GLIMPSE_REPOSITORY=/models \
  GLIMPSE_DATA_DIR=/data \
  GLIMPSE_DATASET_ROOT=/datasets \
  GLIMPSE_MNIST_DIR=/datasets/mnist \
  GLIMPSE_KEYS_FILE=/data/keys.json \
  GLIMPSE_OPEN_PREDICT=1
WORKDIR /app
RUN groupadd --gid 1000 node && useradd --uid 1000 --gid node --create-home node
COPY --from=build /usr/local/lib/node /usr/local/bin/node
COPY --from=build /usr/local/lib/libjemalloc.so /usr/local/lib/libjemalloc.so
COPY --from=build /app/package.json /app/sbom.cdx.json ./
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
# The digits that the defaults of /train learn from where there is no MNIST.
COPY samples ./samples
COPY backbones ./backbones
# The program belongs to root and cannot change itself; only its models and its working data are writable.
COPY --from=build --chown=1000:1000 /models /models
RUN mkdir --parents /data /datasets && chown 1000:1000 /models /data
# Fargate gives the volume it mounts on a folder the owner and mode of that folder only where it is named here.
VOLUME ["/models", "/data", "/tmp"]
# User `node` by number: Kubernetes' runAsNonRoot cannot check a name.
USER 1000:1000
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3 CMD ["node", "dist/healthcheck.js"]
# No tini here: Node itself takes SIGTERM as process 1 and reaps its children, the trainer and cells, and SageMaker
# appends its own `serve` or `train` to exactly this entry point. Where an init is wanted anyway the
# platform has one (compose `init: true`, ECS `initProcessEnabled`).
ENTRYPOINT ["node", "dist/cli.js"]
CMD ["serve"]

FROM glimpse AS tensorflow
COPY --from=tensorflow-build /opt/tensorflow /opt/tensorflow
# A link in it points at /opt/tensorflow.
COPY --from=tensorflow-build /app/node_modules/@tensorflow /app/node_modules/@tensorflow

# For SageMaker, whose guide has containers run as root: what it mounts below /opt/ml belongs to root. It sends no key, and
# keeps everybody else away by IAM.
FROM glimpse AS sagemaker
LABEL com.amazonaws.sagemaker.capabilities.multi-models=true \
  com.amazonaws.sagemaker.capabilities.accept-bind-to-port=true
ENV GLIMPSE_OPEN=1 \
  GLIMPSE_KEYS_FILE=
USER 0:0

# A function of AWS Lambda: the program asks its Runtime API for events. Only /tmp can be written, nobody keeps an admin key,
# and a function has one call at a time.
FROM glimpse AS lambda
ENV GLIMPSE_DATA_DIR=/tmp/glimpse \
  GLIMPSE_KEYS_FILE= \
  GLIMPSE_MAX_BATCH_SIZE=8
ENTRYPOINT ["node", "dist/lambda.js"]
CMD []

# What is built unless --target says otherwise.
FROM glimpse
