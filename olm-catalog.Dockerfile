FROM quay.io/operator-framework/opm:v1.73.0

LABEL operators.operatorframework.io.index.configs.v1=/configs

COPY olm-catalog /configs

RUN ["/bin/opm", "serve", "/configs", "--cache-dir=/tmp/cache", "--cache-only"]

ENTRYPOINT ["/bin/opm"]
CMD ["serve", "/configs", "--cache-dir=/tmp/cache"]
