# The operator's image, built by `make image`. BASE is a Python 3.11 or newer on UBI 9; a release gives
# it by digest. Only wheels are installed, so no stage has a compiler.
ARG BASE=ubi9/python-312-minimal
ARG BUILD_BASE=${BASE}

FROM ${BUILD_BASE} AS build
# Of this stage only files are taken.
# hadolint ignore=DL3002
USER 0
WORKDIR /build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1

# The operator runs in an environment without pip.
RUN python3 -m venv --without-pip /opt/rhoai-operator && python3 -m venv --without-pip /build/tools
COPY requirements-runtime.lock requirements-build.lock ./
RUN python3 -m pip --python /opt/rhoai-operator/bin/python install --no-compile --require-hashes \
        --only-binary :all: --requirement requirements-runtime.lock \
    && python3 -m pip --python /build/tools/bin/python install --no-compile --require-hashes \
        --only-binary :all: --requirement requirements-build.lock

COPY pyproject.toml setup.py README.md LICENSE ./
COPY rhoai_operator rhoai_operator
COPY manifests manifests
COPY crds /opt/rhoai-operator/crds
COPY hack/image/prepare.py hack/image/
ARG SOURCE_DATE_EPOCH=1767225600
ENV SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH}
RUN python3 -m pip --python /build/tools/bin/python wheel --quiet --no-index --no-deps --no-build-isolation \
        --wheel-dir /build/dist . \
    && python3 -m pip --python /opt/rhoai-operator/bin/python install --no-compile --no-index --no-deps \
        /build/dist/*.whl \
    && /opt/rhoai-operator/bin/python hack/image/prepare.py /opt/rhoai-operator /licenses

FROM ${BASE}
ARG VERSION=0.1.0
ARG RELEASE=1
ARG COMMIT=unknown
ARG CREATED=1970-01-01T00:00:00Z
LABEL name="rhoai-operator" \
      vendor="rhoai-operator" \
      version="${VERSION}" \
      release="${RELEASE}" \
      summary="Installs, keeps and removes the components of OpenShift AI" \
      description="A Kubernetes operator that installs, keeps and removes the components of OpenShift AI and Open Data Hub." \
      maintainer="rhoai-operator" \
      com.redhat.component="rhoai-operator-container" \
      distribution-scope="public" \
      vcs-type="git" \
      vcs-ref="${COMMIT}" \
      io.k8s.display-name="OpenShift AI operator" \
      io.k8s.description="Installs, keeps and removes the components of OpenShift AI and Open Data Hub." \
      io.openshift.tags="operator,openshift-ai,open-data-hub" \
      io.openshift.expose-services="" \
      org.opencontainers.image.title="rhoai-operator" \
      org.opencontainers.image.description="Installs, keeps and removes the components of OpenShift AI" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${COMMIT}" \
      org.opencontainers.image.created="${CREATED}" \
      org.opencontainers.image.licenses="Apache-2.0"

COPY --from=build /licenses /licenses
COPY --from=build /opt/rhoai-operator /opt/rhoai-operator

# The root file system may be read-only: what little is written goes to /tmp, an emptyDir.
ENV PATH=/opt/rhoai-operator/bin:${PATH} \
    HOME=/tmp \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    RHOAI_MANIFESTS_DIR=/opt/rhoai-operator/manifests
WORKDIR /tmp
EXPOSE 8081 8443 9443
USER 1001
ENTRYPOINT ["rhoai-operator"]
